local function compare(a, b) return a.key < b.key end
table.sort({ { key = 1 }, {}, { key = 2 } }, compare)
