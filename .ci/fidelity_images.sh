#!/usr/bin/env bash
# Does a bundle behave as its image does? Images of Debian packages, and one of static programs, are made as
# .ci/fidelity/*.cases say and converted; every command runs natively (riscv64: in qemu-user) and in the bundle, in each
# runtime named (default: node). Usage: fidelity_images.sh [OPTION…] [node|wasmtime|jvm|browser|native]…
#   --platform amd64|riscv64   default amd64
#   --quick                    the subset for every change
#   --marked MARK              only the cases that have this mark, e.g. runtimes
#   --images "NAME…"           only these files of cases
#   --only REGEX               only the cases whose name has this in it
#   --table FILE               writes the results into this page, docs/FIDELITY.md; other rows stay as they are
#   --missing                  only what the page does not call the same yet
#   --trained                  bundles that the chosen cases have trained, made anew; no runtime installs translations of its own
#   --interpreted              translated against interpreted, with --deterministic, in place of a reference
# `native` runs the reference against itself: what differs there is no case. FIDELITY_ROOTS=FOLDER keeps roots and bundles, and
# takes them from there.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cases=$root/.ci/fidelity
platform=amd64 quick= images= options=() trained=
while [[ ${1:-} = --* ]]; do
  case $1 in
    --platform) platform=$2; shift 2 ;;
    --quick) quick=yes options+=(--marked quick); shift ;;
    --images) images=$2; shift 2 ;;
    --marked | --only) options+=("$1" "$2"); shift 2 ;;
    --table) options+=(--table "$(realpath "$2")"); shift 2 ;;
    --missing) options+=(--missing); shift ;;
    --interpreted) options+=(--interpreted); shift ;;
    --trained) trained=yes mailbox="--translate off" options+=(--trained); shift ;;
    *) fail "option $1: expected one of those at the head of $0" ;;
  esac
done
case $platform in
  amd64) suites=bookworm engine=x86_64 cross=
    all="tools languages servers system containers media static compilers nodejs openjdk rust ghc i386 network" ;;
  riscv64) suites="forky trixie" engine=riscv64 all="tools languages servers system media static" cross=riscv64-linux-gnu-
    needs_binfmt ;;
  *) fail "platform $platform: expected amd64 or riscv64" ;;
esac
[ -z "$quick" ] || all="tools static"
runners_of "${@:-node}"
[ "${#runners[@]}" -gt 0 ] || exit 0
roots=${FIDELITY_ROOTS:-$scratch/roots}
mkdir -p "$roots"

# head_of NAME KEY: the value in a file of cases; KEY-PLATFORM goes first.
head_of() {
  local value
  value=$(sed -n "s/^$2-$platform: //p" "$cases/$1.cases")
  [ -n "$value" ] || value=$(sed -n "s/^$2: //p" "$cases/$1.cases")
  echo "$value"
}

# debian_root NAME PACKAGES [LEFT_OUT…]: $roots/$platform-NAME.tar. Documentation and translations are left out, as Debian's own
# container images do: V8 takes no module above 1 GiB. Packages of riscv64 are unpacked only.
debian_root() {
  local tar=$roots/$platform-$1.tar packages=$2 suite path debian=${architecture/#386/i386} how=(--variant=minbase --dpkgopt=force-unsafe-io)
  [ ! -s "$tar" ] || return 0
  if [ "$platform" = riscv64 ]; then
    how=(--variant=extract --include='?essential' --include=apt,passwd,base-passwd,debianutils
      --extract-hook="sh '$cases/unconfigured.sh' \"\$1\"")
  fi
  [ "$debian" != i386 ] || how+=(--skip=check/qemu) # this processor executes it
  for path in '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*' "${@:3}"; do
    how+=("--dpkgopt=path-exclude=$path")
  done
  for suite in $suites; do
    if mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --arch="$debian" "${how[@]}" \
      --include="$packages" "$suite" "$tar.part.tar"; then
      mv "$tar.part.tar" "$tar"
      return
    fi
  done
  fail "no root of $1 for $debian: tried $suites"
}

# static_root: a file system of nothing but static programs; musl's and Go's, of Debian's packages for amd64, on amd64 only.
static_root() {
  local build=$scratch/build programs=$scratch/programs
  mkdir -p "$build" "$programs"
  "${cross}gcc" -O2 -static -s -o "$programs/probe" "$root/.ci/probe.c"
  "${cross}gcc" -O2 -static -s -o "$programs/floats" "$cases/static/floats.c" -lm -pthread
  if [ "$platform" = amd64 ]; then musl-gcc -O2 -static -s -o "$programs/musl" "$cases/static/musl.c"; fi
  if [ "$platform" = amd64 ] && [ -z "$quick" ]; then
    debian_root go golang-go
    tar -C "$build" -xf "$roots/$platform-go.tar"
    cp "$cases/static/goroutines.go" "$build/tmp/"
    chroot "$build" env -i PATH=/usr/bin:/bin HOME=/tmp CGO_ENABLED=0 go build -ldflags=-s -o /tmp/goroutines /tmp/goroutines.go
    mv "$build/tmp/goroutines" "$programs/"
    rm -rf "$build"
  fi
  tar -C "$programs" --owner=0 --group=0 -cf "$scratch/static.tar" .
}

# image NAME: its root unpacked in $kept.root and its bundle $bundle, made anew where an engine is newer.
image() {
  local layers=() left_out=() packages layer architecture memory
  architecture=$(head_of "$1" architecture) # 386 has the engine of amd64
  architecture=${architecture:-$platform}
  packages=$(head_of "$1" packages)
  if [ -n "$packages" ]; then
    read -ra left_out <<< "$(head_of "$1" leave-out)"
    debian_root "$1" "$packages" "${left_out[@]}"
    layers+=("$roots/$platform-$1.tar")
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
  if [ ! -d "$kept.root" ]; then
    mkdir "$kept.part"
    for layer in "${layers[@]}"; do tar -C "$kept.part" -xf "$layer"; done
    mv "$kept.part" "$kept.root"
  fi
  # Nothing converts for the reference alone.
  if [[ "${runners[*]}" = native=* && ${#runners[@]} = 1 ]]; then return; fi
  [ -n "$trained" ] || [ "$bundle" -ot "$root/converter/src/main/resources/engine/$engine/engine.wasm" ] || return 0
  training=()
  if [ -n "$trained" ]; then
    training_of "${table[@]}" --training "$kept.root" "$bundle"
    memory=$(head_of "$1" memory)
    [ -z "$memory" ] || training+=(--memory "$memory")
  fi
  python3 "$cases/layout.py" "$scratch/$1" "$architecture" "$(head_of "$1" user)" "${layers[@]}"
  "$root/oci2wasm" convert "oci:$scratch/$1:it" --platform "linux/$architecture" "${training[@]}" -o "$bundle" 2> "$scratch/convert.err" ||
    fail "converting $1: $(cat "$scratch/convert.err")"
  [ -z "$trained" ] || grep 'recordings of' "$scratch/convert.err" || fail "$1 is not trained: $(cat "$scratch/convert.err")"
  rm -rf "$scratch/$1"
}

status=0
for name in ${images:-$all}; do
  say "$name on $platform"
  kept=$roots/$platform-$name
  bundle=$kept${trained:+-trained}.wasm
  table=("$root/.ci/fidelity.py" --cases "$cases/$name.cases" --platform "$platform" "${options[@]}")
  image "$name"
  if [ -n "$quick" ] && [ "$name" = tools ]; then
    first=$(node --no-warnings "$root/docs/run.mjs" "$bundle" --stats true 2>&1 < /dev/null |
      sed -nE "s/.*, ([0-9]+) before the container's first.*/\1/p")
    check "$first instructions before the container's first, at most 60 million" yes "$([ "${first:-60000001}" -le 60000000 ] && echo yes)"
    size=$(stat -c %s "$root/converter/src/main/resources/engine/$engine/engine.wasm")
    check "the engine adds $size bytes, at most 7 MB" yes "$([ "$size" -le 7000000 ] && echo yes)"
  fi
  "${table[@]}" "$kept.root" "$bundle" "${runners[@]}" || status=1
  [ -n "${FIDELITY_ROOTS:-}" ] || rm -rf "$kept.root" "$bundle"
done
exit $status
