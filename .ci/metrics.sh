#!/usr/bin/env bash
# What the pipeline tells its operators: each query of the Grafana dashboard and each alert on the metrics of a real pipeline,
# scraped by Debian's Prometheus; its traces; and its log as JSON, with the ids of request and conversion.
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"

say "alerts: when they fire and when not"
cp "$root/docs/deploy/prometheus/alerts.yml" "$root/.ci/metrics/alerts_test.yml" "$scratch"
promtool test rules "$scratch/alerts_test.yml"
promtool check config "$root/docs/deploy/prometheus/prometheus.yml"
check "alerts of which docs/OPERATIONS.md says nothing" "" \
  "$(sed -n 's/.*- alert: //p' "$scratch/alerts.yml" | grep -vxFf <(sed -n 's/^### //p' "$root/docs/OPERATIONS.md") | xargs)"

# A registry that is allowed and not there: what is pushed to it is tried again.
export OCI2WASM_REGISTRIES_INSECURE=127.0.0.1:1 OCI2WASM_REGISTRIES_ATTEMPTS=1 OCI2WASM_RETENTION_GRACE=1s OCI2WASM_RETENTION_EVERY=12h
export OCI2WASM_LOG_FORMAT=json
# Bundles go back to the registry, and a subscriber is told of them.
export OCI2WASM_DELIVERY_IMAGES="$registry/ops/**"
subscriber=$(free_port)
printf 'a secret of more than 24 bytes' > "$scratch/subscriber-secret"
python3 "$root/.ci/metrics/subscriber.py" "$subscriber" & started+=($!)
printf 'gateway: {subscribers: [{name: ci, url: "http://127.0.0.1:%s/", secretFile: %s, events: [built]}]}\n' "$subscriber" "$scratch/subscriber-secret" \
  > "$scratch/oci2wasm.yaml"
more=(--config "$scratch/oci2wasm.yaml")
collector=$(free_port)
python3 "$root/.ci/metrics/collector.py" "$collector" "$scratch/spans" & started+=($!)
export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$collector OTEL_BSP_SCHEDULE_DELAY=500
start_pipeline

say "Prometheus"
prometheus=127.0.0.1:$(free_port)
cat > "$scratch/prometheus.yml" <<YAML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [$scratch/alerts.yml]
scrape_configs:
  - job_name: oci2wasm-gateway
    static_configs: [{targets: ["127.0.0.1:$gateway_port"]}]
YAML
prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/tsdb" --web.listen-address="$prometheus" \
  > "$scratch/prometheus.log" 2>&1 & started+=($!)
value() { curl -fsS --data-urlencode "query=$1" "http://$prometheus/api/v1/query" | jq -r '.data.result[0].value[1] // empty'; }
# reaches QUERY: Prometheus has a number above zero for it.
reaches() { value "$1 > 0" | grep -q .; }
await 60 "a first scrape" reaches up

say "images that are built, refused, unreachable, and deleted"
python3 "$root/.ci/make_images.py" "$root/cli/src/main/resources/sample" "$scratch/images"
python3 "$root/.ci/metrics/bad_image.py" "$scratch/bad"
# notify REPOSITORY HOST: a push that no registry here has seen.
notify() {
  curl -fsS -o /dev/null -H "Authorization: Bearer $secret" -H 'Content-Type: application/vnd.docker.distribution.events.v1+json' \
    -d '{"events": [{"id": "'"$1"'", "timestamp": "2026-11-24T06:40:23Z", "action": "push", "target": {
      "mediaType": "application/vnd.oci.image.manifest.v1+json", "repository": "'"$1"'", "tag": "1",
      "digest": "sha256:'"$(printf '%064d' 1)"'"}, "request": {"host": "'"$2"'"}}]}' "$api/webhooks/distribution"
}
notify ops/unreachable 127.0.0.1:1
push "oci:$scratch/bad:bad" "docker://$registry/ops/bad:1"
push "oci:$scratch/images:single" "docker://$registry/ops/good:1"
await 120 "ops/good to settle" settled ops/good 1
await 60 "ops/bad to settle" settled ops/bad 1
check "the bad image" failed "$(conversions ops/bad '.items[0].state')"
conversion=$(built_ids ops/good) request=$(conversions ops/good '.items[0].requestId')
digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/ops/good:1")
curl -fsS -o /dev/null -X DELETE "http://$registry/v2/ops/good/manifests/$digest"
await 60 "the deletion" reaches 'oci2wasm_webhook_events_total{result="deleted"}'
removed() {
  curl -fsS -o /dev/null -H 'Content-Type: application/json' -d '{"dryRun": false}' "$api/api/v1/gc" && reaches 'sum(oci2wasm_retention_removed_bytes_total)'
}
await 60 "retention" removed
await 60 "a delivery" reaches 'sum(oci2wasm_deliveries_total)'
await 60 "a subscriber that was told" reaches 'sum(oci2wasm_subscriber_deliveries_total)'
await 60 "a retry" reaches 'sum(oci2wasm_tasks_retries_total)'
# Rates need a value from before.
push "oci:$scratch/images:single" "docker://$registry/ops/again:1"
await 120 "ops/again to settle" settled ops/again 1
await 60 "its scrape" reaches 'increase(oci2wasm_conversions_total{outcome="made"}[1m])'

say "queues"
check "stages whose queues are measured" "build deliver ingest resolve translate" \
  "$(curl -fsS "http://$prometheus/api/v1/query" --data-urlencode 'query=count by (stage) (oci2wasm_queue_depth)' | jq -r '.data.result[].metric.stage' | sort | xargs)"

say "program and store"
check "version" "$("$root/oci2wasm" --version | head -n 1 | cut -d ' ' -f 2)" "$(curl -fsS "http://$prometheus/api/v1/query" --data-urlencode 'query=oci2wasm_build_info' | jq -r '.data.result[0].metric.version')"
# The store is looked at twice a minute, if a look takes no more than three seconds.
for kind in blobs layers bundles rootfs engines; do await 240 "the size of $kind" reaches "oci2wasm_store_bytes{kind=\"$kind\"}"; done
await 30 "the time of a push" reaches oci2wasm_push_to_bundle_seconds_count

say "names, units and help of all metrics"
curl -fsS "$api/metrics" | promtool check metrics
check "metrics without help" "" "$(curl -fsS "$api/metrics" | awk '/^# HELP/ {help[$3]=1} /^# TYPE/ && !help[$3] {print $3}' | xargs)"

say "dashboard and alerts"
python3 "$root/.ci/metrics/queries.py" "$root/docs/deploy/grafana/dashboards/oci2wasm.json" "http://$prometheus"

say "traces"
traces() { jq -r "select(.attributes[\"oci2wasm.request\"] == \"$request\") | .trace" "$scratch/spans" | sort -u; }
steps() { jq -r "select(.trace == \"$(traces)\") | .name" "$scratch/spans" | sort -u | xargs; }
told() { steps | grep -q subscriber; }
await 30 "the last step" told
check "traces of one request" 1 "$(traces | wc -l)"
check "the steps of its trace" "build deliver ingest resolve subscriber.ci webhook" "$(steps)"
check "steps whose step before is not in the trace" "" \
  "$(jq -rs "[.[] | select(.trace == \"$(traces)\")] | map(.span) as \$all | .[] | select(.parent != \"\" and (.parent | IN(\$all[]) | not)) | .name" "$scratch/spans" | xargs)"

say "the log"
lines() { grep '^{' "$scratch/up.log" | jq -c "select($1)" | wc -l; }
check "lines of the conversion's build that name its request" "$(lines ".conversionId == \"$conversion\"")" \
  "$(lines ".conversionId == \"$conversion\" and .requestId != null")"
check "the request's stages" "build deliver ingest resolve" \
  "$(grep '^{' "$scratch/up.log" | jq -r "select(.requestId == \"$request\" and .outcome == \"done\") | .stage" | sort -u | xargs)"
check "its build's last line" "$conversion" \
  "$(grep '^{' "$scratch/up.log" | jq -r "select(.requestId == \"$request\" and .stage == \"build\" and .outcome == \"done\") | .conversionId")"
check "lines of the log that are no JSON, but what \`up\` says at first" 0 \
  "$(sed '1,/^Stop it with/d' "$scratch/up.log" | grep -vc '^{' || true)"
echo "$passed passed, 0 failed"
