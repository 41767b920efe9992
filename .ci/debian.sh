#!/usr/bin/env bash
# A real Debian riscv64 image through `convert` and `rootfs`, booted in every runtime this machine has.
# Usage: debian.sh [DEBIAN_ROOTFS.tar [BUNDLE]]: where its bundle is left, for other scripts.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
tar=${1:-$scratch/debian.tar}
bundle=${2:-$scratch/debian.wasm}
[ -s "$tar" ] || bootstrap_debian "$tar" || { echo "SKIPPED: the mirror serves no consistent riscv64 suite today"; exit 0; }
debian_image "$scratch/image" "$tar"

say "rootfs: the EROFS image alone"
"$root/oci2wasm" rootfs "oci:$scratch/image:debian" --platform linux/riscv64 -o "$scratch/rootfs.erofs"
check "fsck.erofs" clean "$(fsck.erofs "$scratch/rootfs.erofs" > /dev/null && echo clean)"

say "convert"
"$root/oci2wasm" convert "oci:$scratch/image:debian" --platform linux/riscv64 -o "$bundle"
"$root/oci2wasm" convert "oci:$scratch/image:debian" --platform linux/riscv64 --compression none -o "$scratch/plain.wasm"
inside=$("$root/oci2wasm" inspect "$scratch/plain.wasm" | sed -nE '/"rootfs"/,/}/s/.*"size" : ([0-9]+).*/\1/p')
added=$(($(stat -c %s "$scratch/plain.wasm") - inside))
check "engine and kernel add $added bytes, at most 6 MiB" yes "$([ "$added" -le 6291456 ] && echo yes)"
check "compressed, less than half" yes "$([ $((2 * $(stat -c %s "$bundle"))) -lt "$(stat -c %s "$scratch/plain.wasm")" ] && echo yes)"

in_wasmtime() { PYTHONPATH="$scratch/wheel" python3 "$root/.ci/run_wasmtime.py" "$@"; }
in_node() { node --no-warnings "$root/docs/run.mjs" "$@"; }
in_jvm() { "$root/oci2wasm" run "$@"; }
runtimes=(in_node in_jvm)
if install_wasmtime; then runtimes+=(in_wasmtime); else echo "SKIPPED: wasmtime is not on this machine"; fi
for runtime in "${runtimes[@]}"; do
  say "$runtime: sh"
  status=0
  out=$("$runtime" "$bundle" sh -c 'echo hi; exit 3' < /dev/null) || status=$?
  check "$runtime prints" hi "$out"
  check "$runtime returns" 3 "$status"
done

say "python3 in node"
check "python3" 499999500000 "$(in_node "$bundle" python3 -c 'print(sum(range(10**6)))' < /dev/null)"

say "instructions from reset to the container's first"
first=$(in_node "$bundle" --stats true 2>&1 < /dev/null | sed -nE "s/.*, ([0-9]+) before the container's first.*/\1/p")
check "$first instructions, at most 25 million" yes "$([ "${first:-25000001}" -le 25000000 ] && echo yes)"
echo "$passed passed, 0 failed"
