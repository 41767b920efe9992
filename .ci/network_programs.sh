#!/usr/bin/env bash
# Real programs over a container's network: nginx, redis, PostgreSQL, sshd, curl, Python, pip, git, ssh, dig and nc of Debian,
# against this machine's clients and servers. All of it in a network of its own, with loopback alone. It is slow, so .ci/run
# leaves it out. Usage: network_programs.sh [OPTION…] [node|jvm|runtime-node|runtime-wasmtime|component]…
#   --platform amd64|riscv64   default amd64
#   --only "PART…"             web, slow (needs web), redis, datagrams, names, inside, records, lease, web_clients, pip, git, shells,
#                              database, ends, taken_port
#   --megabytes N              the size of large files, default 100; in the JVM 5
# PROGRAMS_ROOT=FOLDER keeps the image and its bundle.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
platform=amd64 only= large=
while [[ ${1:-} = --* ]]; do
  case $1 in
    --platform) platform=$2 ;;
    --only) only=$2 ;;
    --megabytes) large=$2 ;;
    *) fail "option $1: expected one of those at the head of $0" ;;
  esac
  shift 2
done
case $platform in
  amd64) suites=bookworm engine=x86_64 ;;
  riscv64) suites="forky trixie" engine=riscv64 ;;
  *) fail "platform $platform: expected amd64 or riscv64" ;;
esac
[ "$(id -u)" = 0 ] || fail "this needs root, for a network of its own"
for program in curl:curl git:git ip:iproute2 mmdebstrap:mmdebstrap openssl:openssl psql:postgresql-client ssh:openssh-client \
  sshd:openssh-server; do
  command -v "${program%:*}" > /dev/null || fail "found no ${program%:*}: apt-get install ${program#*:}"
done
kept=${PROGRAMS_ROOT:-$scratch}/$platform-programs
mkdir -p "$(dirname "$kept")"

packages=nginx-light,curl,ca-certificates,python3-requests,python3-pip,git,redis-server,redis-tools,openssh-server,openssh-client
packages+=,postgresql,netcat-openbsd,bind9-dnsutils,bind9-host,isc-dhcp-client,udhcpc
# root_of SUITE: documentation is left out, as Debian's own container images do. Packages of riscv64 are unpacked only.
root_of() {
  local path how=(--variant=minbase --dpkgopt=force-unsafe-io)
  if [ "$platform" = riscv64 ]; then
    how=(--variant=extract --include='?essential' --include=apt,passwd,base-passwd,debianutils
      --extract-hook="sh '$root/.ci/fidelity/unconfigured.sh' \"\$1\"")
  fi
  for path in '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*'; do
    how+=("--dpkgopt=path-exclude=$path")
  done
  mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --arch="$platform" "${how[@]}" --include="$packages" "$1" \
    "$kept.part.tar"
}
if [ ! -s "$kept.tar" ]; then
  say "an image of Debian's packages for $platform"
  for suite in $suites; do
    if root_of "$suite"; then
      mv "$kept.part.tar" "$kept.tar"
      break
    fi
  done
  [ -s "$kept.tar" ] || fail "no root for $platform: tried $suites"
fi
if [ "$kept.wasm" -ot "$root/converter/src/main/resources/engine/$engine/engine.wasm" ]; then
  python3 "$root/.ci/fidelity/layout.py" "$scratch/image" "$platform" "" "$kept.tar"
  "$root/oci2wasm" convert "oci:$scratch/image:it" --platform "linux/$platform" -o "$kept.wasm"
fi

echo "nameserver 127.0.0.1" > "$scratch/resolv.conf"
# shellcheck disable=SC2016 # the inner shell's words
alone='ip link set lo up; ip addr add 1.2.3.4/32 dev lo; ip addr add 169.254.169.254/32 dev lo; mount --bind "$0" /etc/resolv.conf; exec "$@"'
[ $# -gt 0 ] || set -- node runtime-wasmtime jvm component
status=0
for runtime; do
  say "$runtime"
  parts="web slow redis datagrams names inside records lease web_clients pip git shells database ends taken_port"
  tested=$kept.wasm
  megabytes=100 patience=2
  case $runtime in
    node) runner=(node --no-warnings "$root/docs/run.mjs") ;;
    jvm) runner=("$root/oci2wasm" run) megabytes=5 patience=10 ;;
    runtime-node) runner=("$root/oci2wasm" run --runtime "node --no-warnings $root/docs/run.mjs") ;;
    runtime-wasmtime)
      install_wasmtime || { echo "SKIPPED: wasmtime is not on this machine"; continue; }
      runner=("$root/oci2wasm" run --runtime "env PYTHONPATH=$scratch/wheel python3 $root/.ci/run_wasmtime.py") ;;
    component)
      tools=$root/engine/out/component-tools
      "$root/engine/host/component/tools.sh" "$tools" || { echo "SKIPPED: npm does not answer on this machine"; continue; }
      tested=$kept.component.wasm
      [ "$tested" -nt "$kept.wasm" ] || "$root/oci2wasm" component "$kept.wasm" -o "$tested"
      # A component has no option --dns, and asks nobody for other records than addresses.
      runner=(node --no-warnings "$root/.ci/network/run_jco.mjs" "$tools") parts=${parts/ records/} ;;
    *) fail "runtime $runtime: expected node, jvm, runtime-node, runtime-wasmtime or component" ;;
  esac
  unshare --net --mount sh -c "$alone" "$scratch/resolv.conf" \
    python3 "$root/.ci/network/programs.py" "${only:-$parts}" "${large:-$megabytes}" "$patience" "$tested" "${runner[@]}" ||
    status=1
done
exit $status
