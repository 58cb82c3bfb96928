--- Prints rows as a table.

---@param rows {what: string, figure: string|number, ok: boolean}[]
return function(rows)
  print("| what | figure | |")
  print("|---|---|---|")
  for _, row in ipairs(rows) do
    print(("| %s | %s | %s |"):format(row.what, row.figure, row.ok and "ok" or "FAILED"))
  end
end
