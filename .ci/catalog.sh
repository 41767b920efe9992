#!/usr/bin/env bash
# A whole catalog in Debian's docker-registry: what was pushed while the gateway was down is found by a scan; then all is converted
# anew under another engine, paused, killed, resumed and cancelled on the way. Variables: CATALOG_IMAGES (300).
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
"$root/oci2wasm" --version > /dev/null
resources=$root/converter/src/main/resources/engine/riscv64
for name in other later; do
  python3 "$root/.ci/other_engine.py" "$resources/engine.wasm" "$resources/engine.json" "0.0.0-$name" "$scratch/$name"
done
mkdir "$scratch/catalog"
python3 "$root/.ci/faults/catalog.py" "$scratch/catalog" "$scratch/other" "$scratch/later"
