#!/usr/bin/env bash
# `demo` on a built tree reaches the output of both platforms' containers within 40 s. Nearly all of it is processor time: 27.7 s for itself and
# 4.6 s for the kernel, measured at a load of 43. Two processors that nobody else uses need 16 s or more for that, a slow machine has needed
# 23 s; beside as much other work it takes twice as long. So 20 s is the aim for a quiet machine, and 40 s what tells of a defect.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin=$(date +%s%N)
"$root/oci2wasm" demo < /dev/null | tee "$scratch/demo.log"
milliseconds=$((($(date +%s%N) - begin) / 1000000))
for machine in riscv64 x86_64; do
  grep -q "^kernel .* $machine\$" "$scratch/demo.log" || fail "demo printed nothing from the $machine container"
done
[ "$milliseconds" -le 40000 ] || fail "demo took $milliseconds ms, expected at most 40000"
echo "ok: demo took $milliseconds ms"
