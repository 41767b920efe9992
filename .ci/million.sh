#!/usr/bin/env bash
# million.sh [CONVERSIONS [LIMIT_MS]]: how long the API's questions take on a database with so many conversions, in H2 and in
# PostgreSQL. Fails where a median's 95th percentile is over the limit. The server is this script's own, on loopback, gone when it
# ends. With SNAPSHOT=1 it also writes and reads a snapshot of it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
conversions=${1:-1000000}
limit=${2:-100}
bin=$(find_postgres)
port=$(free_port)
start_postgres "$bin" "$port"

cd "$root"
mvn -B -q -pl gateway -am test-compile dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile=target/classpath.txt
classpath=gateway/target/test-classes:gateway/target/classes:$(cat gateway/target/classpath.txt)
# The gateway's own flags, as the launcher has them.
questions() { java -XX:TieredStopAtLevel=1 -Xmx512m -cp "$classpath" io.oci2wasm.gateway.state.projection.MillionBenchmark "$conversions" "$limit" "$@"; }

failed=0
say "H2, load $(cut -d ' ' -f 1 /proc/loadavg)"
questions "jdbc:h2:file:$scratch/h2/gateway" || failed=1
say "PostgreSQL, load $(cut -d ' ' -f 1 /proc/loadavg)"
questions "jdbc:postgresql://127.0.0.1:$port/postgres" oci2wasm || failed=1
[ "$failed" = 0 ] || fail "found answers that take over $limit ms"
