#!/bin/sh
# Builds the guest, kernel and initramfs: build.sh ARCH SOURCE-TARBALL OUT-FOLDER
#
# Leaves OUT-FOLDER/kernel.img, OUT-FOLDER/initramfs.cpio and OUT-FOLDER/kernel.key, the digest of all that the kernel
# is made of: configuration, source and toolchain. A kernel that is there already and has the same key is kept: it takes
# minutes, all else seconds.
set -eu

arch=$1
tarball=$2
mkdir -p "$3"
out=$(cd "$3" && pwd)
here=$(cd "$(dirname "$0")" && pwd)

case $arch in
  riscv64) cross=riscv64-linux-gnu- ;;
  x86_64) cross=x86_64-linux-gnu- ;;
  *) echo "guest/build.sh: no guest for architecture '$arch' (known: riscv64, x86_64)" >&2; exit 2 ;;
esac

key=$({
  (cd "$here/kernel" && sha256sum common.config "$arch.config" build.sh check-config.sh sparse_elf.py)
  sha256sum <"$tarball"
  ${cross}gcc --version
  ${cross}ld --version
} | sha256sum | cut -d ' ' -f 1)
if [ ! -e "$out/kernel.img" ] || [ "$(cat "$out/kernel.key" 2>/dev/null)" != "$key" ]; then
  rm -f "$out/kernel.key"
  "$here/kernel/build.sh" "$arch" "$tarball" "$out"
  echo "$key" >"$out/kernel.key"
fi

# The kernel's own program for such archives; where the kernel was taken from elsewhere, it is built alone.
archiver=$out/linux-build/usr/gen_init_cpio
if [ ! -e "$archiver" ]; then
  archiver=$out/gen_init_cpio
  tar -xf "$tarball" -C "$out" --wildcards --strip-components=2 '*/usr/gen_init_cpio.c'
  gcc -O2 -o "$archiver" "$archiver.c"
fi

make -s -C "$here/init" ARCH="$arch" OUT="$out/init"
# The archive takes over the file's time.
touch -d @0 "$out/init/init"
sed "s|INIT|$out/init/init|" "$here/initramfs.list" >"$out/initramfs.list"
"$archiver" -t 0 "$out/initramfs.list" >"$out/initramfs.cpio"
