#!/usr/bin/env bash
# million.sh [CONVERSIONS]: how long the API's questions take on a database with so many conversions, in H2 and in PostgreSQL: one
# table with the median and the 95th percentile of each. With MILLION_LIMIT=MS it fails where a percentile is over that; 100 is what
# docs/PERFORMANCE.md promises, on a quiet machine. With SNAPSHOT=1 it also writes and reads a snapshot.
# The server is this script's own, on loopback, gone when it ends.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
conversions=${1:-1000000}
limit=${MILLION_LIMIT:-}
[[ $conversions =~ ^[1-9][0-9]{3,}$ ]] || fail "found '$conversions' conversions, expected a number of at least 1000"
[[ $limit =~ ^[0-9]*$ ]] || fail "found MILLION_LIMIT='$limit', expected milliseconds, or nothing"
# Both databases take 4 kB for each conversion, and some more while indexes are made.
needed=$((conversions * 12 / 1024 + 200)) free=$(($(df -Pk "$scratch" | awk 'NR == 2 { print $4 }') / 1024))
[ "$free" -ge "$needed" ] || fail "$scratch: found room for $free MB, expected $needed MB; TMPDIR names another folder"
bin=$(find_postgres)
port=$(free_port)

cd "$root"
mvn -B -q -pl gateway -am test-compile dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile=target/classpath.txt
classpath=gateway/target/test-classes:gateway/target/classes:$(cat gateway/target/classpath.txt)
benchmark() { java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$1" -cp "$classpath" io.oci2wasm.gateway.state.projection.MillionBenchmark "${@:2}"; }
h2=("jdbc:h2:file:$scratch/h2/gateway") postgres=("jdbc:postgresql://127.0.0.1:$port/postgres" oci2wasm)
start_postgres "$bin" "$port"
# Both at once, since each keeps one processor busy. H2 has more memory for it: it reads again what it has written; and it
# leaves out its housekeeping, which rewrites pages while they are filled.
say "Filling both with $conversions conversions, load $(cut -d ' ' -f 1 /proc/loadavg)"
benchmark -Xmx2g fill "$conversions" "${h2[0]};AUTO_COMPACT_FILL_RATE=0" & filling=($!)
benchmark -Xmx512m fill "$conversions" "${postgres[@]}" & filling+=($!)
started+=("${filling[@]}")
for pid in "${filling[@]}"; do wait "$pid" || fail "a database was not filled"; done
# ask NAME URL [USER]: with the gateway's own flags, as the launcher has them.
ask() {
  say "$1, load $(cut -d ' ' -f 1 /proc/loadavg)"
  benchmark -Xmx512m ask "$conversions" "${@:2}" > "$scratch/$1.tsv" || fail "$1: the questions did not come to their end"
}
ask H2 "${h2[@]}"
ask PostgreSQL "${postgres[@]}"

say "Milliseconds${limit:+, limit $limit}"
python3 .ci/million_table.py "$scratch/H2.tsv" "$scratch/PostgreSQL.tsv" ${limit:+"$limit"} || fail "found answers that take over $limit ms"
