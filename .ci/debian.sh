#!/usr/bin/env bash
# A real Debian riscv64 image through `convert` and `rootfs`, booted in every runtime this machine has.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
tar=${1:-$scratch/debian.tar}

# bootstrap SUITE: essential packages and python3, unpacked without running them.
bootstrap() {
  timeout 240 mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --arch=riscv64 --variant=extract \
    --include='?essential' --include=python3 "$1" "$tar"
}
if [ ! -s "$tar" ]; then
  say "a Debian riscv64 root filesystem"
  bootstrap forky || bootstrap trixie || { echo "SKIPPED: the mirror serves no consistent riscv64 suite today"; exit 0; }
fi

say "an OCI image of it"
umoci init --layout "$scratch/image"
umoci new --image "$scratch/image:debian"
mkdir "$scratch/rootfs"
umoci raw add-layer --image "$scratch/image:debian" "$tar"
umoci config --image "$scratch/image:debian" --architecture riscv64 --os linux --config.cmd /bin/bash

say "rootfs: the EROFS image alone"
"$root/oci2wasm" rootfs "oci:$scratch/image:debian" --platform linux/riscv64 -o "$scratch/rootfs.erofs"
fsck.erofs "$scratch/rootfs.erofs"
passed=$((passed + 1))

say "convert"
"$root/oci2wasm" convert "oci:$scratch/image:debian" --platform linux/riscv64 -o "$scratch/debian.wasm"
added=$(($(stat -c %s "$scratch/debian.wasm") - $(stat -c %s "$scratch/rootfs.erofs")))
echo "engine and kernel add $added bytes"
[ "$added" -le 6291456 ] || fail "engine and kernel add $added bytes, expected at most 6 MiB"

wasmtime() { PYTHONPATH="$scratch/wheel" python3 "$root/.ci/run_wasmtime.py" "$@"; }
in_node() { node --no-warnings "$root/docs/run.mjs" "$@"; }
in_jvm() { "$root/oci2wasm" run "$@"; }
runtimes=(in_node in_jvm)
wheel=$(find /opt -name 'wasmtime-*.whl' 2>/dev/null | head -n 1 || true)
if [ -n "$wheel" ] && python3 -m pip install -q --no-index --target "$scratch/wheel" "$wheel" 2>/dev/null; then
  runtimes+=(wasmtime)
else
  echo "SKIPPED: wasmtime is not on this machine"
fi
for runtime in "${runtimes[@]}"; do
  say "$runtime: sh"
  status=0
  out=$("$runtime" "$scratch/debian.wasm" sh -c 'echo hi; exit 3' < /dev/null) || status=$?
  check "$runtime prints" hi "$out"
  check "$runtime returns" 3 "$status"
done
say "python3 in node"
check "python3" 499999500000 "$(in_node "$scratch/debian.wasm" python3 -c 'print(sum(range(10**6)))' < /dev/null)"

say "instructions from reset to the container's first"
in_node "$scratch/debian.wasm" --stats true < /dev/null 2> "$scratch/stats"
cat "$scratch/stats"
first=$(sed -nE 's/.*[^0-9]([0-9]+) (instructions )?before the container.*/\1/p' "$scratch/stats")
[ -n "$first" ] && [ "$first" -le 25000000 ] || fail "expected at most 25000000 instructions, found '${first:-none reported}'"
echo "$((passed + 1)) passed, 0 failed"
