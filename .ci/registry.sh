#!/usr/bin/env bash
# The pipeline with a real registry: Debian's docker-registry notifies `oci2wasm up`, skopeo pushes, every bundle
# is downloaded from the API and booted in node.
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"
start_pipeline
python3 "$root/.ci/make_images.py" "$root/cli/src/main/resources/sample" "$scratch/images"

# boots CONVERSION_ID: the bundle from the API runs a shell that ends with 3.
boots() {
  download "$1" "$scratch/bundle.wasm"
  local out status=0
  out=$(node --no-warnings "$root/docs/run.mjs" "$scratch/bundle.wasm" sh -c 'echo "hi from $(uname -m)"; exit 3' < /dev/null) || status=$?
  check "bundle ${1:0:12} prints" "hi from riscv64" "$out"
  check "bundle ${1:0:12} returns" 3 "$status"
}

say "a webhook without the secret is refused"
check "status" 401 "$(curl -s -o /dev/null -w '%{http_code}' -X POST -d '{"events":[]}' "$api/webhooks/distribution")"

say "a single OCI manifest"
push "oci:$scratch/images:single" "docker://$registry/ci/single:1"
await 60 "ci/single to settle" settled ci/single 1
check "built" 1 "$(conversions ci/single '[.items[] | select(.state == "built")] | length')"
boots "$(built_ids ci/single)"

say "an index: riscv64, another platform, attestations"
push --all "oci:$scratch/images:multi" "docker://$registry/ci/multi:1"
await 60 "ci/multi to settle" settled ci/multi 2
check "requests of one push" 1 "$(conversions ci/multi '[.items[].requestId] | unique | length')"
check "bundles" 1 "$(built_ids ci/multi | wc -l)"
check "failed" 0 "$(conversions ci/multi '[.items[] | select(.state == "failed")] | length')"
check "left out with its reason" "linux/s390x no-engine" \
  "$(conversions ci/multi '[.items[] | select(.state == "skipped" and .platform == "linux/s390x") | .platform + " " + .reason] | unique | .[]')"
boots "$(built_ids ci/multi)"

say "a docker v2s2 manifest"
push --format v2s2 "oci:$scratch/images:single" "docker://$registry/ci/docker:1"
await 60 "ci/docker to settle" settled ci/docker 1
check "bundles" 1 "$(built_ids ci/docker | wc -l)"
boots "$(built_ids ci/docker)"

say "the same push again converts nothing and says so"
stamp() { find "$scratch/data/s3" -type f -path '*bundles*' -printf '%P %T@\n' | sort | sha256sum; }
before=$(stamp)
push "oci:$scratch/images:single" "docker://$registry/ci/single:1"
await 60 "ci/single to settle again" settled ci/single 2
check "reused" true "$(conversions ci/single '.items[0].reused')"
check "bundles of ci/single" 1 "$(built_ids ci/single | wc -l)"
check "the store's bundles" "$before" "$(stamp)"

say "a deletion in the registry is passed on"
digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/ci/docker:1")
check "the registry deletes" 202 "$(curl -s -o /dev/null -w '%{http_code}' -X DELETE "http://$registry/v2/ci/docker/manifests/$digest")"
passed_on() { curl -fsS "$api/metrics" | grep -qE '^oci2wasm_webhook_events_total[{][^}]*result="deleted",sender="distribution"[}] [1-9]'; }
await 30 "the deletion" passed_on

say "metrics and secrets"
curl -fsS "$api/metrics" > "$scratch/metrics"
check "metrics of ours" yes "$(grep -q '^oci2wasm_' "$scratch/metrics" && echo yes)"
check "lines with the secret" 0 "$(cat "$scratch/up.log" "$scratch/metrics" | grep -c "$secret" || true)"
echo "$passed passed, 0 failed"
