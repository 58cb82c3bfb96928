--- perilune serve [options]

local uv = require("luv")
local ending = require("perilune.serve.ending")
local format = require("perilune.format")
local server = require("perilune.serve.server")
local settings = require("perilune.serve.settings")
local terminal = require("perilune.cli.terminal")

local serve = { summary = "a web server that takes its time, for programs that wait" }

local function whole(noun, least, most)
  return function(text)
    local n = math.tointeger(tonumber(text))
    if n and n >= least and n <= most then return n end
    return nil, ("'%s' is no %s"):format(text, noun)
  end
end

local function patience(text)
  local seconds, message = settings.read("latency", text)
  return seconds == 0 and math.huge or seconds, message
end

local function setting(name)
  return function(text) return settings.read(name, text) end
end

function serve.define(parser)
  parser:option("--port", "The port, 0 for any that is free (8080)."):argname("N"):default("8080")
    :show_default(false):convert(whole("port: a number from 0 to 65535 is", 0, 65535))
  parser:option("--host", "The address to listen on (127.0.0.1: this machine alone).")
    :argname("ADDR"):default("127.0.0.1"):show_default(false)
  parser:option("--latency", "Seconds before each answer (0.05)."):argname("S")
    :default("0.05"):show_default(false):convert(setting("latency"))
  parser:option("--jitter", "Up to S seconds more, by chance (0)."):argname("S")
    :default("0"):show_default(false):convert(setting("jitter"))
  parser:option("--errors", "The share of requests, 0 to 1, that get 500, 503 or no answer (0).")
    :argname("P"):default("0"):show_default(false):convert(setting("errors"))
  parser:option("--seed", "Repeat what chance decided."):argname("N")
    :convert(whole("seed: a whole number is", math.mininteger, math.maxinteger))
  parser:option("--size", "Bytes of a body (as many as its path has)."):argname("N")
    :convert(setting("size"))
  parser:option("--idle", "Close a connection that is idle for S seconds (300; 0: never).")
    :argname("S"):default("300"):show_default(false):convert(patience)
  parser:option("--log", "Write a line for each request: when it came, when its answer began, " ..
    "status, method, target. FILE may be -: standard output."):argname("FILE")
  parser:flag("--until-eof", "End when standard input ends, as it does with who started this.")
  parser:flag("--quiet", "Print the URL and nothing else.")
  parser:epilog("The first line of output is the URL. Ctrl-C ends the server.\n\n" ..
    "/delay/S, /status/N, /bytes/N, /redirect/N, /headers, /echo and /stats do what they say; " ..
    "any other path is answered with itself. A query changes one answer: " ..
    "?latency=0.2&jitter=0&errors=0&size=9.")
end

local function summary(counts, args, seed)
  local chance = (args.errors > 0 or args.jitter > 0) and (", seed %d"):format(seed) or ""
  return ("perilune: %s, %s, at most %s in flight at once%s\n"):format(
    format.plural(counts.requests, "request"), format.plural(counts.errors, "error"),
    format.count(counts.most_in_flight), chance)
end

--- Where each request gets a line: nil where none is wanted.
local function open_log(path)
  if not path then return nil end
  if path == "-" then return io.stdout end
  return io.open(path, "w")
end

local function listen(args, seed, log)
  local own = {
    latency = args.latency, jitter = args.jitter, errors = args.errors, size = args.size,
    idle = args.idle,
  }
  local listening, message = server.listen(args.host, args.port, own, seed, log)
  if listening then return listening end
  return nil, ("cannot listen on %s, port %d: %s"):format(args.host, args.port, message)
end

local function greet(listening, quiet)
  terminal.say(listening:url())
  if not quiet and uv.guess_handle(2) == "tty" then
    io.stderr:write("perilune: serving; Ctrl-C ends it\n")
  end
end

function serve.run(args)
  local seed = args.seed or uv.hrtime() >> 8 & 0xffff
  local log, refusal = open_log(args.log)
  if refusal then return nil, "the log cannot be written: " .. refusal end
  local listening, message = listen(args, seed, log)
  if not listening then return nil, message end
  ending.watch(args.until_eof, function() listening:close() end)
  local ok, problem = pcall(greet, listening, args.quiet)
  if ok then uv.run() end
  listening:close()
  uv.run("nowait")
  if not ok then error(problem, 0) end
  if not args.quiet then io.stderr:write(summary(listening.counts, args, seed)) end
  return 0
end

return serve
