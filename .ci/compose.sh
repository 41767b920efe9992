#!/usr/bin/env bash
# docker-compose.yml, started: an image pushed to its registry becomes a bundle that boots, build-workers are scaled, Prometheus
# sees all parts. The images of gateway and workers are those Jib makes, on a base made on the spot; the others have
# stand-ins (.ci/compose/override.yml). Needs a tree that `mvn verify` has built.
source "$(dirname "${BASH_SOURCE[0]}")/docker.sh"

# Compose v2, which Debian 12 does not have: Debian 13's package, unpacked.
compose_program() {
  local mirror apt
  docker compose version > /dev/null 2>&1 && { compose=(docker compose); return; }
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
  mkdir -p "$scratch/compose/lists/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" > "$scratch/compose/trixie.list"
  apt=(apt-get -qq -o APT::Sandbox::User=root -o "Dir::Etc::SourceList=$scratch/compose/trixie.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$scratch/compose/lists")
  "${apt[@]}" update
  (cd "$scratch/compose" && "${apt[@]}" download docker-compose && dpkg-deb -x docker-compose_*.deb .)
  compose=("$scratch/compose/usr/libexec/docker/cli-plugins/docker-compose")
}

# base_root FOLDER: a Java runtime and what the health checks and entrypoints of docker-compose.yml call.
base_root() {
  local program
  java_root "$1"
  for program in bash sed cat grep env tr mkdir wget ls; do
    program=$(command -v "$program")
    cp -L --parents "$program" "$1"
    # shellcheck disable=SC2046 # a list of files
    cp -L --parents $(ldd "$program" | grep -oE '/(usr/)?lib[^ ]+' | sort -u) "$1"
  done
  [ -e "$1/bin" ] || ln -s usr/bin "$1/bin"
  ln -sf bash "$1/usr/bin/sh"
  [ -e "$1/bin/sh" ] || ln -s bash "$1/bin/sh"
  chmod 1777 "$1/tmp"
}

# libraries IMAGE: the names of its jars.
libraries() { docker run --rm --entrypoint /bin/ls "$1" /app/libs; }

command -v dockerd > /dev/null || { echo "SKIPPED: this machine has no Docker engine"; exit 0; }
say "engine and images"
start_engine
compose_program || true
"${compose[@]}" version > /dev/null 2>&1 || { echo "SKIPPED: Debian's mirror gives no Docker Compose v2 today"; exit 0; }
base_root "$scratch/root"
tar -C "$scratch/root" -c . | docker import --change 'ENV PATH=/usr/bin:/bin:/' - oci2wasm-base:ci > /dev/null
docker save -o "$scratch/base.tar" oci2wasm-base:ci
parts=(gateway ingest-worker resolve-worker build-worker)
images=("${parts[@]/#/oci2wasm-}")
images=("${images[@]/%/:ci}")
mvn -B -q -f "$root/pom.xml" "${as_built[@]}" package jib:buildTar "-Djib.from.image=tar://$scratch/base.tar" -Dimage.tag=ci
for part in "${parts[@]}"; do
  docker load -q -i "$root/images/$part/target/jib-image.tar"
  expect "what it says" "$("$root/oci2wasm" --version | head -n 1)" "$(docker run --rm --read-only --tmpfs /tmp "oci2wasm-$part:ci" --version)"
  expect "its user" 65532:65532 "$(docker inspect -f '{{.Config.User}}' "oci2wasm-$part:ci")"
  expect "its time" 2026-11-24T00:00:00Z "$(docker inspect -f '{{.Created}}' "oci2wasm-$part:ci")"
  libraries "oci2wasm-$part:ci" > "$scratch/$part.txt"
  docker run --rm --entrypoint /bin/cat "oci2wasm-$part:ci" \
    "$(docker inspect -f '{{index .Config.Labels "io.oci2wasm.sbom.path"}}' "oci2wasm-$part:ci")" > "$scratch/$part.cdx.json"
  expect "what its SBOM is of" "$part-image" "$(jq -r 'select(.bomFormat == "CycloneDX") | .metadata.component.name' "$scratch/$part.cdx.json")"
  expect "libraries that its SBOM does not name" "" \
    "$(comm -23 <(grep -vx oci2wasm.jar "$scratch/$part.txt" | sort) <(jq -r '.components[] | "\(.name)-\(.version).jar"' "$scratch/$part.cdx.json" | sort))"
  expect "libraries that only its SBOM names" "" \
    "$(comm -13 <(sort "$scratch/$part.txt") <(jq -r '.components[] | select(.name != "cli") | "\(.name)-\(.version).jar"' "$scratch/$part.cdx.json" | sort))"
  echo "ok: $(wc -l < "$scratch/$part.txt") libraries, $(($(docker inspect -f '{{.Size}}' "oci2wasm-$part:ci") / 1000000)) MB with the base's $(($(docker inspect -f '{{.Size}}' oci2wasm-base:ci) / 1000000)) MB"
done
# What only some parts have, by the images that have it.
only() { expect "images with $1" "$2" "$(cd "$scratch" && grep -l "^$1-[0-9]" "${parts[@]/%/.txt}" | sed 's/\.txt//' | xargs)"; }
only kafka_2.13 ""
only s3proxy ""
only compiler build-worker
only converter build-worker
only javalin gateway
only h2 gateway
only kafka-clients "${parts[*]}"

mkdir -p "$scratch/root/stand-in" "$scratch/root/opt/kafka/bin" "$scratch/root/etc/prometheus"
cp -r "$root/cli/target/oci2wasm.jar" "$root/cli/target/lib" "$root/.ci/compose/kafka.sh" "$scratch/root/stand-in"
cp -r "$root/test-support/target/classes" "$scratch/root/stand-in/test-support"
install "$root/.ci/compose/kafka-broker-api-versions.sh" "$scratch/root/opt/kafka/bin"
install "$(command -v docker-registry)" "$scratch/root/usr/bin/registry"
install "$(command -v prometheus)" "$scratch/root/usr/bin/prometheus"
# shellcheck disable=SC2046 # a list of files
cp -L --parents $(ldd "$(command -v docker-registry)" "$(command -v prometheus)" | grep -oE '/(usr/)?lib[^ ]+' | sort -u) "$scratch/root"
tar -C "$scratch/root" -c . | docker import --change 'ENV PATH=/usr/bin:/bin:/' - oci2wasm-stand-in:ci > /dev/null

say "docker compose config"
export OCI2WASM_TAG=ci COMPOSE_PROJECT_NAME=oci2wasm-ci-$$
compose+=(--project-directory "$root" -f "$root/docker-compose.yml")
expect "warnings" "" "$("${compose[@]}" config -q 2>&1)"
compose+=(-f "$root/.ci/compose/override.yml")

say "up"
before_leaving() {
  [ "$1" -eq 0 ] || "${compose[@]}" logs --no-color > "$scratch/compose.log" 2>&1 || true
  "${compose[@]}" down -v --remove-orphans -t 5 > /dev/null 2>&1 || true
  docker rmi -f "${images[@]}" oci2wasm-stand-in:ci oci2wasm-base:ci > /dev/null 2>&1 || true
}
begin=$SECONDS
"${compose[@]}" up -d --wait --quiet-pull > "$scratch/up.log" 2>&1 || { tail -n 20 "$scratch/up.log"; fail "the topology did not become healthy"; }
echo "ok: healthy after $((SECONDS - begin)) s"

say "an image pushed to its registry boots"
token=$(cat "$root/docs/deploy/secrets/api-token")
api() { curl -fsS -H "Authorization: Bearer $token" "http://127.0.0.1:8080/api/v1/$1"; }
expect "the API without its token" 401 "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/api/v1/conversions)"
python3 "$root/.ci/make_images.py" "$root/cli/src/main/resources/sample" "$scratch/images"
skopeo copy --quiet --dest-tls-verify=false "oci:$scratch/images:single" docker://127.0.0.1:5000/team/app:1
built() { api 'conversions?repository=team/app&state=built' | jq -e '.items | length == 1' ; }
await 120 "the bundle" built
api "bundles/$(api 'conversions?repository=team/app' | jq -r '.items[0].conversionId')" > "$scratch/bundle.wasm"
expect "the bundle prints" "hi from riscv64" \
  "$(node --no-warnings "$root/docs/run.mjs" "$scratch/bundle.wasm" sh -c 'echo "hi from $(uname -m)"' < /dev/null)"

say "two build-workers, and all parts in Prometheus"
"${compose[@]}" up -d --wait --no-recreate --scale build-worker=2 >> "$scratch/up.log" 2>&1
targets() { curl -fsS -G --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query | jq -r '.data.result[0].value[1] // 0'; }
all_up() { [ "$(targets 'sum(up{job=~"oci2wasm-.*"})')" = 5 ]; }
await 60 "five targets in Prometheus" all_up
expect "targets that are down" 0 "$(targets 'count(up == 0) or vector(0)')"
await 30 "the conversion in Prometheus" bash -c "curl -fsS -G --data-urlencode 'query=sum(oci2wasm_conversions_total{outcome=\"made\",lane=\"push\"}) == 1' http://127.0.0.1:9090/api/v1/query | jq -e '.data.result | length == 1'"
expect "alerts that fire" 0 "$(targets 'count(ALERTS{alertstate="firing"}) or vector(0)')"
