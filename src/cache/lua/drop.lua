-- DROP run key bytes: these bytes are no entry.
local epoch = redis.call('GET', 'cache:epoch')
if not epoch or string.sub(epoch, 19) ~= ARGV[1] then return 0 end
local key = 'c:' .. string.sub(epoch, 2, 17) .. ':' .. ARGV[2]
if redis.call('GET', key) == ARGV[3] then return redis.call('DEL', key) end
return 0
