#!/usr/bin/env bash
# Does an amd64 bundle behave as its image does? Images of Debian packages, and one of static programs, are made as
# .ci/fidelity/*.cases say and converted; every command runs natively in a chroot and in the bundle, in each runtime named
# (default: node). Usage: fidelity_amd64.sh [--quick] [--images "NAME…"] [--only REGEX] [--table FILE] [node|wasmtime|jvm|browser]…
# With --quick it is a subset for every change. FIDELITY_ROOTS=FOLDER keeps what mmdebstrap made, and takes it from there.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cases=$root/.ci/fidelity
images="tools static compilers nodejs openjdk"
options=() table=/dev/null
while [[ ${1:-} = --* ]]; do
  case $1 in
    --quick) options+=(--quick); images="tools static"; shift ;;
    --images) images=$2; shift 2 ;;
    --only) options+=(--only "$2"); shift 2 ;;
    --table) table=$(realpath "$2") options+=(--table "$(realpath "$2")"); shift 2 ;;
    *) fail "option $1: expected --quick, --images, --only or --table" ;;
  esac
done
runners_of "${@:-node}"
roots=${FIDELITY_ROOTS:-$scratch/roots}
mkdir -p "$roots"

# debian_root NAME PACKAGES: $roots/NAME.tar.
debian_root() {
  [ -s "$roots/$1.tar" ] && return
  mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --arch=amd64 --variant=minbase --include="$2" \
    bookworm "$roots/$1.part.tar"
  mv "$roots/$1.part.tar" "$roots/$1.tar"
}

# static_root: a file system of nothing but static programs, built in Debian roots, musl's and Go's of the packages there.
static_root() {
  local build=$scratch/build programs=$scratch/programs
  mkdir -p "$build" "$programs"
  gcc -O2 -static -s -o "$programs/probe" "$root/.ci/probe.c"
  gcc -O2 -static -s -o "$programs/floats" "$cases/static/floats.c" -lm -pthread
  musl-gcc -O2 -static -s -o "$programs/musl" "$cases/static/musl.c"
  if [[ ${options[*]} != *--quick* ]]; then
    debian_root go golang-go
    tar -C "$build" -xf "$roots/go.tar"
    cp "$cases/static/goroutines.go" "$build/tmp/"
    chroot "$build" env -i PATH=/usr/bin:/bin HOME=/tmp CGO_ENABLED=0 go build -ldflags=-s -o /tmp/goroutines /tmp/goroutines.go
    mv "$build/tmp/goroutines" "$programs/"
    rm -rf "$build"
  fi
  tar -C "$programs" --owner=0 --group=0 -cf "$scratch/static.tar" .
}

# image NAME: an OCI layout $scratch/NAME, its root unpacked in $scratch/NAME.root, the bundle $scratch/NAME.wasm.
image() {
  local layers=() packages layer
  packages=$(sed -n 's/^packages: //p' "$cases/$1.cases")
  if [ -n "$packages" ]; then
    debian_root "$1" "$packages"
    layers+=("$roots/$1.tar")
  else
    static_root
    layers+=("$scratch/static.tar")
  fi
  if [ "$1" = openjdk ]; then
    mkdir -p "$scratch/java/classes"
    javac --release 17 -d "$scratch/java/classes" "$cases"/openjdk/*.java
    tar -C "$scratch/java" --owner=0 --group=0 -cf "$scratch/classes.tar" classes
    layers+=("$scratch/classes.tar")
  fi
  umoci init --layout "$scratch/$1"
  umoci new --image "$scratch/$1:it"
  mkdir "$scratch/$1.root"
  for layer in "${layers[@]}"; do
    umoci raw add-layer --image "$scratch/$1:it" "$layer"
    tar -C "$scratch/$1.root" -xf "$layer"
  done
  umoci config --image "$scratch/$1:it" --architecture amd64 --os linux --config.cmd /bin/sh \
    --config.user "$(sed -n 's/^user: //p' "$cases/$1.cases")"
  "$root/oci2wasm" convert "oci:$scratch/$1:it" --platform linux/amd64 -o "$scratch/$1.wasm" 2> /dev/null
}

status=0
for name in $images; do
  say "$name"
  printf '\n## %s\n\n' "$name" >> "$table"
  image "$name"
  if [ "$name" = tools ]; then
    first=$(node --no-warnings "$root/docs/run.mjs" "$scratch/tools.wasm" --stats true 2>&1 < /dev/null |
      sed -nE "s/.*, ([0-9]+) before the container's first.*/\1/p")
    check "$first instructions before the container's first, at most 60 million" yes "$([ "${first:-60000001}" -le 60000000 ] && echo yes)"
    engine=$(stat -c %s "$root/converter/src/main/resources/engine/x86_64/engine.wasm")
    check "the engine adds $engine bytes, at most 7 MB" yes "$([ "$engine" -le 7000000 ] && echo yes)"
  fi
  python3 "$root/.ci/fidelity.py" --cases "$cases/$name.cases" "${options[@]}" "$scratch/$name.root" "$scratch/$name.wasm" "${runners[@]}" ||
    status=1
  rm -rf "$scratch/$name" "$scratch/$name.root" "$scratch/$name.wasm"
done
exit $status
