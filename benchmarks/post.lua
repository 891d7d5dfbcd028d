-- wrk's side of load.py: one request over and over, and at the end its figures on one line.
-- A request with "@day@" in it is asked of another day each time, all of them before any data.
wrk.method = "POST"
wrk.headers["content-type"] = os.getenv("BENCH_CONTENT_TYPE")
if os.getenv("BENCH_AUTHORIZATION") ~= "" then
  wrk.headers["authorization"] = os.getenv("BENCH_AUTHORIZATION")
end
wrk.body = assert(io.open(os.getenv("BENCH_BODY"), "rb")):read("*a")

local turn = 0

local function of_another_day()
  turn = turn + 1
  local day = string.format("%04d-%02d-%02d", 1901 + turn / 336 % 100, 1 + turn / 28 % 12, 1 + turn % 28)
  return wrk.format(nil, nil, nil, (wrk.body:gsub("@day@", day)))
end

if wrk.body:find("@day@", 1, true) then
  request = of_another_day
end

function done(summary)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("figures %d %d %d\n", summary.requests, summary.duration, failed))
end
