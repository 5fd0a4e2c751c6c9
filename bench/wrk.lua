-- SPDX-License-Identifier: MIT
-- wrk -s wrk.lua URL -- FILE: sends the requests of FILE, one on each line as
-- "METHOD TARGET" or "METHOD TARGET JSON", in random order; at the end prints
-- what it saw as one line of JSON.

local threads = 0

function setup(thread)
   threads = threads + 1
   thread:set("number", threads)
end

local function format(line)
   local method, target, body = line:match("^(%S+) (%S+) ?(.*)$")
   if body == "" then
      return wrk.format(method, target)
   end
   return wrk.format(method, target,
      { Host = wrk.headers.Host, ["Content-Type"] = "application/json" }, body)
end

-- A request that never changes needs no Lua between wrk and the socket.
function init(args)
   local requests = {}
   for line in io.lines(args[1]) do
      requests[#requests + 1] = format(line)
   end
   math.randomseed(os.time() * 64 + number)
   local random, count, first = math.random, #requests, requests[1]
   if count > 1 then
      request = function() return requests[random(count)] end
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
