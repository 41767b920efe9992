#!/usr/bin/env bash
# A release: the archive that `mvn -Drelease package` makes works where it is unpacked, with no source tree beside it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
rm -f "$root"/cli/target/oci2wasm-*.tar.gz
(cd "$root" && mvn -B -q -Drelease -Dquick -pl cli -am package < /dev/null)
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
find "$home" -mindepth 1 -maxdepth 2 | sed "s|$home/||" | grep -v '\.jar$' | sort
echo "$passed checks passed, $(du -h "$root"/cli/target/oci2wasm-*.tar.gz | cut -f1)"
