-- LEASE run key token life: what stands under the key, or the right to fill it.
local epoch = redis.call('GET', 'cache:epoch')
if not epoch or string.sub(epoch, 19) ~= ARGV[1] then return { 'E' } end
if string.sub(epoch, 1, 1) ~= 'A' then return { 'E' } end
local run = string.sub(epoch, 2, 17)
local held = redis.call('GET', 'c:' .. run .. ':' .. ARGV[2])
if held then return { 'H', held } end
local markers = redis.call('HMGET', 'k:' .. run, '', ARGV[2])
if not markers[1] then
    redis.call('DEL', 'cache:epoch')
    return { 'E' }
end
if markers[2] then
    local now = string.format('%016.0f', redis.call('TIME')[1] * 1000)
    for marker in string.gmatch(markers[2], '%S+') do
        if string.sub(marker, 1, 16) > now then return { 'M' } end
    end
    redis.call('HDEL', 'k:' .. run, ARGV[2])
end
if redis.call('SET', 'l:' .. run .. ':' .. ARGV[2], ARGV[3], 'NX', 'PX', ARGV[4]) then
    return { 'L' }
end
return { 'W' }
