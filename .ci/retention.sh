#!/usr/bin/env bash
# retention.sh [IMAGES] (40000): retention over a catalog in a real S3 server, half of which goes. Prints times and heap; fails where
# anything but that half went. The server is this script's own, on loopback; its objects are files.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images=${1:-40000}
"$root/oci2wasm" --version > /dev/null
libraries="$root/cli/target/oci2wasm.jar:$root/cli/target/lib/*"
javac -nowarn -d "$scratch/tools" -cp "$libraries" "$root/test-support/src/main/java/io/oci2wasm/testsupport/ExternalStore.java"
java -XX:+UseSerialGC -Xmx1g -cp "$scratch/tools:$libraries" io.oci2wasm.testsupport.ExternalStore "$scratch/s3" > "$scratch/store.log" 2>&1 &
started+=($!)
await 60 "the S3 server" grep -q '^http://' "$scratch/store.log"

cd "$root"
JAVA_TOOL_OPTIONS=-Xmx512m mvn -B -q -pl gateway -am test -Dtest=RetentionBenchmark -Dsurefire.failIfNoSpecifiedTests=false \
  -Doci2wasm.test.images="$images" -Doci2wasm.test.repositories=100 \
  -Doci2wasm.test.store="$(grep -m1 '^http://' "$scratch/store.log")" -Doci2wasm.test.store.folder="$scratch/s3"
