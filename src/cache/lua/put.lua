-- PUT run life (key marker entry)…: the writer has committed, or rolled back.
-- Where its marker stands the entry takes its place; an empty one takes nothing.
-- Of several writers of a generation (mark.lua) the last one's does.
-- 'X' when a marker was lost: somebody may have filled what was there before.
local epoch = redis.call('GET', 'cache:epoch')
if not epoch or string.sub(epoch, 19) ~= ARGV[1] then return 'X' end
local run, answer = string.sub(epoch, 2, 17), 'O'
local markers = 'k:' .. run
local now = string.format('%016.0f', redis.call('TIME')[1] * 1000)
local function take(key, entry)
    if entry ~= '' and string.sub(epoch, 1, 1) == 'A' then
        redis.call('SET', 'c:' .. run .. ':' .. key, entry, 'PX', ARGV[2])
    end
    redis.call('HDEL', markers, key)
end
for i = 3, #ARGV, 3 do
    local key, marker, entry = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    local held = redis.call('HGET', markers, key)
    if string.sub(key, -1) == '*' then
        local stay, stood = {}, false
        for other in string.gmatch(held or '', '%S+') do
            if string.sub(other, 17) == marker then
                stood = true
            elseif string.sub(other, 1, 16) > now then
                stay[#stay + 1] = other
            end
        end
        if #stay > 0 then
            redis.call('HSET', markers, key, table.concat(stay, ' '))
        elseif stood then
            take(key, entry)
        end
        if not stood then answer = 'X' end
    elseif held and string.sub(held, 17) == marker then
        take(key, entry)
    elseif not held or string.sub(held, 18, 37) < string.sub(marker, 2, 21) then
        answer = 'X'
    end
end
return answer
