#!/bin/sh
# Builds the guest, kernel and initramfs: build.sh ARCH SOURCE-TARBALL OUT-FOLDER
#
# Leaves OUT-FOLDER/kernel.img and OUT-FOLDER/initramfs.cpio. A kernel that is there already and was made of the same
# configuration, source and toolchain is kept: it takes minutes, all else seconds.
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
  (cd "$here/kernel" && sha256sum common.config "$arch.config" build.sh check-config.sh)
  sha256sum <"$tarball"
  ${cross}gcc --version
  ${cross}ld --version
} | sha256sum | cut -d ' ' -f 1)
if [ ! -e "$out/kernel.img" ] || [ "$(cat "$out/kernel.key" 2>/dev/null)" != "$key" ]; then
  rm -f "$out/kernel.key"
  "$here/kernel/build.sh" "$arch" "$tarball" "$out"
  echo "$key" >"$out/kernel.key"
fi

make -s -C "$here/init" ARCH="$arch" OUT="$out/init"
# The archive takes over the file's time.
touch -d @0 "$out/init/init"
sed "s|INIT|$out/init/init|" "$here/initramfs.list" >"$out/initramfs.list"
"$out/linux-build/usr/gen_init_cpio" -t 0 "$out/initramfs.list" >"$out/initramfs.cpio"
