--- The repairs in fast_script.lua, each of which can be made alone: put its version of `function`
--- in the place of the given one. In the order in which a profile suggests them.
return {
  {
    name = "a set, not a list", ["function"] = "drop_repeated",
    was = "contains looked through all ids so far, for each order: n^2 / 2 comparisons",
  },
  {
    name = "the sum once", ["function"] = "rank_customers",
    was = "revenue added up all orders again for each customer",
  },
  {
    name = "filled from the end", ["function"] = "newest_first",
    was = "table.insert at the front moved all orders so far, for each order",
  },
  {
    name = "dates parsed once", ["function"] = "sort_by_date",
    was = "each comparison of the sort parsed two dates",
  },
  {
    name = "pieces joined once", ["function"] = "ledger_text",
    was = "each .. copied all of the text so far",
  },
}
