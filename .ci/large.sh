#!/usr/bin/env bash
# large.sh [FILLER_MB [GIB]]: an image whose layers do not fit into a module, FILLER_MB (1200) of random bytes and a hole of
# GIB (2), goes through the pipeline. By default it is refused. Where build.maxBundle allows it, it becomes a split bundle:
# what the API says of it, what it serves, and what `oci2wasm download` writes, which boots. Takes 5 times FILLER_MB of disk.
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"
filler=${1:-1200} gib=${2:-2}

say "an image with $filler MB of noise and a hole of $gib GiB"
python3 "$root/.ci/make_sparse.py" "$root/cli/src/main/resources/sample" "$scratch/layout" riscv64 "$gib" "$filler"

say "it is refused by default"
start_pipeline
begun=$SECONDS
push "oci:$scratch/layout" "docker://$registry/ci/large:1"
await 500 "the refusal" settled ci/large 1
check "state and reason" "failed bundle-too-large" "$(conversions ci/large '.items[0] | "\(.state) \(.reason)"')"
conversions ci/large '.items[0].message' | grep -q build.maxBundle || fail "the message names no build.maxBundle"
echo "it took $((SECONDS - begun)) s"

say "with build.maxBundle: 8g"
kill "${started[-1]}"
wait "${started[-1]}" || true
unset 'started[-1]'
export OCI2WASM_BUILD_MAX_BUNDLE=8g
start_oci2wasm
begun=$SECONDS
push "oci:$scratch/layout" "docker://$registry/ci/large:2"
await 500 "the bundle" settled ci/large 2
echo "it took $((SECONDS - begun)) s"
one=$(conversions ci/large '[.items[] | select(.state == "built")][0]')
id=$(jq -r .conversionId <<< "$one")
data=$(jq -r .bundle.data.file <<< "$one")
check "the data file's name" "bundle-${id:0:12}-linux-riscv64.data" "$data"
jq -r '"module \(.bundle.size) bytes, data file \(.bundle.data.size) bytes, recipe \(.recipe.size) bytes"' <<< "$one"
check "module and data file have the sizes that are told" "$(jq -r '"\(.bundle.size) \(.bundle.data.size)"' <<< "$one")" \
  "$(for part in "" /data; do curl -fsSI "$api/api/v1/bundles/$id$part" | tr -d '\r' | sed -n 's/^[Cc]ontent-[Ll]ength: //p'; done | xargs)"
du -sm "$scratch/data/s3" | sed 's/\t.*/ MB in the store, with the blobs/'

say "downloaded with the command"
begun=$SECONDS
mkdir "$scratch/down"
"$root/oci2wasm" download --gateway "$api" -o "$scratch/down/app.wasm" "$(jq -r .id <<< "$one")"
echo "it took $((SECONDS - begun)) s"
for part in module data; do
  file=$scratch/down/$([ $part = module ] && echo app.wasm || echo "$data")
  check "the statement about the $part" "$(sha256sum < "$file" | cut -d' ' -f1)" \
    "$(curl -fsS "$api/api/v1/bundles/$id/provenance/$part" | jq -r '.subject[0].digest.sha256')"
done
script='tail -c 20 /big/sparse; tail -c 25 /big/zz-last; stat -c %s /big/sparse'
expected="the end of the hole
the end of the last file
$((gib << 30))"
check "node" "$expected" "$(node --no-warnings "$root/docs/run.mjs" "$scratch/down/app.wasm" -- sh -c "$script")"
check "JVM" "$expected" "$("$root/oci2wasm" run "$scratch/down/app.wasm" -- sh -c "$script")"
say "$passed checks passed"
