#!/usr/bin/env bash
# The tests with containers, on a Docker engine that is started here where none runs. Their image is made on the spot from this
# machine's Java runtime and the libraries it needs: nothing is pulled. Needs a tree that `mvn verify` has built.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

start_engine() {
  docker info > /dev/null 2>&1 && return
  export DOCKER_HOST=unix://$scratch/docker.sock
  dockerd --data-root "$scratch/docker" --exec-root "$scratch/docker-exec" -H "$DOCKER_HOST" --pidfile "$scratch/docker.pid" \
    > "$scratch/dockerd.log" 2>&1 & started+=($!)
  await 30 "a Docker engine" docker info
}

# java_root FOLDER: a root filesystem that holds this machine's Java runtime at the same place, and nothing else.
java_root() {
  local home libraries
  home=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
  libraries=$(find "$home" -type f \( -name java -o -name '*.so' \) -exec ldd {} + 2>/dev/null | grep -oE '/(usr/)?lib[^ ]+' | sort -u)
  mkdir -p "$1/tmp" "$1/opt/oci2wasm" "$1$(dirname "$home")"
  cp -a "$home" "$1$home"
  rm -rf "$1$home"/{jmods,lib/src.zip,include,man}
  # shellcheck disable=SC2086 # a list of files
  cp -L --parents $libraries "$1" 2>/dev/null || true
  cp -rL --parents /etc/java* "$1"
  ln -s "$home/bin/java" "$1/java"
}

command -v dockerd > /dev/null || { echo "SKIPPED: this machine has no Docker engine"; exit 0; }
say "engine and image"
start_engine
java_root "$scratch/root"
cp -r "$root/cli/target/oci2wasm.jar" "$root/cli/target/lib" "$root/cli/target/test-classes" "$scratch/root/opt/oci2wasm/"
image=oci2wasm-test:ci
tar -C "$scratch/root" -c . | docker import --change 'WORKDIR /tmp' \
  --change 'ENTRYPOINT ["/java", "-XX:+UseSerialGC", "-XX:-DontCompileHugeMethods", "-Xmx512m", "-cp", "/opt/oci2wasm/test-classes:/opt/oci2wasm/oci2wasm.jar:/opt/oci2wasm/lib/*"]' \
  - "$image" > /dev/null

say "the tests"
# Without the last variable a container that this script itself runs in misleads Testcontainers.
OCI2WASM_TEST_IMAGE=$image TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1 \
  mvn -B -q -f "$root/pom.xml" -pl cli -am verify -Dtest=None -Dit.test=ContainersIT -Dsurefire.failIfNoSpecifiedTests=false \
  -Dfailsafe.failIfNoSpecifiedTests=false -Dmdep.analyze.skip=true -Dspotless.check.skip=true
report=$(find "$root/cli/target/failsafe-reports" -name 'TEST-*ContainersIT.xml')
expect "tests that were skipped" "" "$(grep -o '<skipped' "$report" || true)"
echo "ok: $(grep -c '<testcase' "$report") tests"
