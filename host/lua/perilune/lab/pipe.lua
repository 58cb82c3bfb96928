--- Reads luv's pipes to their end, and closes them there.

local pipe = {}

--- Chunk by chunk, as they come.
---@param handle userdata
---@param take fun(chunk: string)
---@param ended? fun() called when it is closed
function pipe.each(handle, take, ended)
  handle:read_start(function(_, chunk)
    if chunk then
      take(chunk)
    else
      handle:close(ended)
    end
  end)
end

--- Whole.
---@param handle userdata
---@param take fun(text: string) called when it is closed
function pipe.whole(handle, take)
  local parts = {}
  pipe.each(handle, function(chunk) parts[#parts + 1] = chunk end, function()
    take(table.concat(parts))
  end)
end

return pipe
