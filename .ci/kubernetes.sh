#!/usr/bin/env bash
# The Kubernetes manifests against the schemas of Kubernetes and KEDA, which npm has, and what the parts need; and that the check
# sees a mistake.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cp "$root"/.ci/kubernetes/{package.json,validate.mjs} "$scratch"
cd "$scratch"
npm install --silent --no-audit --no-fund --ignore-scripts
say "docs/deploy/kubernetes"
node validate.mjs "$root/docs/deploy/kubernetes"

say "mistakes are seen"
# mistaken FILE SED-EXPRESSION WORDS: the check says WORDS of a copy with that mistake.
mistaken() {
  rm -rf copy && cp -r "$root/docs/deploy/kubernetes" copy
  sed -i "$2" "copy/$1"
  ! cmp -s "copy/$1" "$root/docs/deploy/kubernetes/$1" || fail "no mistake made in $1: $2"
  ! node validate.mjs copy > said || fail "not seen in $1: $2"
  grep -q "$3" said || fail "seen as something else in $1: $2: $(head -n 1 said)"
  echo "ok: $(head -n 1 said | cut -c 1-120)"
}
mistaken gateway.yaml 's/readinessProbe/readynessProbe/' readynessProbe
mistaken build-worker.yaml 's/requests: {cpu: "1"/requests: {cpu: [1]/' 'requests/cpu must be string'
mistaken build-worker.yaml 's/PeriodSeconds: 270/PeriodSeconds: 200/' '200 s of grace'
mistaken scaling.yaml 's/threshold: "2"/threshold: 2/' 'threshold must be string'
mistaken scaling.yaml 's/scaleTargetRef: {name: build/scaleTargetReference: {name: build/' scaleTargetRef
mistaken network.yaml 's/port: 8333/port: 443/' 'expected Kafka and S3 only'
