#!/usr/bin/env bash
# What `oci2wasm` says to a person who errs, and what it leaves behind: each stumble of people who tried it, by its command.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
"$root/oci2wasm" --version > /dev/null # built, so that no build is waited for below
export PATH=$root:$PATH
cd "$scratch"
sample=oci:$root/cli/src/main/resources/sample

# says STATUS WORDS COMMAND…: it ends with that status, and its words are among its last lines; nothing of Java is.
says() {
  local status=0 expected=$1 words=$2
  shift 2
  timeout 300 "$@" > said 2>&1 < /dev/null || status=$?
  grep -qF -- "$words" said || fail "$*: expected '$words', found: $(tail -n 3 said)"
  ! grep -qE '^\s+at |Exception|java\.[a-z.]+\.[A-Z]' said || fail "$*: found a trace: $(grep -E '^\s+at |Exception|java\.[a-z.]+\.[A-Z]' said | head -n 1)"
  check "$(basename "$1") ${*:2}: $(grep -F -- "$words" said | tail -n 1 | cut -c 1-200)" "$expected" "$status"
}

say "words that are not known, docker's habits"
says 2 'Did you mean: oci2wasm reconvert or oci2wasm convert' oci2wasm convret
says 2 'Possible solutions: --platform' oci2wasm convert --platfrom amd64 "$sample"
says 2 "Docker Hub's is docker.io/library/ubuntu:22.04" oci2wasm convert ubuntu:22.04
says 1 'found no engine, expected one of' oci2wasm convert "$sample" --platform sparc -o x.wasm
says 0 'Converts an image' oci2wasm help convert
says 0 'linux/amd64 x.wasm' oci2wasm convert "$sample" --platform x86_64 -o x.wasm
says 0 'in a container' oci2wasm run x.wasm -it echo in a container
says 0 'in a container' oci2wasm run --tty --memory 256m x.wasm echo in a container
mkdir folder
printf '#!/bin/sh\necho a script runs\n' > folder/script
says 0 'a script runs' oci2wasm run -v ./folder:/data:ro x.wasm /data/script
says 0 'a script runs' oci2wasm run --dir ./folder:/data x.wasm /data/script
oci2wasm convert "$sample" --platform amd64 -o - 2> said > standard.wasm
check "standard output" "$(sha256sum < x.wasm)" "$(sha256sum < standard.wasm)"

say "files that are missing, or wrong"
says 3 'file nofile: found none, expected one; check its name' oci2wasm run nofile
says 3 'output no/such/x.wasm: found no folder' oci2wasm convert "$sample" --platform amd64 -o no/such/x.wasm
says 2 '--authfile nofile: found no file that can be read' oci2wasm convert --authfile nofile localhost:1/app:1 -o y.wasm
says 2 'certificates of authorities, file nofile: found no such file' oci2wasm convert --ca-file nofile localhost:1/app:1 -o y.wasm
says 2 'configuration nofile: cannot be read' oci2wasm up --config nofile
says 2 'secret file nofile: cannot be read' oci2wasm list --api-token-file nofile
says 2 '--port: found 99999, expected 0 to 65535' oci2wasm up --port 99999 --data data
says 2 'gateway.host: found 0.0.0.0 without' oci2wasm up --host 0.0.0.0 --port 0 --data data

say "a registry that speaks plain HTTP, and one that wants a password which nobody has"
registry=localhost:$(free_port)
cat > registry.py <<'PY'
import http.server, sys
class Wants(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="test"')
        self.end_headers()
    def log_message(self, *words): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Wants).serve_forever()
PY
python3 registry.py "${registry#*:}" & started+=($!)
await 20 "the registry" bash -c "curl -s -o /dev/null http://$registry/v2/"
says 3 "found an answer that is not TLS after 1 attempt, expected an answer; a registry on plain HTTP must be named: --insecure-registry $registry" \
  oci2wasm convert "$registry/app:1" -o y.wasm
printf '{"credHelpers": {"%s": "that-is-not-there"}}' "$registry" > auth.json
says 1 'docker-credential-that-is-not-there' oci2wasm convert --authfile auth.json --insecure-registry "$registry" "$registry/app:1" -o y.wasm
says 3 "port ${registry#*:} of 127.0.0.1: found Address already in use" oci2wasm up --port "${registry#*:}" --data data

say "full disks"
head -c 20000000 /dev/urandom > folder/noise
tar -cf noise.tar folder
skopeo copy --quiet --override-arch amd64 "$sample" oci:large:1
umoci raw add-layer --image large:1 noise.tar
mkdir small
mount -t tmpfs -o size=12m tmpfs small
before_leaving() { umount "$scratch/small" 2> /dev/null || true; }
says 3 "file $PWD/small/y.wasm: found no space left on its disk; free some, or choose another place" oci2wasm convert oci:large:1 --platform amd64 -o small/y.wasm
says 3 "file $PWD/small/y.data: found no space" oci2wasm convert --split oci:large:1 --platform amd64 -o small/y.wasm
says 3 "file $PWD/small/y.erofs: found no space" oci2wasm rootfs oci:large:1 --platform amd64 -o small/y.erofs
says 3 "file small/layers/tmp/" oci2wasm convert --layer-cache small/layers oci:large:1 --platform amd64 -o y.wasm
rm -rf small/layers
says 3 "free on its disk, expected at least 100.0 MB; free some, or choose another folder (--data)" oci2wasm up --port 0 --data small/data
says 3 "found no space left on its disk; free some, or choose another place (of temporary files: OCI2WASM_JAVA_OPTIONS=-Djava.io.tmpdir=DIR" \
  env OCI2WASM_JAVA_OPTIONS="-Djava.io.tmpdir=$PWD/small" oci2wasm convert oci:large:1 --platform amd64 -o y.wasm
says 3 "output -: found an error while writing" bash -c "oci2wasm convert oci:large:1 --platform amd64 -o - > /dev/full"
check "what is left on the small disk" "" "$(find small -type f ! -path '*hsperf*')"

say "Ctrl-C on a terminal"
mkdir temporary
for wait in 0.1 0.5 1; do
  {
    until compgen -G "$PWD/temporary/oci2wasm-*" > /dev/null; do sleep 0.05; done
    sleep "$wait"
    printf '\003'
    sleep 5
  } | OCI2WASM_JAVA_OPTIONS="-Djava.io.tmpdir=$PWD/temporary" timeout 60 \
    script -qec "oci2wasm convert oci:large:1 --platform amd64 -o interrupted.wasm" /dev/null > said || true
  if grep -q 'interrupted.wasm (.*sha256:' said; then # on a machine that is quick
    rm interrupted.wasm
    echo "SKIPPED: it had ended before $wait s"
  fi
  check "what is left after $wait s" "" "$(find temporary interrupted.wasm* -name '*oci2wasm*' -o -name 'interrupted*' 2> /dev/null)"
done
say "a server that is told to end while it starts, or as soon as it has"
for moment in "starting Kafka" "starting gateway" "oci2wasm is up"; do
  exec 3< <(exec oci2wasm up --port 0 --data data 2>&1)
  server=$! line=
  started+=("$server")
  until [[ $line == *"$moment"* ]]; do read -r -t 300 line <&3 || fail "waited in vain for '$moment'"; done
  kill "$server"
  cat <&3 > said
  status=0
  wait "$server" || status=$?
  ! grep -E 'defect|Exception' said || fail "'$moment': found words of a failure"
  check "it ends at '$moment'" 143 "$status"
done
echo "$passed passed, 0 failed"
