#!/usr/bin/env bash
# engine.sh [--kernels]: the engine's format, its native tests under ASan and UBSan, both engines rebuilt and compared bit for bit
# with those in git, and the guests in them. The kernels in them, 25 minutes each, are built anew with --kernels, and when what
# they are made of has changed in the twelve hours before the last commit. Gives way to everything else on the machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
step() { printf '\n== %s (%s s)\n' "$*" "$SECONDS"; }
# Of Linux' groups of processes by session, this one comes last; where there are none, niceness counts.
echo 19 2> /dev/null > /proc/self/autogroup || true
renice -n 19 $$ > /dev/null

kernel=--kept-kernel
# In a shallow clone its oldest commit has changed everything.
changed=$(git log -1 --format=%ct -- 'engine/guest/kernel/*.config' 'engine/guest/kernel/*.sh' 'engine/guest/kernel/*.py')
if [ "${1-}" = --kernels ] || (($(git log -1 --format=%ct) - changed < 12 * 3600)); then kernel=; fi

step "format"
clang-format-19 --dry-run --Werror $(git ls-files 'engine/*.c' 'engine/*.h' | grep -v zstddeclib)

step "native tests under ASan and UBSan"
make -C engine -j2 test
make -C engine -j2 test ARCH=x86_64

for architecture in riscv64 x86_64; do
  step "$architecture: rebuild and compare, the guest in it"
  engine/build.sh --check $kernel "$architecture"
  make -C engine native ARCH="$architecture"
  case $architecture in riscv64) native=engine-native ;; *) native=engine-native-$architecture ;; esac
  engine/guest/test/run.sh "$architecture" "engine/out/$architecture/check" "engine/out/$native"
  make -C engine test-boot ARCH="$architecture" KERNEL="out/$architecture/check/kernel.img" \
    INITRAMFS="out/$architecture/check/initramfs.cpio"
  make -C engine test-net ARCH="$architecture" GUEST="out/$architecture/check" \
    WASM="../converter/src/main/resources/engine/$architecture/engine.wasm"
done
