#!/usr/bin/env bash
# The tests with containers, on a Docker engine that is started here where none runs. Their image is made on the spot from this
# machine's Java runtime and the libraries it needs: nothing is pulled. Needs a tree that `mvn verify` has built.
source "$(dirname "${BASH_SOURCE[0]}")/docker.sh"

command -v dockerd > /dev/null || { echo "SKIPPED: this machine has no Docker engine"; exit 0; }
say "engine and image"
start_engine
java_root "$scratch/root"
cp -r "$root/cli/target/oci2wasm.jar" "$root/cli/target/lib" "$scratch/root/opt/oci2wasm/"
cp -r "$root/test-support/target/classes" "$scratch/root/opt/oci2wasm/test-support"
image=oci2wasm-test:ci
tar -C "$scratch/root" -c . | docker import --change 'WORKDIR /tmp' \
  --change 'ENTRYPOINT ["/java", "-XX:+UseSerialGC", "-XX:-DontCompileHugeMethods", "-Xmx512m", "-cp", "/opt/oci2wasm/test-support:/opt/oci2wasm/oci2wasm.jar:/opt/oci2wasm/lib/*"]' \
  - "$image" > /dev/null

say "the tests"
# Without the host's name a container that this script itself runs in misleads Testcontainers; its checks of the engine
# would pull an image.
OCI2WASM_TEST_IMAGE=$image TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1 \
  TESTCONTAINERS_CHECKS_DISABLE=true \
  mvn -B -q -f "$root/pom.xml" -pl cli -am verify -Dtest=None -Dit.test=ContainersIT -Dsurefire.failIfNoSpecifiedTests=false \
  -Dfailsafe.failIfNoSpecifiedTests=false -Dmdep.analyze.skip=true -Dspotless.check.skip=true
report=$(find "$root/cli/target/failsafe-reports" -name 'TEST-*ContainersIT.xml')
expect "tests that were skipped" "" "$(grep -o '<skipped' "$report" || true)"
echo "ok: $(grep -c '<testcase' "$report") tests"
