-- BEAT run member beat: I have a near cache. The epoch and the newest number;
-- nothing when there is no epoch to be a member of.
local epoch = redis.call('GET', 'cache:epoch')
if not epoch or string.sub(epoch, 19) ~= ARGV[1] then return { 'E' } end
if string.sub(epoch, 1, 1) ~= 'A' then return { 'Q' } end
local run = string.sub(epoch, 2, 17)
local number = redis.call('GET', 's:' .. run)
if not number or redis.call('EXISTS', 'm:' .. run, 'k:' .. run) < 2 then
    redis.call('DEL', 'cache:epoch')
    return { 'E' }
end
redis.call('HSET', 'm:' .. run, ARGV[2], ARGV[3])
return { 'A', run, number }
