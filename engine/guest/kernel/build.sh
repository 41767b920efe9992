#!/bin/sh
# Builds the guest kernel: build.sh ARCH SOURCE-TARBALL OUT-FOLDER
#
# Leaves OUT-FOLDER/kernel.img (what the emulator loads) and OUT-FOLDER/kernel.config (what it was built with). The
# source is changed in three places, which `believe_the_server` names.
# Two builds with the same tarball and toolchain give the same bytes, in whatever folder.
set -eu

arch=$1
tarball=$2
out=$3
here=$(cd "$(dirname "$0")" && pwd)

case $arch in
  riscv64) karch=riscv cross=riscv64-linux-gnu- target=Image image=arch/riscv/boot/Image ;;
  x86_64) karch=x86_64 cross=x86_64-linux-gnu- target=vmlinux image=vmlinux ;;
  *) echo "kernel/build.sh: no guest kernel for architecture '$arch' (known: riscv64, x86_64)" >&2; exit 2 ;;
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

# change FILE OLD NEW: replaces a text that must be there, unless it was replaced before.
change() {
  grep -qF -- "$3" "$src/$1" && return
  grep -qF -- "$2" "$src/$1" || { echo "kernel/build.sh: $1 of the source has no '$2' to change" >&2; exit 1; }
  sed -i "s/$2/$3/" "$src/$1"
}

# The host and other shares write to a shared file too, so that the server alone knows where it ends. But since 6.4 the
# client of 9p takes O_APPEND from a file opened for writing only, and since 6.12 it asks for ever for what
# lies beyond the end of a file that it took for longer.
believe_the_server() {
  change fs/9p/vfs_file.c 'o_append = P9_DOTL_APPEND;' 'o_append = 0;'
  change fs/9p/vfs_inode_dotl.c '~(P9_OWRITE | P9_DOTL_APPEND)' '~P9_OWRITE'
  change fs/9p/vfs_addr.c 'if (pos + total >= ' 'if (rreq->origin == NETFS_DIO_READ || pos + total >= '
}
believe_the_server

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

if [ "$arch" = x86_64 ]; then
  # The emulator loads the ELF segments: nothing to unpack in the guest.
  python3 "$here/sparse_elf.py" "$obj/$image" "$out/kernel.img"
else
  cp "$obj/$image" "$out/kernel.img"
fi
cp "$obj/.config" "$out/kernel.config"
