#!/usr/bin/env bash
# `up` under a random monkey: paused, killed, fed with malformed records, told to remove, asked by slow peers. Usage: monkey.sh [SECONDS] (600).
# Variable: FAULT_SEED (1).
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
"$root/oci2wasm" --version > /dev/null
mkdir "$scratch/monkey"
python3 "$root/.ci/faults/monkey.py" "$scratch/monkey" "${1:-600}"
