-- SPDX-License-Identifier: MIT
-- wrk -s wrk.lua URL -- FILE TOKEN: sends the requests of FILE, one on each
-- line as "METHOD TARGET" or "METHOD TARGET JSON", in random order, those with
-- JSON, or with "+" in its place, with the bearer's token; for `{n}` in them it puts another number in
-- each. At the end prints what it saw as one line of JSON.

local threads = 0

function setup(thread)
   threads = threads + 1
   thread:set("number", threads)
end

local token, sent = nil, 0

local function format(method, target, body)
   if body == "" then
      return wrk.format(method, target)
   end
   if body == "+" then
      return wrk.format(method, target,
         { Host = wrk.headers.Host, Authorization = "Bearer " .. token })
   end
   return wrk.format(method, target,
      { Host = wrk.headers.Host, ["Content-Type"] = "application/json",
        Authorization = "Bearer " .. token }, body)
end

-- What is the same each time is made once.
local function prepare(line)
   local method, target, body = line:match("^(%S+) (%S+) ?(.*)$")
   if not body:find("{n}", 1, true) then
      local made = format(method, target, body)
      return function() return made end
   end
   return function()
      sent = sent + 1
      local n = string.format("%d", number * 20000000 + sent)
      return format(method, target, (body:gsub("{n}", n)))
   end
end

-- A request that never changes needs no Lua between wrk and the socket.
function init(args)
   local requests = {}
   token = args[2]
   for line in io.lines(args[1]) do
      requests[#requests + 1] = prepare(line)
   end
   math.randomseed(os.time() * 64 + number)
   local random, count, first = math.random, #requests, requests[1]()
   if count > 1 or requests[1]() ~= first then
      request = function() return requests[random(count)]() end
   else
      wrk.format = function() return first end
   end
end

function done(summary, latency)
   local errors = summary.errors
   print(string.format(
      '{"requests": %d, "duration_us": %d, "bytes": %d, "p50_us": %d, ' ..
      '"p99_us": %d, "errors": {"status": %d, "connect": %d, "read": %d, ' ..
      '"write": %d, "timeout": %d}}',
      summary.requests, summary.duration, summary.bytes,
      latency:percentile(50), latency:percentile(99), errors.status,
      errors.connect, errors.read, errors.write, errors.timeout))
end
