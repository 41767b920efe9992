#!/bin/sh
# Builds the guest kernel: build.sh ARCH SOURCE-TARBALL OUT-FOLDER
#
# Leaves OUT-FOLDER/kernel.img (what the emulator loads) and OUT-FOLDER/kernel.config (what it was built with).
# Two builds with the same tarball and toolchain give the same bytes, in whatever folder.
set -eu

arch=$1
tarball=$2
out=$3
here=$(cd "$(dirname "$0")" && pwd)

case $arch in
  riscv64) karch=riscv cross=riscv64-linux-gnu- target=Image image=arch/riscv/boot/Image ;;
  *) echo "kernel/build.sh: no guest kernel for architecture '$arch' (known: riscv64)" >&2; exit 2 ;;
esac

mkdir -p "$out"
out=$(cd "$out" && pwd)
src=$out/linux-source
obj=$out/linux-build

if [ ! -e "$src/.unpacked" ]; then
  rm -rf "$src"
  mkdir -p "$src"
  tar -xf "$tarball" -C "$src" --strip-components=1
  touch "$src/.unpacked"
fi

# Whatever would tell one builder from another is fixed; the date means nothing.
export KBUILD_BUILD_TIMESTAMP='2025-01-01 00:00:00 UTC' KBUILD_BUILD_USER=oci2wasm KBUILD_BUILD_HOST=oci2wasm
export KBUILD_BUILD_VERSION=1 LC_ALL=C TZ=UTC
unset KCFLAGS KAFLAGS MAKEFLAGS || true

kmake() { make -s -C "$src" O="$obj" ARCH=$karch CROSS_COMPILE=$cross "$@"; }

mkdir -p "$obj"
# What these print is of use only when an option is missing in the end, and then check-config.sh names it.
kmake tinyconfig >"$obj/config.log" 2>&1
cp "$here/common.config" "$obj/common.fragment"
cp "$here/$arch.config" "$obj/arch.fragment"
(cd "$obj" && "$src/scripts/kconfig/merge_config.sh" -m .config common.fragment arch.fragment >>config.log 2>&1)
kmake olddefconfig >>"$obj/config.log" 2>&1
"$here/check-config.sh" "$obj/.config" "$here/common.config" "$here/$arch.config"
kmake -j"$(nproc)" $target

cp "$obj/$image" "$out/kernel.img"
cp "$obj/.config" "$out/kernel.config"
