#!/usr/bin/env bash
# A container's network: a real bundle in each runtime, with 20 MB each way, datagrams, names and what the rules forbid; for
# node before it docs/net.mjs and the Run page against the rules' vectors and a scripted engine. CI_ARCHITECTURE is riscv64
# (default) or amd64.
# Usage: network.sh [faults|speed] [node|jvm|runtime-node|runtime-wasmtime|component]…
# faults: instead 1,000 connections at once, slow readers, resets, no route, no descriptors, a peer that is stopped for
# 30 s, a module that is killed. speed: a table's row for each runtime; on a quiet machine.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

script=check
case ${1:-} in faults | speed) script=$1; shift ;; esac
[ $# -gt 0 ] || set -- node jvm runtime-wasmtime component

case "$script $*" in
  check*\ node*)
    say "docs/net.mjs and the Run page: rules and messages"
    node --test "$root"/.ci/network/*_test.mjs > "$scratch/net_test.log" || { cat "$scratch/net_test.log"; fail ".ci/network"; }
    grep -E '^# (pass|fail)' "$scratch/net_test.log" ;;
esac

say "a bundle with sockets and nothing else"
case $architecture in
  riscv64) compiler=riscv64-linux-gnu-gcc ;;
  amd64) compiler=x86_64-linux-gnu-gcc ;;
  *) fail "architecture $architecture: expected riscv64 or amd64" ;;
esac
mkdir -p "$scratch/files/bin" "$scratch/files/etc" "$scratch/files/tmp"
"$compiler" -O2 -static -s -o "$scratch/files/bin/network" "$root/engine/test/guest_network.c" -lresolv
tar -C "$scratch/files" --owner=0 --group=0 -cf "$scratch/files.tar" .
layered "$scratch/image" network "$scratch/files.tar"
umoci config --image "$scratch/image:network" --architecture "$architecture" --os linux --config.entrypoint /bin/network \
  --config.exposedports 7/tcp
bundle=$scratch/network.wasm
"$root/oci2wasm" convert "oci:$scratch/image:network" --platform "linux/$architecture" -o "$bundle"

in_node="node --no-warnings $root/docs/run.mjs"
tools=$root/engine/out/component-tools
# A component of the same image, made in both ways.
make_component() {
  component=$scratch/network.component.wasm
  [ -e "$component" ] && return
  "$root/oci2wasm" component "$bundle" -o "$component"
  "$root/oci2wasm" convert "oci:$scratch/image:network" --platform "linux/$architecture" --component -o "$scratch/other.wasm"
  cmp "$component" "$scratch/other.wasm" || fail "component and convert --component make different files"
  "$root/oci2wasm" inspect "$component" | jq -e '.form == "component"' > "$scratch/inspected"
}

for runtime; do
  say "$runtime"
  tested=$bundle
  case $runtime in
    node) runner=(node --no-warnings "$root/docs/run.mjs") ;;
    jvm) runner=("$root/oci2wasm" run) ;;
    runtime-node) runner=("$root/oci2wasm" run --runtime "$in_node") ;;
    runtime-wasmtime)
      install_wasmtime || { echo "SKIPPED: wasmtime is not on this machine"; continue; }
      runner=("$root/oci2wasm" run --runtime "env PYTHONPATH=$scratch/wheel python3 $root/.ci/run_wasmtime.py") ;;
    component)
      "$root/engine/host/component/tools.sh" "$tools" || { echo "SKIPPED: npm does not answer on this machine"; continue; }
      make_component
      tested=$component
      runner=(node --no-warnings "$root/.ci/network/run_jco.mjs" "$tools") ;;
    *) fail "runtime $runtime: expected node, jvm, runtime-node, runtime-wasmtime or component" ;;
  esac
  case $script-$runtime in check-*) number=20 ;; speed-*) number=100 ;; *) number=1000 ;; esac
  python3 "$root/.ci/network/$script.py" "$tested" "$number" "${runner[@]}"
done
