#!/bin/sh
# Runs the guest in QEMU: run.sh GUEST-OUT BUSYBOX [TEST…]
#
# GUEST-OUT is what ../build.sh made, BUSYBOX a static busybox for the guest with its .links beside it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
GUEST_OUT=$(realpath "$1") BUSYBOX=$(realpath "$2")
export GUEST_OUT BUSYBOX PYTHONDONTWRITEBYTECODE=1
shift 2
exec python3 "$here/guest_test.py" "$@"
