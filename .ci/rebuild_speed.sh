#!/usr/bin/env bash
# rebuild_speed.sh [REQUESTS]: how fast the projection fills H2 and PostgreSQL, in events a second. Fails where H2 has less than a
# third of PostgreSQL's rate. The server is this script's own, on loopback, gone when it ends.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
requests=${1:-20000}
bin=$(find_postgres)
port=$(free_port)
start_postgres "$bin" "$port"

cd "$root"
mvn -B -q -pl gateway -am test-compile dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile=target/classpath.txt
classpath=gateway/target/test-classes:gateway/target/classes:$(cat gateway/target/classpath.txt)
# The gateway's own flags, as the launcher has them.
rate() { java -XX:TieredStopAtLevel=1 -Xmx512m -cp "$classpath" io.oci2wasm.gateway.state.projection.ProjectionBenchmark "$requests" "$@" 2>> "$scratch/rates.log"; }

say "$requests requests of nine events each"
h2=$(rate "jdbc:h2:file:$scratch/h2/gateway")
postgres=$(rate "jdbc:postgresql://127.0.0.1:$port/postgres" oci2wasm)
echo "H2 $h2/s, PostgreSQL $postgres/s: $(python3 -c "print(round($h2 / $postgres, 2))") of its rate"
python3 -c "import sys; sys.exit($h2 * 3 < $postgres)" || fail "H2 takes events in at less than a third of PostgreSQL's rate"
