#!/usr/bin/env bash
# The projection's tests against PostgreSQL, and two gateways that share one: a server of this script's own on loopback, gone when it ends.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
bin=$(find_postgres)
port=$(free_port)

start_postgres "$bin" "$port"

say "the tests of the state, of replays and of the API"
cd "$root"
# To the phase package: before it, modules are compiled against each other's folders of classes, and so all anew.
mvn -B -q -pl gateway -am package -Dspotless.check.skip -DforkCount=1 -Dsurefire.failIfNoSpecifiedTests=false \
  -Dtest='SchemaTest,RebuilderTest,SnapshotsTest,TopicTrimmingIT,DatabasesTest,IntakeTest,WaitingAndWorkTest,BatchReaderTest,BatchFeederTest,ReconvertListerTest,ScanScheduleTest,ConversionReaderTest,SummaryReaderTest,LetterReaderTest,ApiJsonTest,StateProjectionTest,StatePrunerTest,ReplayerTest,GatewayServerTest,LeasesTest,StateGcRegisterTest,GcRunsTest' \
  -Doci2wasm.test.database="jdbc:postgresql://127.0.0.1:$port/postgres" -Doci2wasm.test.database.user=oci2wasm

"$root/oci2wasm" --version > /dev/null
"$bin/createdb" -h 127.0.0.1 -p "$port" -U oci2wasm shared
mkdir "$scratch/gateways"
python3 "$root/.ci/faults/gateways.py" "$scratch/gateways" "jdbc:postgresql://127.0.0.1:$port/shared" oci2wasm
say "done"
