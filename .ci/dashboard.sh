#!/usr/bin/env bash
# The dashboard in headless Chromium, on a pipeline with a real registry: what it shows, that it changes by itself, keys
# alone, every page by its address, roles, axe, replay, a gateway that is started anew or gone, a bundle's terminal, its web site, and bundles
# that were trained. Usage: dashboard.sh [--all-pictures] [FOLDER]: where the screenshots go. With the option
# every page is looked at in both themes and both widths in each state, not only where they differ.
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"
pictures=some
if [ "${1:-}" = --all-pictures ]; then pictures=all; shift; fi
screenshots=${1:-$scratch/screenshots}
mkdir -p "$screenshots"
printf 'token-%s' "$secret" > "$scratch/token"
export OCI2WASM_GATEWAY_API_TOKEN_FILE=$scratch/token
"$root/oci2wasm" token --role viewer -o "$scratch/viewer" guest > "$scratch/callers"
"$root/oci2wasm" token --role operator -o "$scratch/operator" shift >> "$scratch/callers"
export OCI2WASM_GATEWAY_CALLERS_FILE=$scratch/callers
(cd "$scratch" && npm pack --silent axe-core@4.14.1 > /dev/null && tar -xzf axe-core-*.tgz package/axe.min.js)
hook=$(free_port)
cat > "$scratch/oci2wasm.yaml" <<YAML
gateway:
  subscribers:
    - {name: ci, url: "http://127.0.0.1:$hook/hook", secretFile: $scratch/hook, events: [built, failed]}
delivery:
  images: ["$registry/ci/multi"]
  signingKeyFile: $scratch/signing.pem
YAML
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$scratch/private.pem"
{ cat "$scratch/private.pem"; openssl pkey -in "$scratch/private.pem" -pubout; } > "$scratch/signing.pem"
chmod 600 "$scratch/signing.pem"
printf 'a-secret-of-the-hook-%s' "$secret" > "$scratch/hook"
more=(--config "$scratch/oci2wasm.yaml")
start_pipeline
python3 "$root/.ci/make_images.py" "$root/cli/src/main/resources/sample" "$scratch/images"
# The sample, with a web server that is started by hand.
skopeo copy --quiet "oci:$scratch/images:single" "oci:$scratch/images:site"
mkdir -p "$scratch/files/bin"
riscv64-linux-gnu-gcc -O2 -static -s -D_GNU_SOURCE -o "$scratch/files/bin/guest_site" "$root/.ci/browser/guest_site.c"
tar -C "$scratch/files" --owner=0 --group=0 -cf "$scratch/files.tar" .
umoci raw add-layer --image "$scratch/images:site" "$scratch/files.tar"
umoci config --image "$scratch/images:site" --config.cmd /bin/sh --config.exposedports 8000/tcp
skopeo copy --quiet --all "oci:$root/cli/src/main/resources/sample:latest" "oci:$scratch/images:sample"
up=${started[-1]}
GATEWAY=$api REGISTRY=$registry IMAGES=$scratch/images SECRET=$secret TOKEN=$(cat "$scratch/token") HOOK=$hook VIEWER=$(cat "$scratch/viewer") OPERATOR=$(cat "$scratch/operator") AXE=$scratch/package/axe.min.js SCREENSHOTS=$screenshots PICTURES=$pictures \
  RESTART=$scratch/restart timeout 2400 node "$root/.ci/browser/dashboard.mjs" & page=$!
started+=("$page")
# The page asks for a gateway that has been away by a file of this name.
until [ -e "$scratch/restart" ] || ! kill -0 "$page" 2>/dev/null; do sleep 0.2; done
if [ -e "$scratch/restart" ]; then
  kill "$up"
  wait "$up" || true
  # It comes back with a rule, where there was none.
  cat >> "$scratch/oci2wasm.yaml" <<'YAML'
conversion:
  rules:
    - repository: ci/trained
      translate: {commands: ['sh -c "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"'], time: 1s, simd: true}
YAML
  start_oci2wasm
  up=${started[-1]}
fi
# At last it asks for none.
until [ -e "$scratch/restart.never" ] || ! kill -0 "$page" 2>/dev/null; do sleep 0.2; done
kill "$up" 2> /dev/null || true
wait "$page"
