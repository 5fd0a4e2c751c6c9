-- FORGET run (member beat)…: whoever has not beaten since has no lease any more.
local epoch = redis.call('GET', 'cache:epoch')
if not epoch or string.sub(epoch, 19) ~= ARGV[1] then return 0 end
local members = 'm:' .. string.sub(epoch, 2, 17)
for i = 2, #ARGV, 2 do
    if redis.call('HGET', members, ARGV[i]) == ARGV[i + 1] then
        redis.call('HDEL', members, ARGV[i])
    end
end
return 1
