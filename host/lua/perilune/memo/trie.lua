--- A tree of argument lists: f(1, "a") stands at root -> 1 -> "a", so that f(1) and f(1, nil) have
--- places of their own. A node is a table to which its owner adds what it keeps there.
---
--- Of mode "k" (weak keys) a subtree does not keep the objects on the way to it alive, and goes
--- with them. Of mode "kv" nothing but its owner keeps a node, which keeps those above it.

local trie = {}

-- What stands for values that cannot be keys, and what comes before the floats of a typed tree.
local NIL <const>, NAN <const>, FLOAT <const> = {}, {}, {}

local WEAK_VALUES <const> = { __mode = "v" }
local METATABLES <const> = { k = { __mode = "k" }, kv = { __mode = "kv" } }

---@class perilune.memo.Node
---@field parent? perilune.memo.Node nil at the root
---@field label any under which the parent has it
---@field children? table<any, perilune.memo.Node>
---@field size integer children at most: the collector takes some from a weak tree

---@class perilune.memo.Trie
---@field root perilune.memo.Node
---@field typed boolean 1 and 1.0 are two arguments
---@field metatable? table of the tables of children
---@field canary table what the collector takes in each cycle

---@param typed boolean
---@param mode? "k"|"kv"
---@return perilune.memo.Trie
function trie.new(typed, mode)
  return {
    root = { size = 0 }, typed = typed, metatable = METATABLES[mode],
    canary = setmetatable({ {} }, WEAK_VALUES),
  }
end

--- The value, or what stands for it as a key in a table.
---@param value any
---@return any
function trie.label_of(value)
  if value == nil then return NIL end
  if value ~= value then return NAN end
  return value
end

local function child(node, label)
  local children = node.children
  return children and children[label]
end

local function find(typed, node, count, value, ...)
  if typed and math.type(value) == "float" then
    node = child(node, FLOAT)
    if not node then return nil end
  end
  node = child(node, trie.label_of(value))
  if count == 1 or not node then return node end
  return find(typed, node, count - 1, ...)
end

--- The node of `count` arguments; nil where there is none.
---@param self perilune.memo.Trie
---@param count integer
---@param ... any
---@return perilune.memo.Node?
function trie.find(self, count, ...)
  if count == 0 then return self.root end
  return find(self.typed, self.root, count, ...)
end

-- A finaliser that ran meanwhile may have made the node.
local function grow(self, node, label)
  local children = node.children or setmetatable({}, self.metatable)
  local new = { parent = node, label = label, size = 0 }
  node.children = node.children or children
  if not node.children[label] then
    node.children[label] = new
    node.size = node.size + 1
  end
  return node.children[label]
end

--- The node of the arguments, made if need be.
---@param self perilune.memo.Trie
---@param path table packed
---@return perilune.memo.Node
function trie.make(self, path)
  local node = self.root
  for i = 1, path.n do
    local value = path[i]
    if self.typed and math.type(value) == "float" then
      node = child(node, FLOAT) or grow(self, node, FLOAT)
    end
    local label = trie.label_of(value)
    node = child(node, label) or grow(self, node, label)
  end
  return node
end

--- Takes the node out, with those above it that have nothing else below them. `holds(node)` tells
--- whether a node is in use.
---@param node perilune.memo.Node
---@param holds fun(node: perilune.memo.Node): boolean
function trie.remove(node, holds)
  local parent = node.parent
  while parent and node.size == 0 and not holds(node) and child(parent, node.label) == node do
    parent.children[node.label] = nil
    parent.size = parent.size - 1
    node, parent = parent, parent.parent
  end
end

local function prune(node, holds)
  local size, children = 0, node.children
  if children then
    for label, below in next, children do
      if prune(below, holds) then
        size = size + 1
      else
        children[label] = nil
      end
    end
  end
  node.size = size
  return size > 0 or holds(node)
end

--- Takes out all nodes that have nothing in use below them. O(nodes).
---@param self perilune.memo.Trie
---@param holds fun(node: perilune.memo.Node): boolean
function trie.prune(self, holds)
  prune(self.root, holds)
end

--- Has the collector been at work since this was last true?
---@param self perilune.memo.Trie
---@return boolean
function trie.collected(self)
  if self.canary[1] then return false end
  self.canary[1] = {}
  return true
end

--- What refers to a value without keeping it alive, in its field 1.
---@param value any
---@return table
function trie.weak_reference(value)
  return setmetatable({ value }, WEAK_VALUES)
end

return trie
