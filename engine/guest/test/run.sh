#!/bin/sh
# Runs the guest's tests: run.sh GUEST-OUT ENGINE [TEST…]
#
# GUEST-OUT is what ../build.sh made; ENGINE is the engine built natively (engine/out/engine-native), or `qemu` for QEMU's
# machine, which can be talked to in ways that need a terminal with the engine. The programs are the sample image's.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sample=$here/../../../cli/src/main/resources/sample
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The layer is by far the largest blob.
tar -xzf "$(ls -S "$sample"/blobs/sha256/* | head -n 1)" -C "$scratch" bin/busybox
GUEST_OUT=$(realpath "$1") BUSYBOX=$scratch/bin/busybox ENGINE=
[ "$2" = qemu ] || ENGINE=$(realpath "$2")
export GUEST_OUT BUSYBOX ENGINE PYTHONDONTWRITEBYTECODE=1
shift 2
python3 "$here/guest_test.py" "$@"
