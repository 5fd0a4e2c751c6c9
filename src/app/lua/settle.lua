-- SETTLE (key owed age whole)…: what was taken of buckets since it was last
-- told, all in µs: the time to refill it, how long ago the first of it was
-- taken, and the time to fill an empty bucket. The answers, in that order: how
-- far each bucket is from full by now.
--
-- A key holds when its bucket will be full, by this server's clock alone. It
-- may be a debt of a second bucket that all have taken too much, and no more:
-- were this clock set back, nobody would be shut out for longer.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answers = {}
for i = 1, #ARGV, 4 do
    local full = tonumber(redis.call('GET', ARGV[i]) or '') or 0
    full = math.max(full, now - ARGV[i + 2]) + ARGV[i + 1]
    full = math.min(full, now + 2 * ARGV[i + 3])
    local lacking = math.max(full - now, 0)
    if lacking > 0 then
        redis.call('SET', ARGV[i], string.format('%.0f', full),
                   'PX', string.format('%.0f', math.ceil(lacking / 1000)))
    end
    answers[#answers + 1] = lacking
end
return answers
