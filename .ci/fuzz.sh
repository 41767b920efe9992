#!/usr/bin/env bash
# fuzz.sh [SECONDS [TARGET…]]: lets Jazzer look for inputs that break a parser, each target for SECONDS (600) on a built
# tree. Findings go to the target's …Inputs folder beside its seeds: fix them, and commit them as seeds.
# The engine's fuzzers, by processor time: fuzz_engine.py.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-600}
shift || true
targets=("$@")
if ((${#targets[@]} == 0)); then
  mapfile -t targets < <(git ls-files '*/src/test/java/*Fuzz.java' | xargs -n1 basename -s .java)
fi

failed=()
for target in "${targets[@]}"; do
  module=$(git ls-files "*/$target.java" | cut -d/ -f1)
  [[ -n $module ]] || { echo "fuzz: no target $target" >&2; exit 2; }
  report=$module/target/surefire-reports
  rm -f "$report"/*"$target"-output.txt
  started=$SECONDS
  result=clean
  log=$(mktemp)
  JAZZER_FUZZ=1 mvn -q -B -Dspotless.check.skip -pl "$module" -am test-compile surefire:test@fuzz \
    -Dfuzz.test="$target" -Djvm.compiler=-XX:+TieredCompilation -Djazzer.max_duration="${seconds}s" > "$log" 2>&1 || { result=FOUND; failed+=("$target"); grep -a ERROR "$log" | head -20; }
  printf '%-24s %s after %s s: %s\n' "$target" "$result" $((SECONDS - started)) \
    "$(grep -ah '^Done ' "$report"/*"$target"-output.txt "$log" | tail -1)"
  rm -f "$log"
done
((${#failed[@]} == 0)) || { echo "fuzz: findings of ${failed[*]}; see target/surefire-reports/*-output.txt" >&2; exit 1; }
