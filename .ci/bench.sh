#!/usr/bin/env bash
# The figures of docs/PERFORMANCE.md, each beside its baseline in the same loop.
# Usage: bench.sh [guest|translation|trained|slowdown|crypto|rootfs|large|page|store|reuse|start]…
# Variables: GUEST_SPEED_SOURCE (the guest's program), BENCH_DEBIAN (a Debian riscv64 root as tar, else made), BENCH_LARGE (an amd64
# root of about 550 MB as tar, else made; rootfs, large, page and store take it), BENCH_AMD64 (a Debian amd64 root as tar, for crypto with openssl, for translation with
# python3 and what else .ci/bench/work runs), BENCH_WORK (which of these), BENCH_ROUNDS (5).
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"
rounds=${BENCH_ROUNDS:-5}
unset NODE_EXTRA_CA_CERTS # where it names a file, each start of node reads it, for 0.05 s
in_node="node --no-warnings $root/docs/run.mjs"
compare() { python3 "$root/.ci/bench.py" "$rounds" "$@"; }

machine() {
  say "machine"
  grep -m 1 'model name' /proc/cpuinfo
  echo "$(nproc) cores, load $(cut -d ' ' -f 1-3 /proc/loadavg), node $(node --version), $(java -version 2>&1 | head -n 1)"
}

# image_of NAME TAR [ARCHITECTURE]: the OCI layout $scratch/NAME with an image of one layer.
image_of() {
  layered "$scratch/$1" it "$2"
  umoci config --image "$scratch/$1:it" --architecture "${3:-riscv64}" --os linux --config.cmd /bin/sh
}

debian_tar() {
  if [ -n "${BENCH_DEBIAN:-}" ]; then echo "$BENCH_DEBIAN"; return; fi
  [ -s "$scratch/debian.tar" ] || bootstrap_debian "$scratch/debian.tar" || fail "no Debian root for riscv64: name one in BENCH_DEBIAN"
  echo "$scratch/debian.tar"
}

# Sets `source`, the guest's program.
find_source() {
  source=${GUEST_SPEED_SOURCE:-$root/../shared/bench/guest_speed.c}
  [ -f "$source" ] || fail "no program at $source: name one in GUEST_SPEED_SOURCE"
}

# The same, natively, and wasmtime, where this machine has it.
prepare_guest_speed() {
  find_source
  gcc -O2 -static -o "$scratch/native" "$source"
  install_wasmtime || echo "SKIPPED: wasmtime is not on this machine"
}

# guest_image ARCHITECTURE COMPILER: the image with that program alone, `$scratch/guest_image-ARCHITECTURE:it`.
guest_image() {
  local folder=$scratch/guest-$1
  [ ! -d "$folder" ] || return 0
  mkdir "$folder"
  "$2" -O2 -static -o "$folder/guest_speed" "$source"
  tar -C "$folder" -cf "$folder.tar" guest_speed
  image_of "guest_image-$1" "$folder.tar" "$1"
}

bench_guest() {
  local source
  prepare_guest_speed
  guest_speed riscv64 riscv64-linux-gnu-gcc "65 x in node, 45 x in wasmtime"
  guest_speed amd64 x86_64-linux-gnu-gcc "80 x in node, 75 x in wasmtime"
}

# guest_speed ARCHITECTURE COMPILER LIMITS
guest_speed() {
  local bundle=$scratch/guest-$1.wasm in_wasmtime="python3 $root/.ci/run_wasmtime.py" runtimes
  guest_image "$1" "$2"
  "$root/oci2wasm" convert "oci:$scratch/guest_image-$1:it" --platform "linux/$1" -o "$bundle"
  runtimes=("node/4=$in_node $bundle /guest_speed 4")
  if [ -d "$scratch/wheel" ]; then
    runtimes+=("wasmtime/4=PYTHONPATH=$scratch/wheel $in_wasmtime $bundle /guest_speed 4")
    PYTHONPATH=$scratch/wheel $in_wasmtime "$bundle" /guest_speed 0 # fills its cache
  fi
  runtimes+=("jvm=$root/oci2wasm run $bundle /guest_speed 1")
  say "guest: guest_speed in a linux/$1 bundle and native; limits $3"
  compare "native/100=$scratch/native 100" "${runtimes[@]}"
}

# What guests gain where node installs translated code; with BENCH_AMD64 (a root with python3, as tar) also there, and with BENCH_DEBIAN.
bench_translation() {
  local source
  find_source
  translation_amd64 "$source"
  translation_riscv64 "$source"
}

# The programs of a Debian root have no native baseline here.
translation_riscv64() {
  local folder=$scratch/translation-riscv64 bundle=$scratch/translation-riscv64.wasm what command
  mkdir -p "$folder"
  [ -z "${BENCH_DEBIAN:-}" ] || tar -C "$folder" -xf "$BENCH_DEBIAN"
  gcc -O2 -static -o "$scratch/native" "$1"
  riscv64-linux-gnu-gcc -O2 -static -o "$folder/guest_speed" "$1"
  tar -C "$folder" --numeric-owner -cf "$folder.tar" .
  image_of translation_image-riscv64 "$folder.tar"
  "$root/oci2wasm" convert "oci:$scratch/translation_image-riscv64:it" --platform linux/riscv64 -o "$bundle"
  say "translation, riscv64: guest_speed"
  compare "native/100=$scratch/native 100" "interpreted/4=$in_node --translate off $bundle /guest_speed 4" \
    "translated, 4 repeats/4=$in_node $bundle /guest_speed 4" "translated, 40 repeats/40=$in_node $bundle /guest_speed 40"
  [ -n "${BENCH_DEBIAN:-}" ] || return 0
  for what in "true" "seq 1 1000000 | gzip -9 | wc -c" "python3 -c 'print(sum(i * i for i in range(2000000)))'"; do
    say "translation, riscv64: $what"
    command="sh -c \"$what\""
    compare "interpreted=$in_node --translate off $bundle $command" "translated=$in_node $bundle $command"
  done
}

# in_root PROGRAM: does the root have it? Says so if not.
in_root() {
  [ -e "$scratch/translation/usr/bin/$1" ] || [ -e "$scratch/translation/bin/$1" ] || { echo "SKIPPED: $1 is not in that root"; return 1; }
}

# translation_amd64 SOURCE
translation_amd64() {
  local source=$1 bundle=$scratch/translation.wasm
  mkdir -p "$scratch/translation"
  [ -z "${BENCH_AMD64:-}" ] || tar -C "$scratch/translation" -xf "$BENCH_AMD64"
  cp -r "$root/.ci/bench/work" "$scratch/translation/work"
  gcc -O2 -static -o "$scratch/translation/guest_speed" "$source"
  gcc -O2 -msse4.1 -static -o "$scratch/translation/packed" "$root/.ci/bench/packed.c"
  javac --release 17 -d "$scratch/translation/work" "$root/.ci/bench/Sums.java"
  tar -C "$scratch/translation" --numeric-owner -cf "$scratch/translation.tar" .
  image_of translation_image "$scratch/translation.tar" amd64
  "$root/oci2wasm" convert "oci:$scratch/translation_image:it" --platform linux/amd64 -o "$bundle"
  say "translation: guest_speed"
  compare "native/100=$scratch/translation/guest_speed 100" "interpreted/4=$in_node --translate off $bundle /guest_speed 4" \
    "translated, 4 repeats/4=$in_node $bundle /guest_speed 4" "translated, 40 repeats/40=$in_node $bundle /guest_speed 40"
  say "translation: integer SIMD, 100 repeats"
  compare "native/200=$scratch/translation/packed 20000" "interpreted/1=$in_node --translate off $bundle /packed 100" \
    "translated, 2,000 repeats/20=$in_node $bundle /packed 2000" "translated, 20,000 repeats/200=$in_node $bundle /packed 20000"
  [ -n "${BENCH_AMD64:-}" ] || return 0
  # What OpenSSL may use natively: x86-64-v2, as the compilers of all else do.
  local what command work version_2=OPENSSL_ia32cap=0x982201078bfbff:0
  for what in "true" "seq 200 | xargs -n 1 true"; do
    say "translation: $what"
    [[ $what != *xargs* ]] || in_root xargs || continue
    command="sh -c \"$what\""
    compare "native=chroot $scratch/translation $command" "interpreted=$in_node --translate off $bundle $command" \
      "translated=$in_node $bundle $command"
  done
  for work in ${BENCH_WORK:-gzip xz sqlite3 openssl gcc python3 python3_bodies python3_objects python3_json python3_regex luajit node java}; do
    say "translation: $(sed -n '1s/^# //p' "$root/.ci/bench/work/$work.sh")"
    in_root "${work%%_*}" || continue
    command="sh /work/$work.sh"
    compare "native=$version_2 chroot $scratch/translation $command" "interpreted=$in_node --translate off $bundle $command" \
      "translated=$in_node $bundle $command"
  done
}

# trained_guest ARCHITECTURE COMPILER LIMITS: the program in a plain bundle and in trained ones. Node has no mailbox here.
trained_guest() {
  local folder=$scratch/trained-$1 in_wasmtime="PYTHONPATH=$scratch/wheel python3 $root/.ci/run_wasmtime.py" bundle commands
  local convert=("$root/oci2wasm" convert "oci:$scratch/guest_image-$1:it" --platform "linux/$1")
  guest_image "$1" "$2"
  mkdir "$folder"
  say "trained, $1: modules"
  "${convert[@]}" -o "$folder/plain.wasm" 2> /dev/null
  "${convert[@]}" --train '/guest_speed 2' --train-log "$folder/log" -o "$folder/trained.wasm"
  "${convert[@]}" --train-log "$folder/log" --train-simd -o "$folder/simd.wasm"
  printf '| | bytes |\n|---|---|\n'
  for bundle in plain trained simd; do echo "| $bundle | $(stat -c %s "$folder/$bundle.wasm") |"; done
  say "trained, $1: guest_speed, native x86-64 beside it; limits $3"
  commands=("native/100=$scratch/native 100")
  for bundle in plain trained simd; do
    commands+=("$bundle, node/4=$in_node --translate off $folder/$bundle.wasm /guest_speed 4")
    [ ! -d "$scratch/wheel" ] || commands+=("$bundle, wasmtime/4=$in_wasmtime $folder/$bundle.wasm /guest_speed 4")
  done
  for bundle in trained simd; do
    commands+=("$bundle, node, 40 repeats/40=$in_node --translate off $folder/$bundle.wasm /guest_speed 40")
    [ ! -d "$scratch/wheel" ] || commands+=("$bundle, wasmtime, 40 repeats/40=$in_wasmtime $folder/$bundle.wasm /guest_speed 40")
  done
  commands+=("plain, JVM=$root/oci2wasm run $folder/plain.wasm /guest_speed 1"
    "trained, JVM=$root/oci2wasm run $folder/trained.wasm /guest_speed 1"
    "trained, JVM, 40 repeats/40=$root/oci2wasm run $folder/trained.wasm /guest_speed 40")
  compare "${commands[@]}"
  [ -d "$scratch/wheel" ] || return 0
  say "trained, $1: wasmtime compiles a module, with no cache"
  commands=()
  for bundle in plain trained simd; do commands+=("$bundle=PYTHONPATH=$scratch/wheel python3 -c 'import wasmtime; wasmtime.Module.from_file(wasmtime.Engine(), \"$folder/$bundle.wasm\")'"); done
  compare "${commands[@]}"
}

# What a bundle gains in hosts that install no translations, if it was trained.
bench_trained() {
  local source
  prepare_guest_speed
  trained_guest amd64 x86_64-linux-gnu-gcc "4 x in wasmtime, 20 x in the JVM"
  trained_guest riscv64 riscv64-linux-gnu-gcc "5 x in wasmtime, 20 x in the JVM"
}

# Each kind of work (.ci/bench/slowdown.c) for 200 ms in a bundle and 100 ms natively, in turn.
bench_slowdown() {
  local source=$root/.ci/bench/slowdown.c in_wasmtime="python3 $root/.ci/run_wasmtime.py" commands platform compiler bundle
  gcc -O2 -static -o "$scratch/slowdown" "$source" -lm
  install_wasmtime || echo "SKIPPED: wasmtime is not on this machine"
  commands=("native=$scratch/slowdown 100")
  for platform in amd64 riscv64; do
    compiler=x86_64-linux-gnu-gcc
    [ "$platform" = amd64 ] || compiler=riscv64-linux-gnu-gcc
    mkdir "$scratch/slowdown-$platform"
    "$compiler" -O2 -static -o "$scratch/slowdown-$platform/slowdown" "$source" -lm
    tar -C "$scratch/slowdown-$platform" -cf "$scratch/slowdown-$platform.tar" slowdown
    image_of "slowdown_image-$platform" "$scratch/slowdown-$platform.tar" "$platform"
    bundle=$scratch/slowdown-$platform.wasm
    "$root/oci2wasm" convert "oci:$scratch/slowdown_image-$platform:it" --platform "linux/$platform" -o "$bundle"
    commands+=("$platform in node=$in_node $bundle /slowdown 200")
    commands+=("$platform in node, interpreted=$in_node --translate off $bundle /slowdown 200")
    if [ -d "$scratch/wheel" ]; then
      commands+=("$platform in wasmtime=PYTHONPATH=$scratch/wheel $in_wasmtime $bundle /slowdown 200")
      PYTHONPATH=$scratch/wheel $in_wasmtime "$bundle" /slowdown 0 # fills its cache
    fi
  done
  say "slowdown: the time of each kind of work over native x86-64"
  python3 "$root/.ci/slowdown.py" "$rounds" "${commands[@]}"
}

# Cryptography (.ci/bench/crypto.sh) by the openssl of the root in BENCH_AMD64, there and in a bundle of it.
bench_crypto() {
  local folder=$scratch/crypto bundle=$scratch/crypto.wasm commands in_wasmtime="python3 $root/.ci/run_wasmtime.py"
  [ -n "${BENCH_AMD64:-}" ] || fail "name a Debian amd64 root with openssl in BENCH_AMD64, as a tar"
  mkdir "$folder"
  tar -C "$folder" -xf "$BENCH_AMD64"
  cp "$root/.ci/bench/crypto.sh" "$folder/crypto.sh"
  tar -C "$folder" --numeric-owner -cf "$folder.tar" .
  image_of crypto_image "$folder.tar" amd64
  "$root/oci2wasm" convert "oci:$scratch/crypto_image:it" --platform linux/amd64 -o "$bundle"
  commands=("native=chroot $folder sh /crypto.sh" "amd64 in node=$in_node $bundle sh /crypto.sh")
  if install_wasmtime; then
    commands+=("amd64 in wasmtime=PYTHONPATH=$scratch/wheel $in_wasmtime $bundle sh /crypto.sh")
    PYTHONPATH=$scratch/wheel $in_wasmtime "$bundle" true # fills its cache
  else
    echo "SKIPPED: wasmtime is not on this machine"
  fi
  say "crypto: the time of each kind of work over native"
  python3 "$root/.ci/slowdown.py" "$rounds" "${commands[@]}"
}

# The layer as this machine's own programs and data, where the mirror is not to be had: same machine, same layer.
large_tar() {
  if [ -n "${BENCH_LARGE:-}" ]; then echo "$BENCH_LARGE"; return; fi
  [ -s "$scratch/large.tar" ] ||
    timeout 600 mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --arch=amd64 --variant=extract \
      --include='?essential' --include=inkscape bookworm "$scratch/large.tar" ||
    (cd /usr && find bin lib64 lib share -xdev \( -type f -o -type l \) -print0 | sort -z | head -z -n 25000 |
      tar --null --no-recursion --mtime=@0 --owner=0 --group=0 -cf "$scratch/large.tar" -T -)
  echo "$scratch/large.tar"
}

# The image with that layer, `$scratch/large:it`; sets `layer` to its blob.
large_image() {
  [ -d "$scratch/large" ] || image_of large "$(large_tar)" amd64
  layer=$(find "$scratch/large/blobs" -type f -printf '%s %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2)
}
from_large() { echo "$root/oci2wasm $1 oci:$scratch/large:it --platform linux/amd64 -o $scratch/$2"; }

# Into new files: replacing one makes ext4 write the new one to the disk.
bench_rootfs() {
  local layer
  large_image
  say "rootfs and convert: $(zcat "$layer" | tar -t | wc -l) entries, layer of $(stat -c %s "$layer") bytes; limits 1.0 x and 1.2 x, 400 MB"
  compare "gzip -dc LAYER \| sha256sum=gzip -dc $layer | sha256sum" \
    "oci2wasm rootfs=rm -f $scratch/large.erofs; $(from_large rootfs large.erofs) 2> /dev/null" \
    "oci2wasm convert=rm -f $scratch/large.wasm; $(from_large convert large.wasm) 2> /dev/null"
}

# What compression and splitting change for who stores and starts that image.
bench_large() {
  local layer name plain size
  large_image
  $(from_large convert plain.wasm) --compression none 2> /dev/null
  $(from_large convert packed.wasm) 2> /dev/null
  mkdir -p "$scratch/halves"
  $(from_large convert halves/app.wasm) --split 2> /dev/null
  plain=$(stat -c %s "$scratch/plain.wasm")
  say "large: module sizes; limit 240 MB. The layer has $(stat -c %s "$layer") bytes"
  printf '| | bytes | |\n|---|---|---|\n'
  for name in plain.wasm packed.wasm halves/app.wasm halves/app.data; do
    size=$(stat -c %s "$scratch/$name")
    echo "| $name | $size | $(python3 -c "print(f'{$size / $plain:.2f} ×')") |"
  done
  say "large: echo hi in node; limits of packed.wasm 0.6 x and half the memory of plain.wasm"
  compare "plain.wasm=$in_node $scratch/plain.wasm echo hi" "packed.wasm=$in_node $scratch/packed.wasm echo hi" \
    "split=$in_node $scratch/halves/app.wasm echo hi"
}

with_pipeline() { [ "${#started[@]}" -gt 0 ] || start_pipeline; }

# What a page fetches of that image until its first output: bytes and requests.
bench_page() {
  local layer
  large_image
  with_pipeline
  push "oci:$scratch/large:it" "docker://$registry/bench/large:1"
  await 600 "the bundle" settled bench/large 1
  GATEWAY=$api CONVERSION=$(built_ids bench/large) node "$root/.ci/browser/run_page.mjs"
}

# Twenty images of ten layers, nine of which they share: what the store holds of them, without the registry's own blobs, against one
# uncompressed module each. The layers are equal shares of that root's files.
bench_store() {
  local folder=$scratch/store number plain=0
  mkdir -p "$folder/root" "$folder/layers"
  tar -C "$folder/root" -xf "$(large_tar)"
  # 29 groups of files, dealt out by turns: 9 are shared.
  (cd "$folder/root" && find . -type f | sort | awk -v folder="$folder/layers/" '{print > (folder NR % 29)}')
  for number in $(seq 0 28); do
    tar -C "$folder/root" --owner=0 --group=0 --mtime=@0 -cf "$folder/layers/$number.tar" -T "$folder/layers/$number"
  done
  with_pipeline
  layered "$folder/images" base "$folder/layers"/[0-8].tar
  umoci config --image "$folder/images:base" --architecture amd64 --os linux --config.cmd /bin/sh
  for number in $(seq 9 28); do
    umoci tag --image "$folder/images:base" "own$number"
    umoci raw add-layer --image "$folder/images:own$number" "$folder/layers/$number.tar"
    "$root/oci2wasm" convert "oci:$folder/images:own$number" --platform linux/amd64 --compression none -o "$folder/plain.wasm" 2> /dev/null
    plain=$((plain + $(stat -c %s "$folder/plain.wasm")))
    push "oci:$folder/images:own$number" "docker://$registry/bench/store:own$number"
  done
  await 900 "20 bundles" settled bench/store 20
  check "bundles" 20 "$(built_ids bench/store | wc -l)"
  say "store: 20 images that share 9 of 10 layers; limit 0.08 x"
  printf '| | bytes | |\n|---|---|---|\n| 20 uncompressed modules | %s | 1 × |\n' "$plain"
  (cd "$scratch/data/s3"/* && find . -type f -printf '%P/%s\n') | awk -F / -v plain="$plain" '
    function row(name, bytes) { printf "| %s | %d | %.3f × |\n", name, bytes, bytes / plain }
    $1 != "blobs" { kinds[$1] += $NF; all += $NF }
    END { for (kind in kinds) row(kind "/", kinds[kind]); row("all but blobs/", all) }'
}

# layers REPOSITORY: of its newest conversion, how many layers were converted.
layers() { conversions "$1" '.items[0] | "\(.layers.converted) of \(.layers.count), reused \(.reused)"'; }

bench_reuse() {
  local layer image=$scratch/reuse
  python3 "$root/.ci/make_layers.py" "$scratch/layers"
  python3 "$root/.ci/make_images.py" "$root/cli/src/main/resources/sample" "$image"
  for layer in 1 2; do umoci raw add-layer --image "$image:single" "$scratch/layers/layer$layer.tar"; done
  umoci config --image "$image:single" --tag first --config.cmd /bin/sh
  umoci raw add-layer --image "$image:single" --tag second "$scratch/layers/layer3.tar"
  with_pipeline
  say "reuse: layers converted"
  push "oci:$image:first" "docker://$registry/reuse/first:1"
  await 60 "reuse/first" settled reuse/first 1
  check "the first image" "3 of 3, reused false" "$(layers reuse/first)"
  push "oci:$image:second" "docker://$registry/reuse/second:1"
  await 60 "reuse/second" settled reuse/second 1
  check "another image on the same base" "1 of 4, reused false" "$(layers reuse/second)"
  push "oci:$image:first" "docker://$registry/reuse/first:again"
  await 60 "reuse/first again" settled reuse/first 2
  check "the first image again" "0 of 3, reused true" "$(layers reuse/first)"

  local resources=$root/converter/src/main/resources/engine/riscv64
  python3 "$root/.ci/other_engine.py" "$resources/engine.wasm" "$resources/engine.json" 0.0.0-next "$scratch/other"
  kill "${started[-1]}"
  wait "${started[-1]}" || true
  unset 'started[-1]'
  OCI2WASM_JAVA_OPTIONS="${OCI2WASM_JAVA_OPTIONS:-} -Xbootclasspath/a:$scratch/other" start_oci2wasm
  push "oci:$image:first" "docker://$registry/reuse/first:next"
  await 60 "reuse/first under the next engine" settled reuse/first 3
  check "the first image under another engine" "0 of 3, reused false" "$(layers reuse/first)"
  check "bundles of the first image" 2 "$(built_ids reuse/first | wc -l)"
}

bench_start() {
  image_of start "$(debian_tar)"
  "$root/oci2wasm" convert "oci:$scratch/start:it" --platform linux/riscv64 -o "$scratch/start.wasm"
  "$root/oci2wasm" rootfs "oci:$scratch/start:it" --platform linux/riscv64 -o "$scratch/start.erofs"
  say "start: echo hi; limit 0.6 s"
  echo "bundle $(stat -c %s "$scratch/start.wasm") bytes, root filesystem $(stat -c %s "$scratch/start.erofs") bytes"
  compare "node, nothing to do=node -e 0" "echo hi in node=$in_node $scratch/start.wasm echo hi" \
    "the same, baseline compiler only=node --no-warnings --liftoff-only $root/docs/run.mjs $scratch/start.wasm echo hi"
  for _ in $(seq "$rounds"); do
    node --no-warnings "$root/.ci/start_profile.mjs" "$scratch/start.wasm" --stats echo hi 2>&1 < /dev/null | grep -v '^hi$'
  done
}

machine
for part in "${@:-guest slowdown rootfs reuse start}"; do
  for name in $part; do
    case $name in
      guest | translation | trained | slowdown | crypto | rootfs | large | page | store | reuse | start) "bench_$name" ;;
      *) fail "no part $name: expected guest, translation, trained, slowdown, crypto, rootfs, large, page, store, reuse or start" ;;
    esac
  done
done
