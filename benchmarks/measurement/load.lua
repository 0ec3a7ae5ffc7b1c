-- The request that wrk sends, and the line of JSON that it prints at the end.
-- Argument: the file with the request body.

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  wrk.body = file:read("*a")
  file:close()
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "p99_microseconds": %d, "failed": %d}\n',
    summary.requests, summary.duration, latency:percentile(99), failed))
end
