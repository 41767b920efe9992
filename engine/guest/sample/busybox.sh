#!/bin/sh
# Builds the sample image's busybox: busybox.sh ARCH OUT-FOLDER gives OUT-FOLDER/busybox, static, and its licence.
#
# The source is the package of the Debian release this runs on, from the machine's own package sources.
# BUSYBOX_DSC=FILE.dsc takes a source package that is already here.
set -eu

arch=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)

case $arch in
  riscv64) cross=riscv64-linux-gnu- ;;
  x86_64) cross=x86_64-linux-gnu- ;;
  *) echo "sample/busybox.sh: unknown architecture '$arch' (known: riscv64, x86_64)" >&2; exit 2 ;;
esac

# apt with source packages switched on, without touching the machine's configuration.
fetch() {
  apt=$out/apt
  mkdir -p "$apt/sources" "$apt/lists/partial" "$apt/archives/partial"
  for file in /etc/apt/sources.list.d/*.sources; do
    sed 's/^Types: deb$/Types: deb-src/' "$file" >"$apt/sources/$(basename "$file")"
  done
  set -- -qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/sources" \
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt" -o APT::Sandbox::User=root
  apt-get "$@" update
  (cd "$apt" && apt-get "$@" source --download-only busybox)
  BUSYBOX_DSC=$(ls "$apt"/busybox_*.dsc)
}

[ -n "${BUSYBOX_DSC:-}" ] || fetch
src=$out/busybox-source
rm -rf "$src"
dpkg-source -q --extract --no-check "$BUSYBOX_DSC" "$src"

export LC_ALL=C TZ=UTC KCONFIG_NOTIMESTAMP=1 SOURCE_DATE_EPOCH=0
bmake() { make -s -C "$src" ARCH="$arch" CROSS_COMPILE=$cross SKIP_STRIP=n "$@"; }
bmake allnoconfig >/dev/null
# An option's first line counts: ours go first, what they pull in takes its default.
cat "$here/busybox.config" "$src/.config" >"$src/.config.merged"
mv "$src/.config.merged" "$src/.config"
yes '' | bmake oldconfig >/dev/null 2>&1 || true
"$here/../kernel/check-config.sh" "$src/.config" "$here/busybox.config"
bmake -j"$(nproc)" busybox busybox.links
cp "$src/busybox" "$src/busybox.links" "$out/"
cp "$src/LICENSE" "$out/busybox.LICENSE"
sed -n 's/^Version: //p' "$BUSYBOX_DSC" | head -n 1 >"$out/busybox.version"
