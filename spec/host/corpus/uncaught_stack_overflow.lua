local function forever(n) return 1 + forever(n + 1) end
forever(1)
