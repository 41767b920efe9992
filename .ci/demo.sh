#!/usr/bin/env bash
# `demo` on a built tree reaches the container's output within 20 s.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin=$(date +%s%N)
"$root/oci2wasm" demo < /dev/null | tee "$scratch/demo.log"
milliseconds=$((($(date +%s%N) - begin) / 1000000))
grep -q riscv64 "$scratch/demo.log" || fail "demo printed nothing from the container"
[ "$milliseconds" -le 20000 ] || fail "demo took $milliseconds ms, expected at most 20000"
echo "ok: demo took $milliseconds ms"
