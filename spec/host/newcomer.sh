#!/bin/sh
# A newcomer's first hour, with what stands in the prefix $1 alone: see a demo,
# profile a script of one's own, use the pool and the fetcher from stock lua5.4,
# embed a host in 20 lines of C. Run in an empty folder; $2 is the page on
# embedding.
set -eu
prefix=$1 page=$2

fail() {
  echo "newcomer: $*" >&2
  exit 1
}

has() { # TEXT FILE: the text stands in the file
  grep -qF -- "$1" "$2" || { cat -- "$2" >&2; fail "no '$1' in $2"; }
}

library=$(dirname "$(find "$prefix" -name libperilune.a)")
PATH=$prefix/bin:$PATH
PKG_CONFIG_PATH=$library/pkgconfig
LUA_PATH="$prefix/share/lua/5.4/?.lua;;"
LUA_CPATH="$library/lua/5.4/?.so;;"
export PATH PKG_CONFIG_PATH LUA_PATH LUA_CPATH
unset PERILUNE_SHARE PERILUNE_EXERCISES PERILUNE_IMPL PERILUNE_LUA_DIR

perilune --version >version.txt
has "perilune $(pkg-config --modversion perilune)" version.txt
perilune list >list.txt
has 'Find duplicates' list.txt
perilune demo 3 -o demo.html >demo.txt
has '9 of 9 passed' demo.txt
has 'make_cycles' demo.html

cat >words.lua <<'LUA'
local function clean(word) return word:lower():gsub("%W", "") end
local counts = {}
for word in ("The cow and the Moon, and the spoon."):rep(200, " "):gmatch("%S+") do
  local key = clean(word)
  counts[key] = (counts[key] or 0) + 1
end
print(counts.the)
LUA
perilune profile -s calls words.lua >words.out 2>profile.txt
has 600 words.out
has 'clean' profile.txt
has '1,600' profile.txt

lua5.4 -lperilune.auto words.lua >words.out
perilune stats words.profile.json >stats.txt
has 'string.gsub' stats.txt

cat >squares.lua <<'LUA'
local pool = require "perilune.pool"
local p <close> = pool.new { workers = 2 }
print(table.concat(p:map(function(n) return n * n end, { 1, 2, 3 }), " "))
LUA
lua5.4 squares.lua >squares.txt
has '1 4 9' squares.txt

cat >pages.lua <<'LUA'
local fetch = require "perilune.fetch"
local good = 0
local urls = {}
for i = 1, 20 do urls[i] = arg[1] .. "item/" .. i end
for r in fetch.each(urls) do
  if r.body == "/item/" .. r.index .. "\n" then good = good + 1 end
end
print(good .. " right answers")
LUA
mkfifo life
: >url.txt
perilune serve --port 0 --until-eof --quiet --latency 0.01 <life >url.txt &
exec 3>life
until grep -q '/$' url.txt; do sleep 0.05; done
lua5.4 pages.lua "$(cat url.txt)" >pages.txt
exec 3>&-
wait
has '20 right answers' pages.txt

awk '/^```c$/ { on = 1; next } /^```$/ { if (on) exit } on' "$page" >run.c
[ "$(wc -l <run.c)" -le 20 ] || fail 'more than 20 lines of C'
eval "cc run.c $(pkg-config --cflags --libs perilune) -o run" # its words are quoted
./run words.lua >embedded.txt
has 600 embedded.txt
echo 'a newcomer: all went well'
