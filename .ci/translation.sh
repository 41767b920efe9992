#!/usr/bin/env bash
# Translated code does what interpreted code does: programs in node, with --deterministic, once without and once with
# translation. Output, number of instructions and a digest of guest memory must be the same; for amd64, the programs of
# translation/guest.c must also print what this machine's processor has them print, where it is an amd64, and random programs
# compute the same.
# Then hosts and their mailbox: node, Chromium and the JVM.
# Usage: translation.sh [BUNDLE]; without one, the sample's. CI_ARCHITECTURE says of which architecture, else of both; a BUNDLE is for
# amd64 then.
#        translation.sh random FIRST COUNT: only so many random programs, of CI_ARCHITECTURE. They must compute, translated, what
# this machine's processor has them compute (amd64), or QEMU (riscv64).
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
given=${1:-}
[ "$given" != random ] || given=
mkdir "$scratch/shared"

# other_host NAME SCRIPT: run.mjs as a host that asks for other code, by a script of sed.
other_host() {
  mkdir "$scratch/$1"
  cp "$root"/docs/*.mjs "$scratch/$1"
  sed -i "$2" "$scratch/$1/run.mjs"
  ! cmp -s "$root/docs/run.mjs" "$scratch/$1/run.mjs" || fail "run.mjs: found nothing that $2 changes"
}
# amd64's code as hosts without SIMD have it translated: the JVM, and trained bundles by default.
other_host no-vectors 's/=simd,/=/'
# All code as that of large units.
other_host in-memory 's/,unit=1000/&,locals=0/'
other_host in-memory-no-vectors 's/=simd,unit=1000/=unit=1000,locals=0/'

# other_hosts ARCHITECTURE
other_hosts() {
  if [ "$1" = amd64 ]; then echo no-vectors in-memory in-memory-no-vectors; else echo in-memory; fi
}

# prepare ARCHITECTURE: the bundle, and the program in the shared folder.
prepare() {
  bundle=$given
  if [ -z "$bundle" ]; then
    bundle=$scratch/sample-$1.wasm
    "$root/oci2wasm" convert "oci:$root/cli/src/main/resources/sample:latest" --platform "linux/$1" -o "$bundle"
  fi
  local compile=(x86_64-linux-gnu-gcc -static-pie -fPIE "$root/.ci/translation/random_x86_64.c")
  [ "$1" = amd64 ] || compile=(riscv64-linux-gnu-gcc -static "$root/.ci/translation/random_riscv64.c")
  "${compile[@]}" "$root/.ci/translation/guest.c" "$root/.ci/translation/random.c" -O1 -Wall -Wextra -Werror -Wno-infinite-recursion -o "$scratch/shared/guest"
  cat "$scratch/shared/guest" > /dev/null # the first reading changes the time of access, which the guest can see
}

# in_node off|host COMMAND…: leaves out, err and status in the scratch folder. `runner` is run.mjs or its copy.
in_node() {
  local translate=$1 status=0
  shift
  timeout 900 node --no-warnings "${runner:-$root/docs/run.mjs}" --dir "$scratch/shared:/shared" --translate "$translate" "$bundle" \
    --deterministic --stats "$@" < /dev/null > "$scratch/$translate.out" 2> "$scratch/$translate.err" || status=$?
  echo "$status" > "$scratch/$translate.status"
}

# counted off|host: the lines of --stats that do not depend on time.
counted() {
  sed -nE -e 's/.*stats: ([0-9]+) guest instructions, ([0-9]+) before.*/\1 \2/p' -e 's/.*stats: (memory .*)/\1/p' "$scratch/$1.err"
}

# same WHAT COMMAND…: of its instructions, `least` are translated (a million).
same() {
  local what=$1
  shift
  in_node off "$@"
  same_as_interpreted "$what" "$@"
}

# same_as_interpreted WHAT COMMAND…: as the run that left its output in the scratch folder, without translation.
same_as_interpreted() {
  local what=$1
  shift
  in_node host "$@"
  cmp "$scratch/off.out" "$scratch/host.out" || fail "$what: the output differs"
  check "$what: exit code" "$(cat "$scratch/off.status")" "$(cat "$scratch/host.status")"
  [ "$(counted off | wc -l)" = 2 ] || fail "$what: found no counts in: $(cat "$scratch/off.err")"
  check "$what: instructions and memory" "$(counted off)" "$(counted host)"
  local translated
  translated=$(sed -nE 's/.*stats: ([0-9]+) of them translated, .*, 0 modules refused/\1/p' "$scratch/host.err")
  [ "${translated:-0}" -gt "${least:-1000000}" ] ||
    fail "$what: found ${translated:-no} translated instructions, expected ${least:-1000000}"
  echo "ok: $what: $translated translated"
  grep -q 'translated' "$scratch/off.err" && fail "$what: translated without being told"
  passed=$((passed + 1))
}

programs() {
  local host
  say "programs for $1"
  prepare "$1"
  same "guest.c" /shared/guest
  for host in $(other_hosts "$1"); do
    runner=$scratch/$host/run.mjs same_as_interpreted "guest.c, $host" /shared/guest
  done
  if [ "$1" = amd64 ] && [ "$(uname -m)" = x86_64 ]; then
    "$scratch/shared/guest" | grep -v ^flags > "$scratch/native.out"
    grep -v ^flags "$scratch/host.out" | cmp "$scratch/native.out" - || fail "guest.c: this machine's processor prints something else"
  fi
  # Of 64 million instructions in four pieces of code at one place, behind each other.
  least=40000000 same "code that appears" /shared/guest appears
  # Of the last 64 million (48 for RISC-V). The first 180 are in vain for the translator, which then waits for longer and longer.
  least=40000000 same "a loop that begins late" /shared/guest late
  # Of 89 million; 49 where what is behind an instruction that uses two pages has no entry. RISC-V's compiler uses single bytes.
  [ "$1" != amd64 ] || least=65000000 same "bytes of two pages" /shared/guest bytes
  if [ "$1" = amd64 ] && [ "$(uname -m)" = x86_64 ]; then
    random_programs amd64 1 64
    passed=$((passed + 1))
  fi
  same "a shell's work" sh -c '
    i=0; while [ $i -lt 4000 ]; do i=$((i + 1)); done; echo $i
    seq 1 4000 | sort -r | md5sum; dd if=/dev/zero bs=1024 count=400 2> /dev/null | sha256sum
    seq 1 3000 | gzip | gunzip | awk "{ sum += \$1 * \$1 } END { print sum }"; exit 3'
}

# trained ARCHITECTURE [--train-simd]: a module with translations inside does the same in a host that installs none, and the same
# log gives the same module.
trained() {
  say "a trained module for $1${2:+, $2}"
  local work='i=0; while [ $i -lt 4000 ]; do i=$((i + 1)); done; echo $i'
  local convert=("$root/oci2wasm" convert "oci:$root/cli/src/main/resources/sample:latest" --platform "linux/$1")
  "${convert[@]}" -o "$scratch/plain.wasm"
  "${convert[@]}" "${@:2}" --train "sh -c '$work'" --train-log "$scratch/log" -o "$scratch/trained.wasm"
  "${convert[@]}" "${@:2}" --train-log "$scratch/log" -o "$scratch/again.wasm"
  cmp "$scratch/trained.wasm" "$scratch/again.wasm" || fail "the same log gives another module"
  local translated turns
  for turns in 1000 2000 3000 5000 4000; do
    work="i=0; while [ \$i -lt $turns ]; do i=\$((i + 1)); done; echo \$i"
    # What the plain module prints is asked for once: an architecture may be trained twice.
    if [ ! -e "$scratch/plain-$1-$turns.out" ]; then
      bundle=$scratch/plain.wasm in_node off sh -c "$work"
      for file in out err status; do mv "$scratch/off.$file" "$scratch/plain-$1-$turns.$file"; done
    fi
    for file in out err status; do cp "$scratch/plain-$1-$turns.$file" "$scratch/host.$file"; done
    bundle=$scratch/trained.wasm in_node off sh -c "$work"
    cmp "$scratch/off.out" "$scratch/host.out" || fail "trained, $turns turns: the output differs"
    check "trained, $turns turns: instructions and memory" "$(counted host)" "$(counted off)"
  done
  translated=$(sed -nE 's/.*stats: ([0-9]+) of them translated, .* functions in the bundle/\1/p' "$scratch/off.err")
  [ "${translated:-0}" -gt 1000000 ] || fail "trained: found ${translated:-no} translated instructions, expected a million"
  echo "ok: trained: $translated translated"
  passed=$((passed + 1))
}

# random_programs ARCHITECTURE FIRST COUNT: of 64 in each run of a guest.
random_programs() {
  local first=$2 rest=$3 native=("$scratch/shared/guest") host count instructions=0 translated=0
  [ "$1" = amd64 ] || native=(qemu-riscv64-static "$scratch/shared/guest")
  while [ "$rest" -gt 0 ]; do
    count=$((rest < 64 ? rest : 64))
    "${native[@]}" random "$first" "$count" > "$scratch/native.out"
    [ "$(wc -l < "$scratch/native.out")" = "$count" ] || fail "random programs from $first: not all were run"
    for host in $(other_hosts "$1"); do
      runner=$scratch/$host/run.mjs in_node host /shared/guest random "$first" "$count"
      cmp "$scratch/native.out" "$scratch/host.out" || fail "random programs from $first, $host: the sums differ"
    done
    in_node host /shared/guest random "$first" "$count"
    cmp "$scratch/native.out" "$scratch/host.out" || fail "random programs from $first: the sums differ"
    translated=$((translated + $(sed -nE 's/.*stats: ([0-9]+) of them translated.*/\1/p' "$scratch/host.err")))
    instructions=$((instructions + $(counted host | sed -nE 's/^([0-9]+) .*/\1/p')))
    first=$((first + count)) rest=$((rest - count))
    echo "up to program $((first - 1)): $translated of $instructions instructions translated"
  done
}

if [ "${1:-}" = random ]; then
  prepare "${CI_ARCHITECTURE:?amd64 or riscv64}"
  random_programs "$CI_ARCHITECTURE" "$2" "$3"
  echo "$3 random programs: the same sums"
  exit
fi

if [ -n "${CI_ARCHITECTURE:-}" ]; then
  programs "$CI_ARCHITECTURE"
  trained "$CI_ARCHITECTURE"
else
  programs amd64
  if [ -z "$given" ]; then
    programs riscv64
    trained amd64
    trained amd64 --train-simd
    trained riscv64
  fi
fi

say "the mailbox of hosts"
# In a copy: the engine's own check may be making the same files.
mkdir -p "$scratch/engine/out/test"
tar -C "$root/engine" --exclude=./out -c . | tar -C "$scratch/engine" -x
make -s -C "$scratch/engine" out/test/mailbox.wasm
mailbox=$scratch/engine/out/test/mailbox.wasm
check "node" "mailbox: 24 checks, 0 failures" "$(node --no-warnings "$root/docs/run.mjs" "$mailbox" installs)"
check "JVM" "mailbox: 24 checks, 0 failures" "$("$root/oci2wasm" run --translate host "$mailbox" installs < /dev/null)"
check "JVM, off" "mailbox: 6 checks, 0 failures" "$("$root/oci2wasm" run --translate off "$mailbox" unasked < /dev/null)"
check "Chromium" "mailbox: 24 checks, 0 failures" \
  "$(timeout 120 node "$root/.ci/browser/run.mjs" "$mailbox" installs < /dev/null)"
echo "$passed passed, 0 failed"
