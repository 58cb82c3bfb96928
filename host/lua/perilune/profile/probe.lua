--- What the recorder tests and times itself on: Lua functions that its C half cannot make.

local probe = {}

--- Two closures of one function; each calls `fn` with itself.
function probe.twin(fn)
  local function self()
    local result = fn(self)
    return result
  end
  return self
end

--- Another function that does the same.
function probe.other(fn)
  local function self()
    local result = fn(self)
    return result
  end
  return self
end

--- Calls itself 2^(depth + 1) - 1 times: what calls cost in programs that do some work in them.
function probe.tree(depth, tree)
  if depth == 0 then
    return 1
  end
  return tree(depth - 1, tree) + tree(depth - 1, tree)
end

--- Two calls of `fn`, one soon after the other.
function probe.twice(fn)
  local first = fn()
  local second = fn()
  return first, second
end

function probe.identity(x)
  return x
end

function probe.calls(n, fn)
  local x = 0
  for _ = 1, n do
    x = fn(x)
  end
  return x
end

--- A line an iteration, and one more.
function probe.lines(n)
  local x = 0
  for i = 1, n do
    x = i
  end
  return x
end

return probe
