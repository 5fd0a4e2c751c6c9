-- MARK run writer life (key marker)…: nobody takes from or fills these keys any
-- more, and everybody is told. The answer: the epoch, the mark's number, and
-- who has a near cache, each with the number of its last heartbeat.
--
-- Whatever value stands there was of before; only a later writer's marker is
-- left alone. A key that ends in * is of a generation, whose writers nobody
-- keeps apart: their markers stand side by side. All markers stand in one hash that is never empty, each behind
-- the time it dies at: so an eviction cannot take a marker without taking all,
-- and that is noticed. Where they, the number or the members were evicted
-- nobody can be sure of who has heard what: the epoch is over.
local epoch = redis.call('GET', 'cache:epoch')
if not epoch or string.sub(epoch, 19) ~= ARGV[1] then return { 'E' } end
local run = string.sub(epoch, 2, 17)
local markers = 'k:' .. run
if redis.call('EXISTS', 's:' .. run, 'm:' .. run, markers) < 3 then
    redis.call('DEL', 'cache:epoch')
    return { 'E' }
end
local time = redis.call('TIME')[1] * 1000
local now, dies = string.format('%016.0f', time), string.format('%016.0f', time + ARGV[3])
local keys = {}
for i = 4, #ARGV, 2 do
    local held, mine = redis.call('HGET', markers, ARGV[i]), dies .. ARGV[i + 1]
    if string.sub(ARGV[i], -1) == '*' then
        for other in string.gmatch(held or '', '%S+') do
            if string.sub(other, 1, 16) > now and string.sub(other, 17) ~= ARGV[i + 1] then
                mine = mine .. ' ' .. other
            end
        end
        redis.call('HSET', markers, ARGV[i], mine)
    elseif not held or string.sub(held, 18, 37) <= string.sub(ARGV[i + 1], 2, 21) then
        redis.call('HSET', markers, ARGV[i], mine)
    end
    redis.call('DEL', 'c:' .. run .. ':' .. ARGV[i], 'l:' .. run .. ':' .. ARGV[i])
    keys[#keys + 1] = ARGV[i]
end
-- Writers that died leave markers that nobody may ever look at.
if redis.call('HLEN', markers) > 1000 then
    local some = redis.call('HRANDFIELD', markers, 2 * #keys + 16, 'WITHVALUES')
    for i = 1, #some, 2 do
        if string.sub(some[i], -1) ~= '*' and string.sub(some[i + 1], 1, 16) < now then
            redis.call('HDEL', markers, some[i])
        end
    end
end
local number = redis.call('INCR', 's:' .. run)
redis.call('PUBLISH', 'cache:marks',
           run .. ' ' .. number .. ' ' .. ARGV[2] .. ' ' .. table.concat(keys, ' '))
return { run, number, redis.call('HGETALL', 'm:' .. run) }
