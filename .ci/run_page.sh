#!/usr/bin/env bash
# The dashboard's Run page with an image that is much larger than what its container reads: bytes fetched until the first
# output, files read right, a gateway that goes away in between, a bundle that is replaced. Usage: run_page.sh [MB]: how
# much noise the image has (100).
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"
megabytes=${1:-100}
start_pipeline

say "the sample with $megabytes MB of noise"
python3 "$root/.ci/make_images.py" "$root/cli/src/main/resources/sample" "$scratch/images"
skopeo copy --quiet "oci:$scratch/images:single" "oci:$scratch/images:noise"
mkdir -p "$scratch/files/noise"
head -c "${megabytes}M" /dev/urandom > "$scratch/files/noise/a-large"
head -c 4M /dev/urandom > "$scratch/files/noise/b-later"
head -c 12M /dev/urandom > "$scratch/files/noise/c-unread"
head -c 1M /dev/urandom > "$scratch/files/noise/z-last"
tar -C "$scratch/files" --owner=0 --group=0 --sort=name -cf "$scratch/files.tar" .
umoci raw add-layer --image "$scratch/images:noise" "$scratch/files.tar"
umoci config --image "$scratch/images:noise" --config.cmd /bin/sh
push "oci:$scratch/images:noise" "docker://$registry/ci/noise:1"
await 300 "the bundle" settled ci/noise 1

sum() { sha256sum < "$scratch/files/noise/$1" | cut -d' ' -f1; }
GATEWAY=$api CONVERSION=$(built_ids ci/noise) LARGE=$(sum a-large) LATER=$(sum b-later) LAST=$(sum z-last) \
  timeout 900 node "$root/.ci/browser/run_page.mjs"
