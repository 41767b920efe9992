#!/usr/bin/env bash
# scratch.sh [MIB]: guests that write more than their memory to a scratch disk. Each writes MIB (1024) in a quarter of that,
# or 64 MB, and reads it back, in node with both architectures, a part of it in this JVM and, where it is, in wasmtime. Then a
# full disk, a disk that stays, one that stays and is full, runs that are refused, a run that is interrupted, and a host without
# room. Takes MIB of disk; root, for a tmpfs.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mib=${1:-1024}
memory=$((mib < 256 ? 64 : mib / 4))
sample=$root/cli/src/main/resources/sample
small=$scratch/small
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR" "$small"
before_leaving() { umount "$small" 2> /dev/null || true; }

for each in riscv64 amd64; do
  "$root/oci2wasm" convert "oci:$sample" --platform "linux/$each" -o "$scratch/$each.wasm" > /dev/null 2>&1
done
in_node() { node --no-warnings "$root/docs/run.mjs" "$@"; }
in_jvm() { "$root/oci2wasm" run "$@"; }

# A MiB of lines, so many times, each with its number before it. The same on the host gives the digest.
lines() { seq 1 160000 | head -c 1048576; }
sum() { lines > "$scratch/base"; for i in $(seq 1 "$1"); do echo "$i"; cat "$scratch/base"; done | sha256sum; }
writes() {
  echo "seq 1 160000 | head -c 1048576 >/base; for i in \$(seq 1 $1); do echo \$i; cat /base; done >/big; sync; sha256sum </big"
}
empty() { check "$1: nothing is left in the temporary folder" "" "$(ls "$TMPDIR")"; }

say "$mib MiB in a guest of $memory MB, in node"
expected=$(sum "$mib")
for each in riscv64 amd64; do
  begun=$SECONDS
  check "$each: what was written" "$expected" "$(in_node --scratch 8g "$scratch/$each.wasm" --memory "${memory}m" sh -c "$(writes "$mib")")"
  echo "$each took $((SECONDS - begun)) s"
  empty "$each"
done

say "a part of it elsewhere"
check "JVM: what was written" "$(sum 4)" "$(in_jvm --scratch 1g "$scratch/riscv64.wasm" --memory 64m sh -c "$(writes 4)")"
empty JVM
expected=$(sum 64)
if install_wasmtime; then
  in_wasmtime() { PYTHONPATH=$scratch/wheel python3 "$root/.ci/run_wasmtime.py" "$@"; }
  mkdir "$scratch/by-hand"
  check "wasmtime: what was written" "$expected" "$(in_wasmtime --dir "$scratch/by-hand:/.oci2wasm/scratch" \
    "$scratch/amd64.wasm" --scratch=1g --memory=64m sh -c "$(writes 64)")"
  check "wasmtime: nothing is left in the folder" "" "$(ls "$scratch/by-hand")"
  in_wasmtime --dir "$scratch/by-hand:/.oci2wasm/scratch" "$scratch/amd64.wasm" --scratch=keep=128m sh -c 'echo kept >/f'
  check "wasmtime: what stayed" kept "$(in_wasmtime --dir "$scratch/by-hand:/.oci2wasm/scratch" "$scratch/amd64.wasm" \
    --scratch=keep cat /f)"
else
  echo "SKIPPED: wasmtime is not on this machine"
fi

say "a full disk"
full='dd if=/dev/zero of=/big bs=1M count=1000 2>&1 | grep -c "No space left"; rm /big; echo here >/f; cat /f; df -k / | tail -n 1'
out=$(in_node --scratch 256m "$scratch/riscv64.wasm" sh -c "$full")
check "the writer gets ENOSPC, and the guest goes on" "1 here" "$(head -n 2 <<< "$out" | tr '\n' ' ' | sed 's/ $//')"
check "df tells of the disk" overlay "$(tail -n 1 <<< "$out" | cut -d ' ' -f 1)"

say "a disk that stays"
disk=$scratch/disks/one
in_node --scratch "$disk,size=512m" "$scratch/riscv64.wasm" sh -c 'mkdir -p /data; echo from node >/data/f; rm /etc/passwd'
check "the file" "536870912" "$(stat -c %s "$disk/scratch")"
check "the folder is its owner's" 700 "$(stat -c %a "$disk")"
check "e2fsck" 0 "$(e2fsck -fp "$disk/scratch" > /dev/null 2>&1; e2fsck -fn "$disk/scratch" > "$scratch/e2fsck" 2>&1; echo $?)"
check "the next run finds it, in the JVM" "from node; gone" "$(in_jvm --scratch "$disk" "$scratch/riscv64.wasm" \
  sh -c 'cat /data/f; test -e /etc/passwd || echo gone; echo from JVM >/data/f' | sed 'N;s/\n/; /')"
check "and the next, in node" "from JVM" "$(in_node --scratch "$disk" "$scratch/riscv64.wasm" cat /data/f)"
check "no mark is left" "scratch" "$(ls "$disk")"

say "disks that stay and are full: of content, of files"
content='for size in 1M 4k; do dd if=/dev/zero of=/big-$size bs=$size; done'
files='i=0; while true >/root/$i; do : $((i += 1)); done'
for full in content files; do
  on_disk() { in_node --scratch "$scratch/disks/$full,size=128m" "$scratch/riscv64.wasm" sh -c "$1" 2> /dev/null; }
  takes='head -c 4000000 /dev/zero >/more && true >/empty'
  check "$full: it is filled" "full" "$(on_disk "${!full}; sync; $takes || echo full")"
  check "$full: the next run starts, and finds no room" "full" "$(on_disk "$takes || echo full")"
  check "$full: something is removed, and there is room" "here" "$(on_disk "rm -rf /root/* /big-* /more; $takes && echo here >/f; cat /f")"
  check "$full: the next run finds it" "here 4000000" "$(on_disk 'echo $(cat /f) $(stat -c %s /more)')"
  check "$full: e2fsck" 0 "$(e2fsck -fp "$scratch/disks/$full/scratch" > /dev/null 2>&1; e2fsck -fn "$scratch/disks/$full/scratch" > "$scratch/e2fsck" 2>&1; echo $?)"
done

# refused NAME TEXT CODE COMMAND…
refused() {
  local name=$1 text=$2 code=$3 status=0
  shift 3
  "$@" > "$scratch/refused" 2>&1 < /dev/null || status=$?
  check "$name is refused" "$code" "$status"
  grep -qF -- "$text" "$scratch/refused" || fail "$name: expected '$text', found '$(cat "$scratch/refused")'"
}
refused "another bundle, in node" "found that of another bundle" 125 in_node --scratch "$disk" "$scratch/amd64.wasm" true
refused "another bundle, in the JVM" "found that of another bundle" 125 in_jvm --scratch "$disk" "$scratch/amd64.wasm" true
refused "another size" "found 512 MiB, expected 1024" 125 in_node --scratch "$disk,size=1g" "$scratch/riscv64.wasm" true
refused "a size too small" "expected 128m to 1t" 2 in_node --scratch 1m "$scratch/riscv64.wasm" true
refused "the disk's folder as a share" "expected another path" 2 in_node -v "$disk:/.oci2wasm/scratch" "$scratch/riscv64.wasm" true

say "one run at a time, and a run that is killed"
node --no-warnings "$root/docs/run.mjs" --scratch "$disk" "$scratch/riscv64.wasm" \
  sh -c 'echo synced >/s; sync; echo ready; i=0; while :; do echo $i >/f$i; : $((i += 1)); done' > "$scratch/ready" &
writer=$!
started+=("$writer")
await 60 "a run that writes" grep -q ready "$scratch/ready"
refused "a second run, in node" "found that process $writer" 2 in_node --scratch "$disk" "$scratch/riscv64.wasm" true
refused "a second run, in the JVM" "found that process $writer" 2 in_jvm --scratch "$disk" "$scratch/riscv64.wasm" true
kill -9 "$writer"
wait "$writer" 2> /dev/null || true
check "the next run finds what was synced" "synced" "$(in_node --scratch "$disk" "$scratch/riscv64.wasm" cat /s)"
check "e2fsck" 0 "$(e2fsck -fp "$disk/scratch" > /dev/null 2>&1; e2fsck -fn "$disk/scratch" > "$scratch/e2fsck" 2>&1; echo $?)"

say "runs that are interrupted"
node --no-warnings "$root/docs/run.mjs" --scratch 1g "$scratch/riscv64.wasm" sh -c 'echo ready; sleep 100' > "$scratch/ready2" &
interrupted=$!
started+=("$interrupted")
await 60 "a run with a temporary disk" grep -q ready "$scratch/ready2"
kill -INT "$interrupted" 2> /dev/null
kill -TERM "$interrupted" 2> /dev/null || true
wait "$interrupted" 2> /dev/null || true
empty "node"

say "a host without room"
if mount -t tmpfs -o size=48m tmpfs "$small" 2> /dev/null; then
  without='dd if=/dev/zero of=/big bs=1M count=200 2>/dev/null; sync; echo still here'
  check "the guest goes on" "still here" "$(TMPDIR=$small in_node --scratch 1g "$scratch/riscv64.wasm" sh -c "$without" 2> "$scratch/errors")"
  check "it is said once" 1 "$(grep -c 'oci2wasm: the scratch disk cannot be written: no space left' "$scratch/errors")"
else
  echo "SKIPPED: no tmpfs can be mounted on this machine"
fi
say "$passed checks passed"
