-- OPEN run epoch: a new epoch, in quarantine. It forgets all there was.
local before = redis.call('GET', 'cache:epoch')
if before then
    local run = string.sub(before, 2, 17)
    redis.call('DEL', 's:' .. run, 'm:' .. run, 'k:' .. run)
end
redis.call('SET', 'cache:epoch', 'Q' .. ARGV[2] .. ':' .. ARGV[1])
redis.call('SET', 's:' .. ARGV[2], 1)
redis.call('HSET', 'm:' .. ARGV[2], '', 0)
redis.call('HSET', 'k:' .. ARGV[2], '', '9999999999999999')
return 1
