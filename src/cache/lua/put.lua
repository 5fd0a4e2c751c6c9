-- PUT run life (key marker entry)…: the writer has committed, or rolled back.
-- Where its marker stands the entry takes its place; an empty one takes nothing.
-- 'X' when a marker was lost: somebody may have filled what was there before.
local epoch = redis.call('GET', 'cache:epoch')
if not epoch or string.sub(epoch, 19) ~= ARGV[1] then return 'X' end
local run, answer = string.sub(epoch, 2, 17), 'O'
for i = 3, #ARGV, 3 do
    local held = redis.call('HGET', 'k:' .. run, ARGV[i])
    if held and string.sub(held, 17) == ARGV[i + 1] then
        if ARGV[i + 2] ~= '' and string.sub(epoch, 1, 1) == 'A' then
            redis.call('SET', 'c:' .. run .. ':' .. ARGV[i], ARGV[i + 2], 'PX', ARGV[2])
        end
        redis.call('HDEL', 'k:' .. run, ARGV[i])
    elseif not held or string.sub(held, 18, 37) < string.sub(ARGV[i + 1], 2, 21) then
        answer = 'X'
    end
end
return answer
