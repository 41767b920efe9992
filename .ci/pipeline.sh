# A real registry that notifies a real pipeline, for the scripts that source this: docker-registry, `oci2wasm up`, and
# what is needed to push to one and ask the other.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
registry_port=$(free_port) gateway_port=$(free_port)
registry=127.0.0.1:$registry_port api=http://127.0.0.1:$gateway_port
secret=ci-$RANDOM$RANDOM
more=() # options of `oci2wasm up` besides

start_pipeline() {
  start_registry
  start_oci2wasm
}

start_registry() {
  say "docker-registry on $registry, for oci2wasm up on $api"
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
      ignore: {mediatypes: [application/octet-stream], actions: [pull, mount]}
YAML
  docker-registry serve "$scratch/registry.yml" > "$scratch/registry.log" 2>&1 & started+=($!)
  await 20 "the registry" curl -fsS "http://$registry/v2/"
}

# start_oci2wasm: also to start it again, on the same data.
start_oci2wasm() {
  "$root/oci2wasm" up --port "$gateway_port" --data "$scratch/data" --allow-registry "$registry" \
    --insecure-registry "$registry" --webhook-secret-file "$scratch/secret" "${more[@]}" > "$scratch/up.log" 2>&1 & started+=($!)
  await 600 "the gateway" curl -fsS "$api/health/ready"
}

push() { skopeo copy --quiet --dest-tls-verify=false "$@"; }
# conversions REPOSITORY FILTER: jq over this repository's conversions, newest first.
conversions() { curl -fsS "$api/api/v1/conversions?repository=$1&limit=100" | jq -r "$2"; }
# settled REPOSITORY COUNT: at least COUNT conversions exist and all have ended.
settled() {
  conversions "$1" "(.items | length >= $2) and (.items | all(.state == \"built\" or .state == \"skipped\" or .state == \"failed\"))" |
    grep -qx true
}
built_ids() { conversions "$1" '[.items[] | select(.state == "built") | .conversionId] | unique | .[]'; }
# download CONVERSION_ID FILE
download() { curl -fsS -o "$2" "$api/api/v1/bundles/$1"; }
