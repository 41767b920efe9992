#!/usr/bin/env bash
# The fault table: real processes, broker, S3 server and registry, damaged while images are pushed. Usage: faults.sh [ROW…], a row by a
# part of its name. Variables: FAULT_IMAGES (20), FAULT_SEED (1).
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
"$root/oci2wasm" --version > /dev/null
mkdir "$scratch/faults"
python3 "$root/.ci/faults/table.py" "$scratch/faults" "$@"
