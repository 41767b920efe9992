#!/bin/sh
# Makes zstddeclib.c, zstd's decoder in one file, of Debian's source package of libzstd by zstd's own script:
#
#   engine/zstd/update.sh           writes engine/zstd/zstddeclib.c
#   engine/zstd/update.sh --check   compares with it, and changes nothing
#
# It needs dpkg-dev, python3, and a deb-src entry of bookworm in apt's sources. Nothing else of the build needs them:
# the file is committed. Another version: change the three values, run it, and put the new digest into README.md.
set -eu

PACKAGE=libzstd
VERSION=1.5.4+dfsg2-5
SOURCE_SHA256=8cf4bbb65e77ec348d052c8d6230eba66d435bddf64c8b5be2fcb16880c19953 # libzstd_1.5.4+dfsg2.orig.tar.xz

here=$(cd "$(dirname "$0")" && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
chmod 755 "$temporary"
cd "$temporary"
apt-get source --download-only -q "$PACKAGE=$VERSION"
echo "$SOURCE_SHA256  ${PACKAGE}_${VERSION%-*}.orig.tar.xz" | sha256sum -c -
mkdir source
tar -xf "${PACKAGE}_${VERSION%-*}.orig.tar.xz" -C source --strip-components=1
cd source/build/single_file_libs
# As create_single_file_decoder.sh there does. None of Debian's patches is for lib/common or lib/decompress.
python3 combine.py -r ../../lib -x legacy/zstd_legacy.h -o "$temporary/zstddeclib.c" zstddeclib-in.c
if [ "${1:-}" = --check ]; then
  cmp "$temporary/zstddeclib.c" "$here/zstddeclib.c"
  cmp "$temporary/source/LICENSE" "$here/LICENSE"
else
  cp "$temporary/zstddeclib.c" "$temporary/source/LICENSE" "$here/"
fi
