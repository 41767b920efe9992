#!/bin/sh
# Runs the guest's tests: run.sh ARCH GUEST-OUT ENGINE [TEST…]
#
# ARCH is riscv64 or x86_64; GUEST-OUT is what ../build.sh made; ENGINE is the engine built natively (engine/out/engine-native),
# or, for riscv64, `qemu` for QEMU's machine, which can be talked to in ways that need a terminal with the engine. The
# programs are the sample image's, probe*.c and, for x86_64, probe_32.c.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sample=$here/../../../cli/src/main/resources/sample
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

case $1 in
  riscv64) architecture=riscv64 ;;
  x86_64) architecture=amd64 ;;
  *) echo "guest/test/run.sh: unknown architecture '$1' (known: riscv64, x86_64)" >&2; exit 2 ;;
esac
# blob FILE FILTER: the blob whose digest the filter finds in an OCI document.
blob() { echo "$sample/blobs/$(jq -r --arg architecture "$architecture" "$2" "$1" | tr : /)"; }
index=$(blob "$sample/index.json" '.manifests[0].digest')
manifest=$(blob "$index" '.manifests[] | select(.platform.architecture == $architecture).digest')
tar -xzf "$(blob "$manifest" '.layers[0].digest')" -C "$scratch" bin/busybox
"$1-linux-gnu-gcc" -O1 -Wall -Wextra -Werror -static -o "$scratch/probe" \
  "$here/probe.c" "$here/probe_kernel.c" "$here/probe_files.c" "$here/probe_network.c"
PROBE_32=
if [ "$1" = x86_64 ]; then
  PROBE_32=$scratch/probe_32
  "$1-linux-gnu-gcc" -m32 -O1 -Wall -Wextra -Werror -ffreestanding -fno-pic -no-pie \
    -fno-stack-protector -nostdlib -static -o "$PROBE_32" "$here/probe_32.c"
fi
GUEST_OUT=$(realpath "$2") PROBE=$scratch/probe ARCHITECTURE=$1 BUSYBOX=$scratch/bin/busybox ENGINE=
[ "$3" = qemu ] || ENGINE=$(realpath "$3")
export GUEST_OUT PROBE PROBE_32 ARCHITECTURE BUSYBOX ENGINE PYTHONDONTWRITEBYTECODE=1
shift 3
python3 "$here/guest_test.py" "$@"
