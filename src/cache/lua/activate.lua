-- ACTIVATE run epoch: the quarantine is over, if it is still this one.
if redis.call('GET', 'cache:epoch') ~= 'Q' .. ARGV[2] .. ':' .. ARGV[1] then return 0 end
redis.call('SET', 'cache:epoch', 'A' .. ARGV[2] .. ':' .. ARGV[1])
return 1
