#!/usr/bin/env bash
# The pipeline with a real registry: Debian's docker-registry notifies `oci2wasm up`, skopeo pushes, every bundle
# is downloaded from the API and booted in node.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
registry_port=$(free_port) gateway_port=$(free_port)
registry=127.0.0.1:$registry_port api=http://127.0.0.1:$gateway_port
secret=ci-$RANDOM$RANDOM

say "docker-registry on $registry, oci2wasm up on $api"
printf '%s' "$secret" > "$scratch/secret"
cat > "$scratch/registry.yml" <<YAML
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: $scratch/registry}, delete: {enabled: true}}
http: {addr: "$registry"}
notifications:
  events: {includereferences: true}
  endpoints:
    - name: oci2wasm
      url: $api/webhooks/distribution
      timeout: 2s
      threshold: 5
      backoff: 1s
      headers: {Authorization: ["Bearer $secret"]}
      ignore: {mediatypes: [application/octet-stream], actions: [pull, mount, delete]}
YAML
docker-registry serve "$scratch/registry.yml" > "$scratch/registry.log" 2>&1 & started+=($!)
"$root/oci2wasm" up --port "$gateway_port" --data "$scratch/data" --allow-registry "$registry" \
  --insecure-registry "$registry" --webhook-secret-file "$scratch/secret" > "$scratch/up.log" 2>&1 & started+=($!)
await 20 "the registry" curl -fsS "http://$registry/v2/"
await 120 "the gateway" curl -fsS "$api/health/ready"

python3 "$root/.ci/make_images.py" "$root/cli/src/main/resources/sample" "$scratch/images"
push() { skopeo copy --quiet --dest-tls-verify=false "$@"; }
# conversions REPOSITORY FILTER: jq over this repository's conversions, newest first.
conversions() { curl -fsS "$api/api/v1/conversions?repository=$1&limit=100" | jq -r "$2"; }
# settled REPOSITORY COUNT: COUNT conversions exist and all have ended.
settled() {
  local ended
  ended=$(conversions "$1" '[.items[] | select(.state == "built" or .state == "skipped" or .state == "failed")] | length')
  [ "$ended" -ge "$2" ] && [ "$ended" -eq "$(conversions "$1" '.items | length')" ]
}
# boots CONVERSION_ID: the bundle from the API runs a shell that ends with 3.
boots() {
  curl -fsS -o "$scratch/bundle.wasm" "$api/api/v1/bundles/$1"
  local out status=0
  out=$(node --no-warnings "$root/docs/run.mjs" "$scratch/bundle.wasm" sh -c 'echo "hi from $(uname -m)"; exit 3' < /dev/null) || status=$?
  check "bundle ${1:0:12} prints" "hi from riscv64" "$out"
  check "bundle ${1:0:12} returns" 3 "$status"
}
built_ids() { conversions "$1" '[.items[] | select(.state == "built") | .conversionId] | unique | .[]'; }

say "a webhook without the secret is refused"
check "status" 401 "$(curl -s -o /dev/null -w '%{http_code}' -X POST -d '{"events":[]}' "$api/webhooks/distribution")"

say "a single OCI manifest"
push "oci:$scratch/images:single" "docker://$registry/ci/single:1"
await 60 "ci/single to settle" settled ci/single 1
check "built" 1 "$(conversions ci/single '[.items[] | select(.state == "built")] | length')"
boots "$(built_ids ci/single)"

say "an index: riscv64, another platform, attestations"
push --all "oci:$scratch/images:multi" "docker://$registry/ci/multi:1"
await 60 "ci/multi to settle" settled ci/multi 4
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

say "metrics"
curl -fsS "$api/metrics" | grep -q '^oci2wasm_' || fail "no oci2wasm metrics"
grep -q "$secret" "$scratch/up.log" && fail "the webhook secret is in the log"
echo "$passed passed, 0 failed"
