#!/usr/bin/env bash
# The Kubernetes manifests and what Helm renders of the chart, against the schemas of Kubernetes, KEDA and Prometheus' operator, which
# npm has, what the parts need, and each other; the dashboard against Grafana's types; and that the checks see mistakes.
# Wants a built tree: the parts read the chart's configurations.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cp -r "$root"/.ci/deploy/* "$scratch"
cd "$scratch"
npm install --silent --no-audit --no-fund --ignore-scripts
say "docs/deploy/kubernetes"
node kubernetes.mjs "$root/docs/deploy/kubernetes"
node grafana.mjs "$root/docs/deploy/grafana/dashboards/oci2wasm.json"

say "as kubectl renders them"
kubectl kustomize "$root/docs/deploy/kubernetes" > rendered.yaml
configured=$(sed -n 's/^  name: \(oci2wasm-[0-9a-z]*\)$/\1/p' rendered.yaml)
deployments=$(grep -c '^kind: Deployment$' rendered.yaml)
[[ $(grep -c "name: $configured\$" rendered.yaml) == $((deployments + 1)) ]] || fail "not every deployment has the generated ConfigMap ($configured)"
for part in gateway ingest-worker resolve-worker build-worker; do
  grep -q "image: registry.example/oci2wasm-$part:" rendered.yaml || fail "$part has another image than kustomization.yaml's"
done
echo "ok: $(grep -c '^kind:' rendered.yaml) objects, $deployments deployments with $configured"

say "the chart, as Helm renders it"
# Helm's own library, from Maven Central: no package of Debian or npm has the program.
mvn -B -q -f helm/pom.xml dependency:copy-dependencies -DoutputDirectory="$scratch/helm/lib"
chart=$root/docs/deploy/helm/oci2wasm
render() { java -cp "helm/lib/*" helm/Render.java "$chart" "$1" "$2"; }
render values rendered
node chart.mjs rendered rendered rendered.yaml "$root/docs/oci2wasm.reference.yaml" "$chart/values.schema.json"
java -cp "$root/cli/target/oci2wasm.jar:$root/cli/target/lib/*" helm/Configs.java rendered/config/*.yaml

say "values that the chart refuses"
node chart.mjs mistakes mistaken
render mistaken refused > linted
node chart.mjs refused refused

say "mistakes are seen"
# mistaken FILE SED-EXPRESSION WORDS: the check says WORDS of a copy with that mistake.
mistaken() {
  rm -rf copy && cp -r "$root/docs/deploy/kubernetes" copy
  sed -i "$2" "copy/$1"
  ! cmp -s "copy/$1" "$root/docs/deploy/kubernetes/$1" || fail "no mistake made in $1: $2"
  ! node kubernetes.mjs copy > said || fail "not seen in $1: $2"
  grep -q "$3" said || fail "seen as something else in $1: $2: $(head -n 1 said)"
  echo "ok: $(head -n 1 said | cut -c 1-120)"
}
mistaken gateway.yaml 's/readinessProbe/readynessProbe/' readynessProbe
mistaken build-worker.yaml 's/requests: {cpu: "1"/requests: {cpu: [1]/' 'requests/cpu must be string'
mistaken build-worker.yaml 's/PeriodSeconds: 270/PeriodSeconds: 200/' '200 s of grace'
mistaken scaling.yaml 's/threshold: "2"/threshold: 2/' 'threshold must be string'
mistaken scaling.yaml 's/scaleTargetRef: {name: build/scaleTargetReference: {name: build/' scaleTargetRef
mistaken network.yaml 's/port: 8333/port: 443/' 'expected Kafka and S3 only'
mistaken scaling.yaml 's/ingest|deliver/ingest/' 'expected it to scale on ingest|deliver'
mistaken scaling.yaml 's/{stage="translate"}/{stage="build"}/g' 'expected it to scale on build and translate'
# differing FILE SED-EXPRESSION WORDS: the same of the chart, rendered with that mistake.
differing() {
  rm -rf copy copied && cp -r "$root/docs/deploy/helm/oci2wasm" copy
  sed -i "$2" "copy/$1"
  ! cmp -s "copy/$1" "$root/docs/deploy/helm/oci2wasm/$1" || fail "no mistake made in $1: $2"
  chart=copy render values copied > linted || fail "not rendered with a mistake in $1: $(tail -n 1 linted)"
  ! node chart.mjs rendered copied rendered.yaml "$root/docs/oci2wasm.reference.yaml" copy/values.schema.json > said || fail "not seen in $1: $2"
  grep -q "$3" said || fail "seen as something else in $1: $2: $(head -n 1 said)"
  echo "ok: $(grep -m 1 "$3" said | cut -c 1-120)"
}
differing templates/_part.tpl 's/failureThreshold: 60/failureThreshold: 61/' 'unlike the kustomization: gateway: containers'
differing templates/_part.tpl 's/readOnlyRootFilesystem: true/readOnlyRootFilesystem: false/' 'may write to its root'
differing templates/_part.tpl 's/enableServiceLinks/enableServiceLink/' enableServiceLink
differing templates/network.yaml '0,/policy.kafka.port/s/policy.kafka.port/policy.store.port/' 'build-worker: egress'
differing values.yaml 's/gateway: \[webhook-secret, api-token/gateway: [webhook-secret/' 'config names /run/secrets/oci2wasm/api-token'
sed '0,/"refresh"/s/"refresh"/"refreshes"/' "$root/docs/deploy/grafana/dashboards/oci2wasm.json" > copy.json
! node grafana.mjs copy.json > said || fail "not seen in the dashboard: refreshes"
grep -q refreshes said || fail "seen as something else in the dashboard: $(head -n 1 said)"
echo "ok: $(head -n 1 said | cut -c 1-120)"
