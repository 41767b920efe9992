# Shared by the scripts in this folder: sourced, not run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/oci2wasm-ci.XXXXXX")
started=()
# The image architecture that contract.sh and browser.sh use.
architecture=${CI_ARCHITECTURE:-riscv64}

# Ends what this script started, by id, and removes its scratch folder. A script may have a function before_leaving STATUS.
leave() {
  local status=$?
  if declare -F before_leaving > /dev/null; then before_leaving "$status"; fi
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  umount "$scratch/docker-exec/netns/default" 2>/dev/null || true # a Docker engine leaves it behind
  if [ "$status" -eq 0 ]; then rm -rf "$scratch"; else echo "scratch kept: $scratch" >&2; fi
}
trap leave EXIT

say() { printf '\n== %s\n' "$*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
free_port() { python3 "$root/.ci/ports.py"; }

# await SECONDS WHAT COMMAND…: until COMMAND succeeds.
await() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$until" ] || fail "waited in vain for $what"
    sleep 0.2
  done
}

# expect WHAT EXPECTED FOUND
expect() { [ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"; echo "ok: $1: $3"; }

# Maven's options for a package of what is built already. -Dquick has other options of the compiler than `mvn verify`, and would
# have it compile everything anew.
as_built=(-DskipTests -Dfuzz.skip -Dspotless.check.skip -Dmdep.analyze.skip)

passed=0
check() { expect "$@"; passed=$((passed + 1)); }

# bootstrap_debian TAR: Debian's essential riscv64 packages and python3, unpacked without running them. Fails
# where the mirror has no consistent riscv64 suite.
bootstrap_debian() {
  local suite
  for suite in forky trixie; do
    timeout 240 mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --arch=riscv64 --variant=extract \
      --include='?essential' --include=python3 "$suite" "$1" && return
  done
  return 1
}

# layered LAYOUT TAG TAR…: a new OCI layout with an image, a layer for each tar; `umoci config` says the rest.
layered() {
  local image=$1:$2
  umoci init --layout "$1"
  umoci new --image "$image"
  shift 2
  add_layers "$image" "$@"
}

# add_layers LAYOUT:TAG TAR…
add_layers() {
  local image=$1 layer
  shift
  for layer; do umoci raw add-layer --image "$image" "$layer"; done
}

# debian_image LAYOUT TAR…: an OCI layout with the image `debian`, a layer for each tar.
debian_image() {
  local layout=$1
  shift
  layered "$layout" debian "$@"
  umoci config --image "$layout:debian" --architecture riscv64 --os linux --config.cmd /bin/bash
}

# install_wasmtime: wasmtime's Python package into $scratch/wheel, where this machine has it.
install_wasmtime() {
  local wheel
  wheel=$(find /opt -name 'wasmtime-*.whl' 2>/dev/null | head -n 1)
  [ -n "$wheel" ] && python3 -m pip install -q --no-index --target "$scratch/wheel" "$wheel" 2>/dev/null
}

# needs_binfmt: lets this kernel run riscv64 programs through qemu-user, under the name that they are called by (flag P) and with
# setuid bits (C). They may be registered already without; the kernel asks what was registered last first.
needs_binfmt() {
  local formats=/proc/sys/fs/binfmt_misc magic mask
  [ -e $formats/register ] || mount -t binfmt_misc binfmt_misc $formats
  if grep -qs '^flags: POC' $formats/*qemu-riscv64*; then return; fi
  magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xf3\x00'
  mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
  printf '%s' ":oci2wasm-qemu-riscv64:M::$magic:$mask:/usr/bin/qemu-riscv64-static:FPC" > $formats/register
}

# runners_of RUNTIME…: sets `runners` to what contract.py and fidelity.py take, leaving out what this machine lacks. `mailbox` has
# the options of hosts that have one.
mailbox=
runners_of() {
  local runtime
  runners=()
  for runtime; do
    case $runtime in
      node) runners+=("node=node --no-warnings $root/docs/run.mjs $mailbox") ;;
      jvm) runners+=("jvm=$root/oci2wasm run $mailbox") ;;
      native) runners+=("native=") ;;
      browser) runners+=("browser=node $root/.ci/browser/run.mjs") ;;
      wasmtime)
        if install_wasmtime; then
          runners+=("wasmtime/125=env PYTHONPATH=$scratch/wheel python3 $root/.ci/run_wasmtime.py")
        else
          echo "SKIPPED: wasmtime is not on this machine"
        fi ;;
      *) fail "runtime $runtime: expected node, wasmtime, jvm, browser or native" ;;
    esac
  done
}

# training_of COMMAND…: sets `training` to what `convert` takes to train with the commands that this one prints, each with a NUL
# behind it, for a second of guest time each.
training_of() {
  local command
  training=(--train-time 1s)
  while IFS= read -r -d '' command; do training+=(--train "$command"); done < <("$@")
}

# find_postgres: prints the folder of PostgreSQL's programs.
find_postgres() {
  local bin
  bin=$(find /usr/lib/postgresql -name initdb -printf '%h\n' 2> /dev/null | sort -V | tail -n 1) || true
  [ -n "$bin" ] || fail "found no PostgreSQL, expected Debian's package postgresql"
  echo "$bin"
}

# start_postgres BIN PORT: a server on loopback whose files are in the scratch folder.
start_postgres() {
  local bin=$1 port=$2 account=postgres
  say "PostgreSQL at 127.0.0.1:$port"
  # It refuses to run as root.
  as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid="$account" --regid="$account" --clear-groups "$@"; else "$@"; fi; }
  chmod 711 "$scratch"
  mkdir "$scratch/postgres"
  [ "$(id -u)" != 0 ] || chown "$account" "$scratch/postgres"
  as "$bin/initdb" -D "$scratch/postgres/data" -U oci2wasm --auth=trust -E UTF8 --no-sync > "$scratch/initdb.log"
  as "$bin/postgres" -D "$scratch/postgres/data" -p "$port" -h 127.0.0.1 -k '' -c fsync=off > "$scratch/postgres.log" 2>&1 &
  started+=($!)
  await 20 "PostgreSQL" "$bin/pg_isready" -h 127.0.0.1 -p "$port"
}
