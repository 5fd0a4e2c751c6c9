-- FILL run key token life entry: only with the living lease, which it ends and
-- which any mark has ended, and never over what is newer. 1 when it stands.
local epoch = redis.call('GET', 'cache:epoch')
if not epoch or string.sub(epoch, 19) ~= ARGV[1] then return 0 end
if string.sub(epoch, 1, 1) ~= 'A' then return 0 end
local run = string.sub(epoch, 2, 17)
local lease, key = 'l:' .. run .. ':' .. ARGV[2], 'c:' .. run .. ':' .. ARGV[2]
if redis.call('GET', lease) ~= ARGV[3] then return 0 end
redis.call('DEL', lease)
local held = redis.call('GET', key)
if held and string.sub(held, 2, 21) > string.sub(ARGV[5], 2, 21) then return 0 end
redis.call('SET', key, ARGV[5], 'PX', ARGV[4])
return 1
