-- MARK run writer life (key marker)…: nobody takes from or fills these keys any
-- more, and everybody is told. The answer: the epoch, the mark's number, and
-- who has a near cache, each with the number of its last heartbeat.
--
-- Whatever value stands there was of before; only a later writer's marker is
-- left alone. Where the number or the members were evicted nobody can be sure
-- of who has heard what: the epoch is over.
local epoch = redis.call('GET', 'cache:epoch')
if not epoch or string.sub(epoch, 19) ~= ARGV[1] then return { 'E' } end
local run = string.sub(epoch, 2, 17)
if redis.call('EXISTS', 's:' .. run, 'm:' .. run) < 2 then
    redis.call('DEL', 'cache:epoch')
    return { 'E' }
end
local keys = {}
for i = 4, #ARGV, 2 do
    local key = 'c:' .. run .. ':' .. ARGV[i]
    local held = redis.call('GET', key)
    if not held or string.sub(held, 1, 1) ~= 'T' or
       string.sub(held, 2, 21) <= string.sub(ARGV[i + 1], 2, 21) then
        redis.call('SET', key, ARGV[i + 1], 'PX', ARGV[3])
    end
    redis.call('DEL', 'l:' .. run .. ':' .. ARGV[i])
    keys[#keys + 1] = ARGV[i]
end
local number = redis.call('INCR', 's:' .. run)
redis.call('PUBLISH', 'cache:marks',
           run .. ' ' .. number .. ' ' .. ARGV[2] .. ' ' .. table.concat(keys, ' '))
return { run, number, redis.call('HGETALL', 'm:' .. run) }
