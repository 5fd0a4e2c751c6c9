-- OPEN run epoch: a new epoch, in quarantine. It forgets all there was.
local before = redis.call('GET', 'cache:epoch')
if before then
    redis.call('DEL', 's:' .. string.sub(before, 2, 17), 'm:' .. string.sub(before, 2, 17))
end
redis.call('SET', 'cache:epoch', 'Q' .. ARGV[2] .. ':' .. ARGV[1])
redis.call('SET', 's:' .. ARGV[2], 1)
redis.call('HSET', 'm:' .. ARGV[2], '', 0)
return 1
