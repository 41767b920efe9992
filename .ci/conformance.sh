#!/usr/bin/env bash
# conformance.sh [sequences|stress-ng]…: the suites of docs/CONFORMANCE.md that every change runs, on a built tree.
#
#   sequences   SEQUENCES (200000) random sequences of riscv64 instructions, from SEED (1), leave what they leave in QEMU;
#               `make -C engine test` runs some of them under ASan and on the wasm build
#   stress-ng   the stressors of conformance/stress-ng.include, each verifying its results, in a guest of an amd64 image;
#               conformance/stress-ng.exclude has all others, with reasons
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
data=$root/.ci/conformance

sequences() {
  say "random sequences of riscv64 instructions"
  make -s -C "$root/engine" test-sequences-plain SEQUENCES_PLAIN="${SEQUENCES:-200000}" SEED="${SEED:-1}"
}

# names FILE: its first words.
names() { sed -E 's/#.*//; s/[[:space:]].*//; /^$/d' "$1"; }

# job SECONDS: the lines of a job file for the included stressors, one after another.
job() {
  printf '%s\n' 'run sequential' verify oomable metrics-brief "timeout $1"
  sed -E 's/#.*//; /^[[:space:]]*$/d; s/^([^[:space:]]+)[[:space:]]+([0-9]+)$/\1 1\n\1-ops \2/' "$data/stress-ng.include"
}

stress_ng() {
  say "stress-ng --verify in a guest"
  local suite=$scratch/stress-ng
  mkdir -p "$suite/job"
  mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --arch=amd64 --variant=extract --include=stress-ng \
    bookworm "$suite/debian.tar"
  job 120 > "$suite/job/job"
  tar -C "$suite/job" --owner=0 --group=0 -cf "$suite/job.tar" job
  layered "$suite/image" it "$suite/debian.tar" "$suite/job.tar"
  umoci config --image "$suite/image:it" --architecture amd64 --os linux --config.entrypoint stress-ng --config.workingdir /tmp
  "$root/oci2wasm" convert "oci:$suite/image:it" --platform linux/amd64 -o "$suite/stress-ng.wasm" 2> /dev/null
  guest() { node --no-warnings "$root/docs/run.mjs" "$suite/stress-ng.wasm" --memory 768m -- "$@" < /dev/null; }

  guest --stressors | tr -s ' \n' '\n\n' | sort > "$suite/known"
  { names "$data/stress-ng.include"; names "$data/stress-ng.exclude"; } | sort > "$suite/listed"
  expect "stressors in neither list or in both" "" "$(diff "$suite/known" "$suite/listed" || true)"

  local started=$SECONDS status=0
  guest --job /job > "$suite/log" 2>&1 || status=$?
  grep -aE ' (fail|error): ' "$suite/log" >&2 || true
  # The table of metrics names each stressor that ran, and how often it did its work.
  sed -nE 's/^stress-ng: metrc: \[[0-9]+\] ([a-z0-9-]+) +([0-9]+) +[0-9]+\.[0-9]+ .*/\1 \2/p' "$suite/log" | tr -d '\r' |
    awk '$2 > 0 {print $1}' | sort > "$suite/ran"
  expect "stressors that did no work" "" "$(names "$data/stress-ng.include" | sort | comm -23 - "$suite/ran" | tr '\n' ' ')"
  expect "status of stress-ng" 0 "$status"
  check "stressors verified, of $(wc -l < "$suite/known") ($((SECONDS - started)) s)" \
    "$(names "$data/stress-ng.include" | wc -l)" "$(names "$data/stress-ng.include" | sort | comm -12 - "$suite/ran" | wc -l)"
}

[ $# -gt 0 ] || set -- sequences stress-ng
for part; do
  case $part in
    sequences) sequences ;;
    stress-ng) stress_ng ;;
    *) fail "part $part: expected sequences or stress-ng" ;;
  esac
done
