#!/bin/sh
# A temporary folder and the server that runs there.  Both are gone once
# standard input has a second line or an end, whatever became of its writer.
#
#   guard.sh SERVER [ARGUMENT...]
#
# Prints the folder's name.  The first line of input tells that it is filled:
# the server starts, and `ready` is printed once it has written its nginx.pid,
# else why it failed.
set -u

pid=
folder=$(mktemp -d "${TMPDIR:-/tmp}/perilune-XXXXXX") || exit

# shellcheck disable=SC2317 # the traps reach it
clean() {
  trap '' HUP INT TERM
  [ -z "$pid" ] || kill "$pid" 2>/dev/null
  wait
  rm -rf -- "$folder"
}

trap clean EXIT
trap 'exit 1' HUP INT TERM

echo "$folder"
read -r _ || exit 1
cd "$folder" || exit

# It ends with this process, even if that is killed.
setpriv --pdeathsig TERM -- "$@" </dev/null >output 2>&1 &
pid=$!
until [ -s nginx.pid ]; do
  if ! kill -0 "$pid" 2>/dev/null; then
    pid=
    echo "it failed: $(tail -n 3 output)"
    exit 1
  fi
  sleep 0.01
done
echo ready
read -r _
exit 0
