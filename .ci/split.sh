#!/usr/bin/env bash
# split.sh [--quick] [GIB [ARCHITECTURE]]: an image with a sparse file of GIB (20) becomes a split bundle, which boots in node, in this
# JVM and, where it is, in wasmtime, and reads the end of that file and the image's last file. Then the same with a data file
# that is as large as the image: a sparse one. Takes GIB * 15 MB of disk. --quick: 6 GiB, which is beyond 32 bits, and not in
# the JVM, which takes minutes and has SplitIT.
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
script='tail -c 20 /big/sparse; tail -c 25 /big/zz-last; stat -c %s /big/sparse'
expected="the end of the hole
the end of the last file
$((gib << 30))"

say "an image of $gib GiB for $architecture"
python3 "$root/.ci/make_sparse.py" "$sample" "$scratch/layout" "$architecture" "$gib"
mkdir "$scratch/packed" "$scratch/sparse"
seconds=$SECONDS
"$root/oci2wasm" convert "oci:$scratch/layout" --platform "linux/$architecture" --split -o "$scratch/packed/app.wasm"
echo "converted in $((SECONDS - seconds)) s"
python3 "$root/.ci/sparse_data.py" "$scratch/packed/app.wasm" "$scratch/sparse"

# boots NAME COMMAND…: with the module's name and the guest's words behind.
boots() {
  local name=$1 begun=$SECONDS
  shift
  check "$name" "$expected" "$("$@" "$folder/app.wasm" -- sh -c "$script")"
  echo "$name took $((SECONDS - begun)) s"
}
for folder in "$scratch/packed" "$scratch/sparse"; do
  say "$folder/app.data: $(stat -c %s "$folder/app.data") bytes"
  boots node node --no-warnings "$root/docs/run.mjs"
  [ -n "$quick" ] || boots JVM "$root/oci2wasm" run
  if install_wasmtime; then
    boots wasmtime env PYTHONPATH="$scratch/wheel" python3 "$root/.ci/run_wasmtime.py" --dir "$folder:/.oci2wasm"
  else
    echo "SKIPPED: wasmtime is not on this machine"
  fi
done
say "$passed checks passed"
