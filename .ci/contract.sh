#!/usr/bin/env bash
# The host contract (docs/FORMATS.md) on bundles that came through the pipeline: images of the sample and the awkward
# layers of make_layers.py, and one of a single static program, are pushed by skopeo and downloaded from the API; then
# contract.py runs in each runtime named (default: node). CI_ARCHITECTURE is riscv64 (default) or amd64.
# Usage: contract.sh [node|wasmtime|jvm|browser]…
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"
printf 'conversion: {rules: [{repository: contract/words, memory: 320m}]}\n' > "$scratch/config.yaml"
more=(--config "$scratch/config.yaml")
start_pipeline

say "images"
layout=$scratch/images
python3 "$root/.ci/make_layers.py" "$scratch/layers"
python3 "$root/.ci/make_images.py" "$root/cli/src/main/resources/sample" "$layout" "$architecture"
for layer in "$scratch"/layers/layer?.tar; do umoci raw add-layer --image "$layout:single" "$layer"; done
umoci config --image "$layout:single" --tag shell --config.cmd /bin/sh --config.env GREETING=image
umoci config --image "$layout:single" --tag words --config.entrypoint /bin/echo --config.entrypoint entry \
  --config.cmd first --config.cmd second --config.user guest --config.workingdir /srv/made/by/config
mkdir "$scratch/only"
case $architecture in
  riscv64) compiler=riscv64-linux-gnu-gcc ;;
  amd64) compiler=x86_64-linux-gnu-gcc ;;
  *) fail "architecture $architecture: expected riscv64 or amd64" ;;
esac
"$compiler" -O2 -static -s -o "$scratch/only/probe" "$root/.ci/probe.c"
tar -C "$scratch/only" --owner=0 --group=0 -cf "$scratch/only.tar" probe
umoci new --image "$layout:scratch"
umoci raw add-layer --image "$layout:scratch" "$scratch/only.tar"
umoci config --image "$layout:scratch" --architecture "$architecture" --os linux --config.entrypoint /probe --config.user 4711

mkdir "$scratch/bundles"
for name in shell words scratch; do
  push "oci:$layout:$name" "docker://$registry/contract/$name:1"
  await 60 "contract/$name to settle" settled "contract/$name" 1
  download "$(built_ids "contract/$name")" "$scratch/bundles/$name.wasm"
done

say "the contract"
runners_of "${@:-node}"
python3 "$root/.ci/contract.py" "$scratch/bundles" "$scratch/shared" "${runners[@]}"
