#!/usr/bin/env bash
# The load test: figures of docs/PERFORMANCE.md. Usage: load.sh [webhooks|slow|latency|trickle|workers|shares|layers|bulk]… Variables: see .ci/faults/load.py.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
"$root/oci2wasm" --version > /dev/null
mkdir "$scratch/load"
python3 "$root/.ci/faults/load.py" "$scratch/load" "$@"
