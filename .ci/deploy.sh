#!/usr/bin/env bash
# The Kubernetes manifests against the schemas of Kubernetes and KEDA, which npm has, and what the parts need; the dashboard against
# Grafana's types; and that the checks see mistakes.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cp "$root"/.ci/deploy/* "$scratch"
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
sed '0,/"refresh"/s/"refresh"/"refreshes"/' "$root/docs/deploy/grafana/dashboards/oci2wasm.json" > copy.json
! node grafana.mjs copy.json > said || fail "not seen in the dashboard: refreshes"
grep -q refreshes said || fail "seen as something else in the dashboard: $(head -n 1 said)"
echo "ok: $(head -n 1 said | cut -c 1-120)"
