#!/usr/bin/env bash
# A bundle in a page of headless Chromium: streams and exit code as docs/FORMATS.md has them. The whole table is
# `fidelity.py ROOTFS BUNDLE "browser=node .ci/browser/run.mjs"`. Usage: browser.sh [BUNDLE]; without one, the sample's of
# CI_ARCHITECTURE (riscv64).
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
bundle=${1:-}
if [ -z "$bundle" ]; then
  bundle=$scratch/sample.wasm
  "$root/oci2wasm" convert "oci:$root/cli/src/main/resources/sample:latest" --platform "linux/$architecture" -o "$bundle"
fi
in_browser() { timeout 120 node "$root/.ci/browser/run.mjs" "$bundle" "$@"; }

say "streams and exit code"
status=0
in_browser sh -c 'echo out; echo err >&2; exit 3' < /dev/null > "$scratch/out" 2> "$scratch/err" || status=$?
check "stdout" out "$(cat "$scratch/out")"
check "stderr apart" err "$(cat "$scratch/err")"
check "exit code" 3 "$status"
check "words that are not ASCII" "äöü €" "$(in_browser printf %s 'äöü €' < /dev/null)"

say "standard input"
python3 -c 'import sys; sys.stdout.buffer.write(bytes(range(256)) * 40960)' > "$scratch/input"
check "10 MB in" "$(sha256sum < "$scratch/input")" "$(in_browser sha256sum < "$scratch/input")"
check "10 MB in and out" "$(sha256sum < "$scratch/input")" "$(in_browser cat < "$scratch/input" | sha256sum)"
check "input that comes late" late "$({ sleep 3; echo late; } | in_browser sh -c 'read -r line; echo $line')"

say "a split bundle: its data file is read in ranges"
node --test "$root/.ci/browser/ranges_test.mjs" > "$scratch/ranges.log" || { cat "$scratch/ranges.log"; fail "ranges.mjs"; }
if [ -z "${1:-}" ]; then
  whole=$(in_browser sha256sum /bin/busybox < /dev/null)
  "$root/oci2wasm" convert "oci:$root/cli/src/main/resources/sample:latest" --platform "linux/$architecture" --split -o "$scratch/split.wasm"
  bundle=$scratch/split.wasm
  check "a file of its own" "$whole" "$(in_browser sha256sum /bin/busybox < /dev/null)"
  printf foreign | dd of="$scratch/split.data" bs=1 seek=$(($(stat -c %s "$scratch/split.data") - 7)) conv=notrunc status=none
  status=0
  in_browser true < /dev/null 2> "$scratch/err" || status=$?
  check "another bundle's data" "125 split.data" "$status $(grep -o 'split\.data' "$scratch/err" | head -n 1)"
fi

if in_browser sh -c 'command -v python3' < /dev/null > "$scratch/out"; then
  check "python3" 499999500000 "$(in_browser python3 -c 'print(sum(range(10**6)))' < /dev/null)"
fi
echo "$passed passed, 0 failed"
