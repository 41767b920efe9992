#!/usr/bin/env bash
# Twenty images: what a gateway streams, the object that it materializes, the file that `convert` writes and the blob that is
# delivered are the same bytes; they boot in node, and fsck.erofs finds nothing wrong with the filesystem. large.sh has an image
# that is split.
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"
export OCI2WASM_DELIVERY_IMAGES="$registry/ci/**" OCI2WASM_BUNDLES_MATERIALIZE=always
start_pipeline

say "images"
images=$scratch/images
python3 "$root/.ci/make_images.py" "$root/cli/src/main/resources/sample" "$images"
python3 "$root/.ci/make_layers.py" "$scratch"
skopeo copy --quiet --all "oci:$root/cli/src/main/resources/sample:latest" "oci:$images:index"

# put TAG LAYER_TAR…: the sample with these layers on it.
put() {
  local tag=$1
  shift
  skopeo copy --quiet "oci:$images:single" "oci:$images:$tag"
  add_layers "$images:$tag" "$@"
}

# files NAME COMMAND…: a layer of what the command writes into the present folder.
files() {
  local folder=$scratch/files-$1 name=$1
  shift
  mkdir "$folder"
  (cd "$folder" && "$@")
  tar -C "$folder" --owner=0 --group=0 --mtime=@0 -S -cf "$scratch/$name.tar" .
}
noise() { head -c "$1" /dev/urandom > "${2:-noise}"; }
many() { mkdir d; for i in $(seq 400); do printf '%*s' "$((i * 7))" x > "d/f$i"; done; }
deep() { local path=a; for i in $(seq 40); do path=$path/level$i; done; mkdir -p "$path"; echo deep > "$path/file"; }
links() { echo one > one; ln -s one symbolic; ln one hard; mkdir d; ln one d/hard; }
hole() { noise 2000000; truncate -s 100M hole; echo end >> hole; }
names() { touch 'with space' $'with\nnewline' 'grün' "$(printf 'n%.0s' $(seq 255))"; }
files empty true
files small noise 10
files page noise 4096
files frame noise 131072
files frames noise 131073
files large noise 30000000
files zeros truncate -s 3000000 zeros
files many many
files deep deep
files links links
files names names
files hole hole
put base
for one in empty small page frame frames large zeros many deep links names hole; do put "$one" "$scratch/$one.tar"; done
put layers "$scratch/layer1.tar" "$scratch/layer2.tar" "$scratch/layer3.tar" # hard links and whiteouts across layers
put again "$scratch/large.tar" "$scratch/large.tar"
put shared "$scratch/large.tar" "$scratch/many.tar"
put several "$scratch/many.tar" "$scratch/deep.tar" "$scratch/links.tar"
umoci new --image "$images:nothing"
add_layers "$images:nothing" "$scratch/empty.tar"
umoci config --image "$images:nothing" --architecture riscv64 --os linux
few=()
for i in $(seq 199); do
  mkdir "$scratch/few-$i"
  echo "$i" > "$scratch/few-$i/f$((i % 50))"
  tar -C "$scratch/few-$i" --owner=0 --group=0 --mtime=@0 -cf "$scratch/few-$i.tar" .
  few+=("$scratch/few-$i.tar")
done
put two-hundred "${few[@]}"

# delivered REPOSITORY MANIFEST: the digests of the artifact's layers that names it.
delivered() {
  curl -fsS "http://$registry/v2/$1/manifests/${2/:/-}" -H 'Accept: application/vnd.oci.image.index.v1+json' > "$scratch/artifacts.json" || return 1
  curl -fsS "http://$registry/v2/$1/manifests/$(jq -r '.manifests[0].digest' "$scratch/artifacts.json")" \
    -H 'Accept: application/vnd.oci.image.manifest.v1+json' | jq -r '[.layers[].digest] | join(" ")'
}

# digest_of FILE
digest_of() { echo "sha256:$(sha256sum < "$1" | cut -d' ' -f1)"; }

# compare TAG PLATFORM: of the one conversion for it.
compare() {
  local id manifest streamed folder=$scratch/out
  rm -rf "$folder"
  mkdir "$folder"
  id=$(conversions "ci/$1" "[.items[] | select(.platform == \"$2\")][0].conversionId")
  manifest=$(conversions "ci/$1" "[.items[] | select(.platform == \"$2\")][0].manifestDigest")
  download "$id" "$folder/streamed.wasm"
  "$root/oci2wasm" convert "oci:$images:$1" --platform "$2" -o "$folder/app.wasm" > /dev/null 2>&1
  streamed=$(digest_of "$folder/streamed.wasm")
  check "$1, $2: convert's file" "$streamed" "$(digest_of "$folder/app.wasm")"
  check "$1, $2: the materialized object" "$streamed" "$(digest_of "$(find "$scratch/data" -path "*$id*" -name bundle.wasm)")"
  await 120 "$1 to be delivered" delivered "ci/$1" "$manifest"
  check "$1, $2: the delivered blob" "$streamed" "$(delivered "ci/$1" "$manifest" | cut -d' ' -f1)"
  "$root/oci2wasm" rootfs "oci:$images:$1" --platform "$2" -o "$folder/rootfs.erofs" > /dev/null 2>&1
  check "$1, $2: fsck.erofs" clean "$(fsck.erofs "$folder/rootfs.erofs" > /dev/null && echo clean)"
  [ "$1" = nothing ] || check "$1, $2: boots" hi "$(node --no-warnings "$root/docs/run.mjs" "$folder/app.wasm" echo hi < /dev/null)"
}

tags=(index base empty small page frame frames large zeros many deep links names layers again shared several nothing two-hundred hole)
say "${#tags[@]} images"
for tag in "${tags[@]}"; do push --all "oci:$images:$tag" "docker://$registry/ci/$tag:1"; done
for tag in "${tags[@]}"; do
  await 600 "$tag to be built" settled "ci/$tag" 1
  for platform in $(conversions "ci/$tag" '[.items[].platform] | unique | .[]'); do compare "$tag" "$platform"; done
done
