--- How a criterion was decided.

local verdict = {}

function verdict.fail(detail, ...)
  return { status = "fail", detail = detail:format(...) }
end

function verdict.pass(detail, ...)
  return { status = "pass", detail = detail:format(...) }
end

return verdict
