#!/bin/bash
# Builds the .deb, installs it in a clean Debian (debootstrap) and tries it there
# as a newcomer would; root, some two minutes. By hand: the chroot is made from
# this machine's own package sources. `lintian` looks at it where there is one.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
root=$work/root
leave() {
  for folder in proc dev/pts; do
    ! mountpoint -q "$root/$folder" || umount "$root/$folder"
  done
  rm -rf --one-file-system -- "$work"
}
trap leave EXIT

inside() { # COMMAND...
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive \
    chroot "$root" "$@"
}

# The sources that the machine has of Debian, with what they need to be reached.
bootstrap() {
  local release mirror
  release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016  # apt's own variables
  mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
    awk -v release="$release" '$2 == release { print $1; exit }')
  debootstrap --variant=minbase --include=ca-certificates "$release" "$root" "$mirror"
  mount --bind /proc "$root/proc"
  mkdir -p "$root/dev/pts"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -sf pts/ptmx "$root/dev/ptmx"
  cp -a /etc/apt/sources.list* /etc/apt/apt.conf.d "$root/etc/apt/"
  rm -f "$root"/etc/apt/apt.conf.d/20packagekit
  cp -a /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
  cp -a /usr/share/keyrings/. "$root/usr/share/keyrings/"
  inside update-ca-certificates >/dev/null
  inside apt-get update -qq
}

files() { # FILE: all that stands in the chroot, but for what apt writes down
  inside find / -xdev \( -path /proc -o -path /var -o -path /root -o -path /tmp \) -prune -o \
    -print | LC_ALL=C sort >"$1"
}

# LuaRocks, where there is one, builds a copy into a tree of its own.
rock() {
  local rocks=(luarocks --lua-version 5.4 --tree "$work/rocks")
  mkdir "$work/copy"
  git ls-files -z | xargs -0 cp -P --parents -t "$work/copy"
  (cd "$work/copy" && "${rocks[@]}" make --deps-mode none host/package/perilune-scm-1.rockspec)
  "$work/rocks/bin/perilune" list | grep duplicates
  (
    eval "$("${rocks[@]}" path)"
    lua5.4 -e 'local pool = require("perilune.pool").new { workers = 1 }
      assert(pool:submit(math.max, 6, 7):result() == 7)
      pool:shutdown()'
  )
  "${rocks[@]}" remove perilune
  [ -z "$(find "$work/rocks" -path '*perilune*')" ]
}

! command -v luarocks >/dev/null || rock
cmake --workflow --preset package
deb=(build/package/perilune_*.deb)
dpkg-deb --info "${deb[0]}"
# Who answers for the package is for whoever makes it to say.
! command -v lintian >/dev/null || lintian --fail-on error,warning \
  --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "${deb[0]}"

bootstrap
cp "${deb[0]}" "$root/tmp/perilune.deb"

# The package brings what it needs; compiler, shells and stock Lua are the newcomer's.
inside apt-get install -qq -o Dpkg::Use-Pty=0 --no-install-recommends /tmp/perilune.deb \
  lua5.4 gcc libc6-dev pkg-config liblua5.4-dev bash-completion zsh fish >/dev/null
inside dpkg -P perilune
files "$work/before"
if grep perilune "$work/before"; then
  echo 'left behind, see above' >&2
  exit 1
fi
inside dpkg -i /tmp/perilune.deb
cp spec/host/newcomer.sh docs/embedding.md "$root/tmp/"
mkdir "$root/tmp/work"
inside sh -c 'cd /tmp/work && sh ../newcomer.sh /usr ../embedding.md'
inside sh -c 'cd /tmp/work && perilune start 2 && perilune demo 2 && ! perilune test -C 02-duplicates'
inside sh -c 'cd /tmp/work && perilune profile -o words.html words.lua && grep -q speedscope words.html'
# shellcheck disable=SC2016  # zsh's own
inside zsh -fc 'autoload -U compinit && compinit -u && [ "$_comps[perilune]" = _perilune ]'
inside bash -c '. /usr/share/bash-completion/bash_completion
  _completion_loader perilune
  complete -p perilune' | grep -- '-F _perilune'
inside fish -c 'complete -C "perilune memory --by "' | grep '^stack'
# The sandbox is what a chroot leaves of it, and that keeps files.
echo 'print(io.open("/root/secret"))' >"$root/tmp/work/theirs.lua"
echo secret >"$root/root/secret"
inside perilune -e 'for _, l in ipairs(require("perilune.child").layers()) do
  print(l.name, l.works, l.reason) end'
inside perilune run --sandbox=best /tmp/work/theirs.lua | grep '^nil'
inside sh -c 'echo "6 * 7" | TERM=xterm script -qec perilune /dev/null' | grep 42
inside dpkg -P perilune
files "$work/after"
diff "$work/before" "$work/after"
echo 'the package: all went well'
