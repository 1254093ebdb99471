-- Hostile requests from a plan at a steady rate: each connection waits between its requests.
local plan
local ready = {}

function init(arguments)
  plan = dofile(arguments[1])
  math.randomseed(plan.seed)
  for place = 1, #plan.bodies do
    local headers = { ["Content-Type"] = "application/json", ["X-Forwarded-For"] = plan.networks[1 + place % #plan.networks] }
    ready[place] = wrk.format("POST", nil, headers, plan.bodies[place])
  end
end

function delay()
  return plan.wait
end

function request()
  return ready[math.random(#ready)]
end
