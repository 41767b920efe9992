#!/usr/bin/env bash
# A release: the archive that `mvn -Drelease package` makes works where it is unpacked, with no source tree beside it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
rm -f "$root"/cli/target/oci2wasm-*.tar.gz
(cd "$root" && mvn -B -q -Drelease "${as_built[@]}" -pl cli -am package < /dev/null)
tar -C "$scratch" -xzf "$root"/cli/target/oci2wasm-*.tar.gz
home=$(find "$scratch" -mindepth 1 -maxdepth 1 -name 'oci2wasm-*')
ln -s "$home/bin/oci2wasm" "$scratch/oci2wasm"
cd "$scratch"
check "version" "$("$root/oci2wasm" --version)" "$(./oci2wasm --version)"
./oci2wasm convert "oci:$root/cli/src/main/resources/sample" --platform amd64 -o - > sample.wasm
check "a container" "from a release" "$(./oci2wasm run sample.wasm echo from a release)"
check "a container in node" "in node" "$(node --no-warnings "$home/share/oci2wasm/run.mjs" sample.wasm echo in node)"
check "completion of conv" "convert" "$(bash -c "source '$home/share/bash-completion/completions/oci2wasm'
  COMP_WORDS=(oci2wasm conv) COMP_CWORD=1; _complete_oci2wasm oci2wasm conv oci2wasm 2> /dev/null; echo \${COMPREPLY[0]}")"
check "the man page of run" '.TH "OCI2WASM\-RUN" "1"' "$(grep -o '^\.TH "[^"]*" "1"' "$home/share/man/man1/oci2wasm-run.1")"
check "man pages" "$(grep -c '^  [a-z]' <("$root/oci2wasm" help))" "$(find "$home/share/man/man1" -name 'oci2wasm-*.1' | wc -l)"
check "picocli in the SBOM" picocli "$(jq -r '.components[] | select(.name == "picocli") | .name' "$home/share/doc/oci2wasm/oci2wasm.cdx.json")"
check "jars that the SBOM does not name" "" \
  "$(cd "$home/lib" && find . -name '*.jar' ! -name oci2wasm.jar -printf '%f\n' | sort |
    comm -23 - <(jq -r '.components[] | "\(.name)-\(.version).jar"' "$home/share/doc/oci2wasm/oci2wasm.cdx.json" | sort))"

say "how long --version takes"
classes=$(find "$home/lib" -name 'classes*.jsa')
check "classes come from the archive" "$("$root/oci2wasm" --version)" \
  "$(java -Xshare:on -XX:SharedArchiveFile="$classes" -XX:+UseSerialGC -Xlog:disable -cp "$home/lib/*" io.oci2wasm.cli.Oci2wasm --version)"
# times COMMAND…: the least of ten, in ms of real time and of processor time.
times() {
  for _ in {1..10}; do { TIMEFORMAT='%R %U %S'; time "$@" > /dev/null 2>&1; } 2>&1; done |
    awk '{ms = 1000 * $1; cpu = 1000 * ($2 + $3); if (NR == 1 || ms < least) least = ms; if (NR == 1 || cpu < work) work = cpu}
      END {printf "%d ms, %d ms of processor time\n", least, work}'
}
echo "java -version: $(times java -version)"
echo "oci2wasm --version: $(times ./oci2wasm --version); load $(cut -d ' ' -f 1 /proc/loadavg)"

find "$home" -mindepth 1 -maxdepth 2 | sed "s|$home/||" | grep -v '\.jar$' | sort
echo "$passed checks passed, $(du -h "$root"/cli/target/oci2wasm-*.tar.gz | cut -f1)"
