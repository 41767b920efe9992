#!/usr/bin/env bash
# suites.sh SUITE DIR: runs a local copy of a public suite, in the engine's CPU or in a guest (docs/CONFORMANCE.md).
# It downloads nothing, changes nothing in DIR, and exits with 1 if a test did not pass.
#
#   riscv-tests DIR      rv64ui, um, ua, uf, ud and uc of isa/: on the bare CPU, and as programs of a guest (Sv39)
#   riscv-arch-test DIR  I, M, A, C, F, D and Zifencei of riscv-test-suite/rv64i_m: signatures compared with QEMU's, and
#                        with references/*.reference_output where DIR has them
#   qemu-tcg DIR         tests/tcg for x86-64 of QEMU's sources, in an amd64 guest, compared with this machine
#   libc-test DIR        libc-test's static programs, built by its own makefile with CC (gcc), likewise
#   ltp DIR              LTP as `make install` leaves it, built with LDFLAGS=-static: runtest/syscalls up to LTP_UNTIL
#                        (prctl), in an amd64 guest
#
# SUITE_SECONDS (60) is the time that a program of a guest has, SUITE_MEMORY (768m) the guest's memory.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
data=$root/.ci/conformance
cross=riscv64-linux-gnu-
seconds=${SUITE_SECONDS:-60}
bare=(-march=rv64gc -mabi=lp64 -static -mcmodel=medany -fvisibility=hidden -nostdlib -nostartfiles
  -Wl,-T,"$data/program.ld",--no-relax,--build-id=none,--no-warn-rwx-segments)

usage() { sed -n '2,/^source/{/^source/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2; }

# needs TOOL PACKAGE…
needs() {
  while (($#)); do
    command -v "$1" > /dev/null || fail "$1 is not installed: apt-get install $2"
    shift 2
  done
}

# has PATH WHAT: the copy is laid out as expected.
has() { [ -e "$suite/$1" ] || fail "$suite is no copy of $2: it has no $1"; }

build_cpu() {
  make -s -C "$root/engine" out/test/run_user_plain
  cpu=$root/engine/out/test/run_user_plain
}

# in_guest ARCHITECTURE COMPILER: runs $scratch/root/list in a bundle of $scratch/root; its results are in $scratch/guest.
in_guest() {
  "$2" -O2 -static -o "$scratch/root/run_all" "$data/run_all.c"
  mkdir -p "$scratch/root/tmp"
  chmod 1777 "$scratch/root/tmp"
  tar -C "$scratch/root" --owner=0 --group=0 -cf "$scratch/root.tar" .
  layered "$scratch/image" suite "$scratch/root.tar"
  umoci config --image "$scratch/image:suite" --architecture "$1" --os linux --config.workingdir /tmp
  "$root/oci2wasm" convert "oci:$scratch/image:suite" --platform "linux/$1" -o "$scratch/suite.wasm" 2> /dev/null
  node --no-warnings "$root/docs/run.mjs" "$scratch/suite.wasm" --memory "${SUITE_MEMORY:-768m}" \
    --entrypoint /run_all "$seconds" /list > "$scratch/guest" < /dev/null || echo "the guest ended with status $?" >&2
}

# The same on this machine, in $scratch/native.
natively() {
  [ "$(id -u)" = 0 ] || fail "run as root: the native run is in a chroot"
  # The guest's processor has neither AVX nor FMA: the C library is to choose the same code here.
  GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX,-AVX512F \
    chroot "$scratch/root" /run_all "$seconds" /list > "$scratch/native" < /dev/null
}

# count NAME FAILED…: prints the ones that failed and how many of $total passed.
count() {
  local name=$1
  shift
  if (($#)); then printf '%s\n' "$@"; status=1; fi
  echo "$name: $((total - $#)) of $total passed"
}

riscv_tests() {
  has isa/macros/scalar/test_macros.h riscv-tests
  needs ${cross}gcc gcc-riscv64-linux-gnu node nodejs umoci umoci
  build_cpu
  local source name failed=() sources=()
  total=0
  mapfile -t sources < <(find "$suite"/isa/rv64u[imafdc] -name '*.S' | sort)
  ((${#sources[@]})) || fail "$suite is no copy of riscv-tests: no isa/rv64u[imafdc]/*.S"
  mkdir -p "$scratch/root"
  for source in "${sources[@]}"; do
    name=$(basename "$(dirname "$source")")-$(basename "$source" .S)
    if ! ${cross}gcc "${bare[@]}" -I"$data" -I"$suite/isa/macros/scalar" -o "$scratch/root/$name" "$source" 2> "$scratch/error"; then
      echo "left out, does not assemble for rv64gc: $name ($(grep -m1 -o 'Error:.*' "$scratch/error"))"
      continue
    fi
    total=$((total + 1))
    ${cross}objcopy -O binary "$scratch/root/$name" "$scratch/program"
    timeout "$seconds" "$cpu" "$scratch/program" 2> "$scratch/error" || failed+=("$name: case $? $(tail -n 1 "$scratch/error")")
    echo "/$name" >> "$scratch/root/list"
  done
  count "riscv-tests on the bare CPU" "${failed[@]}"
  in_guest riscv64 ${cross}gcc
  echo "riscv-tests in a guest:"
  python3 "$data/report.py" "$scratch/guest" "$scratch/root/list" || status=1
}

# words FILE: a signature as 32-bit words, one a line, as references have it.
words() { od -An -v -tx4 -w4 "$1" | tr -d ' '; }

arch_test() {
  has riscv-test-suite/env/arch_test.h riscv-arch-test
  needs ${cross}gcc gcc-riscv64-linux-gnu qemu-riscv64-static qemu-user-static
  build_cpu
  local source extension name reference failed=() trapping=0 sources=() compared=0
  total=0
  cp -r "$suite/riscv-test-suite/env" "$scratch/env"
  # Floating point is on, and user mode cannot ask for it.
  sed -i -E 's/csrs[[:space:]]+(CSR_MSTATUS|mstatus),[[:space:]]*a0/nop/' "$scratch"/env/*.h
  printf '.globl _start\n_start: tail rvtest_entry_point\n' > "$scratch/start.S"
  for extension in I M A C F D Zifencei; do
    mapfile -t -O "${#sources[@]}" sources < <(find "$suite/riscv-test-suite/rv64i_m/$extension/src" -name '*.S' 2> /dev/null | sort)
  done
  ((${#sources[@]})) || fail "$suite is no copy of riscv-arch-test: no riscv-test-suite/rv64i_m/*/src/*.S"
  for source in "${sources[@]}"; do
    name=$(basename "$(dirname "$(dirname "$source")")")/$(basename "$source" .S)
    if grep -q rvtest_mtrap_routine "$source"; then trapping=$((trapping + 1)); continue; fi
    total=$((total + 1))
    if ! ${cross}gcc "${bare[@]}" -I"$data" -I"$scratch/env" -DXLEN=64 -DFLEN=64 -DTEST_CASE_1=True -o "$scratch/test" \
      "$scratch/start.S" "$source" 2> "$scratch/error"; then
      failed+=("$name: not assembled: $(grep -m1 -o 'Error:.*' "$scratch/error")")
      continue
    fi
    ${cross}objcopy -O binary "$scratch/test" "$scratch/program"
    timeout "$seconds" qemu-riscv64-static "$scratch/test" > "$scratch/theirs" || { failed+=("$name: QEMU ends with $?"); continue; }
    timeout "$seconds" "$cpu" "$scratch/program" > "$scratch/ours" 2> "$scratch/error" || { failed+=("$name: $(tail -n 1 "$scratch/error")"); continue; }
    cmp -s "$scratch/ours" "$scratch/theirs" || { failed+=("$name: the signature is not QEMU's"); continue; }
    reference=$(dirname "$(dirname "$source")")/references/$(basename "$source" .S).reference_output
    [ -e "$reference" ] || continue
    compared=$((compared + 1))
    words "$scratch/ours" | cmp -s - "$reference" || failed+=("$name: the signature is not the reference's")
  done
  echo "left out because they handle traps in machine mode: $trapping; compared with references too: $compared"
  count riscv-arch-test "${failed[@]}"
}

qemu_tcg() {
  has tests/tcg/x86_64/Makefile.target "QEMU's sources"
  needs gcc gcc node nodejs umoci umoci
  local tcg=$suite/tests/tcg source name more
  mkdir -p "$scratch/root" "$scratch/generated"
  python3 "$tcg/i386/test-mmx.py" "$tcg/i386/x86.csv" "$scratch/generated/test-mmx.h" MMX SSE SSE2 SSE3 SSSE3
  for source in "$tcg"/multiarch/*.c "$tcg"/multiarch/linux/*.c "$tcg"/x86_64/*.c "$tcg"/i386/*.c; do
    name=$(basename "$source" .c)
    more=()
    case $name in
      hello-i386) continue ;; # 32-bit
      test-avx | test-3dnow | test-i386-bmi2) echo "left out, the engine's CPU does not have it: $name"; continue ;;
      test-i386-fprem) echo "left out, QEMU's own makefile runs it with SPEED=slow only: $name"; continue ;;
      float_*) more=("$tcg/multiarch/libs/float_helpers.c") ;;
      test-mmx) more=(-masm=intel -O1) ;;
      test-i386-pcmpistri) more=(-msse4.2) ;;
      test-i386-sse-exceptions) more=(-msse4.1 -mfpmath=sse) ;;
    esac
    if gcc -O0 -fno-strict-aliasing -static -pthread -w -I"$scratch/generated" -o "$scratch/root/$name" "$source" "${more[@]}" -lm 2> "$scratch/error"; then
      echo "/$name" >> "$scratch/root/list"
    else
      echo "left out, does not build for x86-64: $name ($(grep -m1 -o 'error:.*' "$scratch/error"))"
    fi
  done
  in_guest amd64 gcc
  natively
  # Undefined: SHLD and SHRD of a word by more than 16. Addresses and the order of threads' lines are chance.
  python3 "$data/report.py" "$scratch/guest" "$scratch/root/list" --native "$scratch/native" \
    --undefined '^sh[lr]dw .* C=0{14}[13][1-9a-f] ' --status-only '^/(signals|test-mmap|testthread)$' || status=1
}

libc_test() {
  has src/functional libc-test
  has config.mak.def libc-test
  needs "${CC:-gcc}" gcc node nodejs umoci umoci make make
  local program name
  cp -r "$suite" "$scratch/libc-test"
  cp "$scratch/libc-test/config.mak.def" "$scratch/libc-test/config.mak"
  # It runs what it builds, on this machine; what fails there is seen below.
  make -s -k -C "$scratch/libc-test" CC="${CC:-gcc}" > "$scratch/build.log" 2>&1 || true
  mkdir -p "$scratch/root"
  while read -r program; do
    name=$(basename "$(dirname "$program")")-$(basename "$program" -static.exe)
    cp "$program" "$scratch/root/$name"
    echo "/$name" >> "$scratch/root/list"
  done < <(find "$scratch/libc-test/src" -name '*-static.exe' -not -path '*/common/*' | sort)
  [ -s "$scratch/root/list" ] || fail "its makefile built no *-static.exe: see $scratch/build.log"
  in_guest amd64 gcc
  natively
  python3 "$data/report.py" "$scratch/guest" "$scratch/root/list" --native "$scratch/native" || status=1
}

ltp() {
  has runtest/syscalls "an installed LTP (./configure --prefix=DIR && make LDFLAGS=-static && make install)"
  has testcases/bin "an installed LTP"
  needs gcc gcc node nodejs umoci umoci
  local name command reached=
  mkdir -p "$scratch/root/bin"
  while read -r name command; do
    [[ $name = '#'* || -z $name ]] && continue
    if [[ $name = "${LTP_UNTIL:-prctl}"* ]]; then reached=yes; elif [ -n "$reached" ]; then break; fi
    if [ -x "$suite/testcases/bin/${command%% *}" ]; then
      cp -n "$suite/testcases/bin/${command%% *}" "$scratch/root/bin/"
      echo "$command" >> "$scratch/root/list"
    else
      echo "left out, not installed: $name"
    fi
  done < "$suite/runtest/syscalls"
  [ -s "$scratch/root/list" ] || fail "runtest/syscalls names no program of testcases/bin"
  file -b "$scratch/root/bin/"* | grep -q 'dynamically linked' && fail "LTP is to be built with LDFLAGS=-static"
  in_guest amd64 gcc
  python3 "$data/report.py" "$scratch/guest" "$scratch/root/list" || status=1
}

[ $# = 2 ] || usage
[ -d "$2" ] || fail "$2 is no folder: expected a local copy of $1"
suite=$(realpath "$2")
status=0
case $1 in
  riscv-tests) riscv_tests ;;
  riscv-arch-test) arch_test ;;
  qemu-tcg) qemu_tcg ;;
  libc-test) libc_test ;;
  ltp) needs file file; ltp ;;
  *) echo "suite $1 is not known" >&2; usage ;;
esac
exit $status
