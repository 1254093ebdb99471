-- Requests from a plan: a body in which @V@ becomes a value of a list and @N@ a number never used before.
local plan, ready
local count = 0

function init(arguments)
  plan = dofile(arguments[1])
  math.randomseed(plan.seed)
  count = plan.seed * 1000000
  plan.headers["Content-Type"] = "application/json"
  ready = {}
  if string.find(plan.body, "@N@", 1, true) then
    return
  end
  -- Few different requests are written once.
  if #plan.values <= 5000 then
    for place = 1, math.max(1, #plan.values) do
      ready[place] = written(place)
    end
  end
end

function written(place)
  local body = plan.body
  if #plan.values > 0 then
    body = string.gsub(body, "@V@", plan.values[place])
  end
  if string.find(body, "@N@", 1, true) then
    count = count + 1
    body = string.gsub(body, "@N@", string.format("%d", count))
  end
  local headers = plan.headers
  if plan.marks[place] then
    headers = {}
    for name, value in pairs(plan.headers) do
      headers[name] = value
    end
    headers[plan.mark] = plan.marks[place]
  end
  return wrk.format("POST", nil, headers, body)
end

function request()
  if #ready == 1 then
    return ready[1]
  end
  local place = math.random(math.max(1, #plan.values))
  return ready[place] or written(place)
end

function done(summary, latency)
  local e = summary.errors
  print(string.format(
    '{"requests": %d, "us": %d, "bytes": %d, "failed": %d, "p50": %d, "p95": %d, "p99": %d}',
    summary.requests, summary.duration, summary.bytes,
    e.status + e.read + e.write + e.connect + e.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
