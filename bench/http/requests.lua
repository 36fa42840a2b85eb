-- Requests of wrk to a board named bench whose members are m000000000000 and so on, picked
-- uniformly. Arguments after --: what to ask (submit, submits, rank, ranks), the number of members,
-- and how many requests to send at once on a connection (1 if not given).

local MEMBERS = 1000000
local BATCH = 1000

local function post(path, body)
  return "POST " .. path .. " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    .. "Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

local function member()
  return string.format("m%012d", math.random(0, MEMBERS - 1))
end

local function score()
  return '{"member":"' .. member() .. '","score":' .. math.random(100000000, 999999999) .. "}"
end

local function batch(element)
  local elements = {}
  for i = 1, BATCH do
    elements[i] = element()
  end
  return table.concat(elements, ",")
end

local function quoted()
  return '"' .. member() .. '"'
end

local kinds = {
  submit = function()
    return post("/v1/boards/bench/scores", score())
  end,
  submits = function()
    return post("/v1/boards/bench/scores:batch", '{"scores":[' .. batch(score) .. "]}")
  end,
  rank = function()
    return "GET /v1/boards/bench/entries/" .. member() .. " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
  end,
  ranks = function()
    return post("/v1/boards/bench/entries:batchGet", '{"members":[' .. batch(quoted) .. "]}")
  end,
}

function init(args)
  local make = assert(kinds[args[1]], "what to ask must be submit, submits, rank or ranks")
  MEMBERS = tonumber(args[2]) or MEMBERS
  local at_once = tonumber(args[3]) or 1
  request = function()
    if at_once == 1 then
      return make()
    end
    local requests = {}
    for i = 1, at_once do
      requests[i] = make()
    end
    return table.concat(requests)
  end
end

function done(summary, latency)
  io.write(string.format("  99.9%%  %dus\n", latency:percentile(99.9)))
end

-- Replaced by init; wrk looks whether it is there before that.
function request()
  return ""
end
