local object = setmetatable({}, { __name = "My.Type" })
error(object)
