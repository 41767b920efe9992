#!/usr/bin/env bash
# split.sh [--quick] [GIB [ARCHITECTURE]]: an image with a sparse file of GIB (20) becomes a split bundle, which boots in node, in
# Chromium, in this JVM and, where it is, in wasmtime, and reads the end of that file and the image's last file. Then the same with
# a data file that is as large as the image: a sparse one. Prints a table of each. Takes GIB * 15 MB of disk. --quick: 6 GiB, which
# is beyond 32 bits, and not in the JVM, which takes minutes and has SplitIT.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
quick=
if [ "${1-}" = --quick ]; then
  quick=yes
  shift
fi
gib=${1:-${quick:+6}}
gib=${gib:-20}
architecture=${2:-$architecture}
sample=$root/cli/src/main/resources/sample
SPLIT_SCRIPT='tail -c 20 /big/sparse; tail -c 25 /big/zz-last; stat -c %s /big/sparse'
# What each runtime must print; bench.py's commands read both.
export SPLIT_SCRIPT SPLIT_EXPECTED="the end of the hole
the end of the last file
$((gib << 30))"

say "an image of $gib GiB for $architecture"
python3 "$root/.ci/make_sparse.py" "$sample" "$scratch/layout" "$architecture" "$gib"
mkdir "$scratch/packed" "$scratch/sparse"
python3 "$root/.ci/bench.py" 1 \
  "convert --split=$root/oci2wasm convert oci:$scratch/layout --platform linux/$architecture --split -o $scratch/packed/app.wasm"
python3 "$root/.ci/sparse_data.py" "$scratch/packed/app.wasm" "$scratch/sparse"

# boots NAME COMMAND: adds a row to the table, whose command fails where the guest prints something else.
boots() { rows+=("$1=found=\"\$($2 $folder/app.wasm -- sh -c \"\$SPLIT_SCRIPT\")\"; [ \"\$found\" = \"\$SPLIT_EXPECTED\" ] || { echo \"found \$found\" >&2; exit 1; }"); }
for folder in "$scratch/packed" "$scratch/sparse"; do
  say "$folder/app.data: $(stat -c %s "$folder/app.data") bytes; load $(cut -d ' ' -f 1 /proc/loadavg)"
  rows=()
  boots node "node --no-warnings $root/docs/run.mjs"
  if install_wasmtime; then
    boots wasmtime "PYTHONPATH=$scratch/wheel python3 $root/.ci/run_wasmtime.py --dir $folder:/.oci2wasm"
  else
    echo "SKIPPED: wasmtime is not on this machine"
  fi
  if command -v chromium > /dev/null; then
    boots Chromium "node --no-warnings $root/.ci/browser/run.mjs"
  else
    echo "SKIPPED: chromium is not on this machine"
  fi
  [ -n "$quick" ] || boots JVM "$root/oci2wasm run"
  python3 "$root/.ci/bench.py" 1 "${rows[@]}"
  passed=$((passed + ${#rows[@]}))
done
say "$passed checks passed"
