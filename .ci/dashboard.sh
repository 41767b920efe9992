#!/usr/bin/env bash
# The dashboard in headless Chromium, on a pipeline with a real registry: what it shows, that it changes by itself, keys
# alone, replay, a gateway that is started anew, and a bundle's terminal. Usage: dashboard.sh [FOLDER]: where the screenshots go.
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"
screenshots=${1:-$scratch/screenshots}
mkdir -p "$screenshots"
printf 'token-%s' "$secret" > "$scratch/token"
export OCI2WASM_GATEWAY_API_TOKEN_FILE=$scratch/token
start_pipeline
python3 "$root/.ci/make_images.py" "$root/cli/src/main/resources/sample" "$scratch/images"
up=${started[-1]}
GATEWAY=$api REGISTRY=$registry IMAGES=$scratch/images SECRET=$secret TOKEN=$(cat "$scratch/token") SCREENSHOTS=$screenshots \
  RESTART=$scratch/restart timeout 600 node "$root/.ci/browser/dashboard.mjs" & page=$!
started+=("$page")
# The page asks for a gateway that has been away by a file of this name.
until [ -e "$scratch/restart" ] || ! kill -0 "$page" 2>/dev/null; do sleep 0.2; done
if [ -e "$scratch/restart" ]; then
  kill "$up"
  wait "$up" || true
  start_oci2wasm
fi
wait "$page"
