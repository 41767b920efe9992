#!/bin/sh
# Builds an engine, the whole machine of one architecture as one module, and puts it where the converter finds it.
#
#   engine/build.sh ARCH           converter/src/main/resources/engine/ARCH/: engine.wasm and engine.json, and for
#                                  components engine-component.wasm, component.prefix and component.suffix
#   engine/build.sh --sources ARCH says whether the engine there is of the sources here, at once
#   engine/build.sh --check ARCH   builds in a temporary folder, compares with what is there, and changes nothing of it;
#                                  kernel.img and initramfs.cpio are left in engine/out/ARCH/check, for tests to boot
#   engine/build.sh --check --kept-kernel ARCH
#                                  the same in a minute: the kernel is taken out of the engine that is there, if it is
#                                  made of the same configuration, source and toolchain as here
#
# The check fails when the sources have changed since the engine was built, or when the same sources and tools give
# other bytes. With other tools than those that engine.json records, it reports the drift and succeeds.
# What must be installed is listed in .ci/packages.txt.
set -eu

VERSION=0.1.0
KERNEL_PACKAGE=linux-source-6.12
KERNEL_TARBALL=/usr/src/$KERNEL_PACKAGE.tar.xz

usage() {
  echo "usage: engine/build.sh [--sources | --check [--kept-kernel]] ARCH   (riscv64, x86_64)" >&2
  exit 2
}

action=build
kept_kernel=false
if [ "${1:-}" = --sources ]; then
  action=sources
  shift
elif [ "${1:-}" = --check ]; then
  action=check
  shift
  if [ "${1:-}" = --kept-kernel ]; then
    kept_kernel=true
    shift
  fi
fi
[ $# -eq 1 ] || usage
arch=$1
case $arch in
  riscv64) cross=riscv64-linux-gnu- platform=linux/riscv64 ;;
  x86_64) cross=x86_64-linux-gnu- platform=linux/amd64 ;;
  *) usage ;;
esac

engine=$(cd "$(dirname "$0")" && pwd)
tools=$engine/out/component-tools
resources=$engine/../converter/src/main/resources/engine/$arch
export LC_ALL=C

[ -e "$KERNEL_TARBALL" ] || {
  echo "engine/build.sh: no kernel source at $KERNEL_TARBALL; install the package $KERNEL_PACKAGE" >&2
  exit 1
}

package_version() { dpkg-query -W -f '${Version}' "$1"; }
first_line() { "$@" | head -n 1; }

# Everything that goes in, by name and content; not what only tests or describes it.
source_sha256() {
  (cd "$engine" && find build.sh Makefile wasm.mk zstd cpu/"$arch" memory translate device net machine host/*.h host/stream host/wasi host/component \
    guest/build.sh guest/kernel_of_engine.py guest/initramfs.list guest/init guest/kernel -type f ! -name '*.md' | sort | xargs sha256sum) |
    sha256sum | cut -d ' ' -f 1
}

check_sources() {
  grep -qF "\"sourceSha256\": \"$(source_sha256)\"" "$resources/engine.json" || {
    echo "engine/build.sh: the sources have changed since $arch/engine.wasm was built: run engine/build.sh $arch" >&2
    exit 1
  }
}

if [ $action = sources ]; then
  check_sources
  echo "engine/build.sh: $arch/engine.wasm is of these sources"
  exit
fi

# The tools and libraries that decide about the bytes, one JSON member a line.
toolchain() {
  cat <<JSON
    "clang": "$(first_line clang-19 --version)",
    "lld": "$(first_line wasm-ld-19 --version)",
    "gcc": "$(first_line ${cross}gcc --version)",
    "binutils": "$(first_line ${cross}ld --version)",
    "wasiLibc": "$(package_version wasi-libc)",
    "compilerRt": "$(package_version libclang-rt-19-dev-wasm32)",
    "zstd": "$(package_version zstd)",
    "jco": "$jco"
JSON
}

sha256() { sha256sum "$1" | cut -d ' ' -f 1; }

# describe OUT-FOLDER: engine.json for what is in it.
describe() {
  kernel_version=$(package_version $KERNEL_PACKAGE)
  cat <<JSON
{
  "arch": "$arch",
  "platform": "$platform",
  "version": "$VERSION",
  "sha256": "$(sha256 "$1/engine.wasm")",
  "sourceSha256": "$(source_sha256)",
  "component": {
    "sha256": "$(sha256 "$1/engine-component.wasm")",
    "prefixSha256": "$(sha256 "$1/component.prefix")",
    "suffixSha256": "$(sha256 "$1/component.suffix")",
    "components": [
      {
        "name": "WASI preview 1 adapter",
        "version": "jco ${jco%% *}",
        "licence": "Apache-2.0 WITH LLVM-exception",
        "source": "npm package @bytecodealliance/jco"
      }
    ]
  },
  "kernel": {
    "version": "${kernel_version%-*}",
    "sourcePackage": "$KERNEL_PACKAGE",
    "sourceVersion": "$kernel_version",
    "key": "$(cat "$1/guest/kernel.key")",
    "sha256": "$(sha256 "$1/guest/kernel.img")",
    "bytes": $(wc -c <"$1/guest/kernel.img")
  },
  "toolchain": {
$(toolchain)
  },
  "components": [
    {
      "name": "oci2wasm engine",
      "version": "$VERSION",
      "licence": "Apache-2.0",
      "source": "engine/ of oci2wasm"
    },
    {
      "name": "Linux",
      "version": "$kernel_version",
      "licence": "GPL-2.0-only WITH Linux-syscall-note",
      "source": "Debian package $KERNEL_PACKAGE $kernel_version; configuration and build scripts in engine/guest/kernel of oci2wasm"
    },
    {
      "name": "wasi-libc",
      "version": "$(package_version wasi-libc)",
      "licence": "Apache-2.0 WITH LLVM-exception AND Apache-2.0 AND MIT",
      "source": "Debian source package wasi-libc $(package_version wasi-libc)"
    },
    {
      "name": "compiler-rt",
      "version": "$(package_version libclang-rt-19-dev-wasm32)",
      "licence": "Apache-2.0 WITH LLVM-exception",
      "source": "Debian source package llvm-toolchain-19 $(package_version libclang-rt-19-dev-wasm32)"
    },
    {
      "name": "zstd decoder",
      "version": "$(sed -n 's/^VERSION=//p' "$engine/zstd/update.sh")",
      "licence": "BSD-3-Clause",
      "source": "Debian source package libzstd; engine/zstd of oci2wasm"
    }
  ]
}
JSON
}

# A check without npm takes the two pieces of components as they are.
wraps=true
if "$engine/host/component/tools.sh" "$tools"; then
  jco=$(cat "$tools/versions")
elif [ $action = check ]; then
  echo "engine/build.sh: NOT COMPARED: component.prefix and component.suffix, which need npm" >&2
  wraps=false
  jco=$(sed -n 's/.*"jco": "\(.*\)".*/\1/p' "$resources/engine.json")
else
  exit 1
fi

# What is made, beside engine.json.
FILES="engine.wasm engine-component.wasm component.prefix component.suffix"

# build ENGINE-FOLDER OUT-FOLDER: FILES in OUT-FOLDER from the sources in ENGINE-FOLDER.
build() {
  "$1/guest/build.sh" "$arch" "$KERNEL_TARBALL" "$2/guest"
  make -s -C "$1" wasm component ARCH="$arch" KERNEL="$2/guest/kernel.img" INITRAMFS="$2/guest/initramfs.cpio" \
    OUT="$2/engine.wasm" COMPONENT_OUT="$2/engine-component.wasm"
  if $wraps; then
    node "$1/host/component/wrap.mjs" "$tools" "$2/engine-component.wasm" "$2"
  else
    cp "$resources/component.prefix" "$resources/component.suffix" "$2/"
  fi
}

# recorded: the part of an engine.json that says what it was built with.
recorded() { sed -n '/"kernel": {/,/"components"/p' "$1"; }

if [ $action = build ]; then
  out=$engine/out/$arch
  mkdir -p "$out" "$resources"
  build "$engine" "$out"
  describe "$out" >"$out/engine.json"
  for file in $FILES engine.json; do cp "$out/$file" "$resources/"; done
  echo "engine/build.sh: $(wc -c <"$resources/engine.wasm") bytes, sha256 $(sha256sum <"$resources/engine.wasm" | cut -d ' ' -f 1)"
  exit
fi

for file in $FILES engine.json; do
  [ -e "$resources/$file" ] || { echo "engine/build.sh: nothing to compare with: no $resources/$file" >&2; exit 1; }
done
check_sources

# Built from a copy elsewhere, so that a path in the output cannot go unnoticed.
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
mkdir "$temporary/engine" "$temporary/out"
tar -C "$engine" --exclude=./out -cf - . | tar -C "$temporary/engine" -xf -
if $kept_kernel; then
  mkdir "$temporary/out/guest"
  sed -n 's/^    "key": "\(.*\)",$/\1/p' "$resources/engine.json" >"$temporary/out/guest/kernel.key"
  python3 "$engine/guest/kernel_of_engine.py" "$resources/engine.wasm" "$resources/engine.json" "$temporary/out/guest/kernel.img"
fi
build "$temporary/engine" "$temporary/out"
describe "$temporary/out" >"$temporary/out/engine.json"
mkdir -p "$engine/out/$arch/check"
cp "$temporary/out/guest/kernel.img" "$temporary/out/guest/initramfs.cpio" "$engine/out/$arch/check/"

differs=
for file in $FILES engine.json; do cmp -s "$temporary/out/$file" "$resources/$file" || differs="$differs $file"; done
if [ -z "$differs" ]; then
  echo "engine/build.sh: $arch/: $FILES are what the sources give, bit for bit"
  exit
fi
recorded "$resources/engine.json" >"$temporary/there"
recorded "$temporary/out/engine.json" >"$temporary/here"
if cmp -s "$temporary/there" "$temporary/here"; then
  echo "engine/build.sh: the same sources and tools give others in $arch/:$differs" >&2
  for file in $differs; do sha256sum "$resources/$file" "$temporary/out/$file" >&2; done
  diff "$resources/engine.json" "$temporary/out/engine.json" >&2 || true
  exit 1
fi
echo "engine/build.sh: not compared bit for bit: the tools differ from those of $arch/engine.wasm (<) here (>):"
diff "$temporary/there" "$temporary/here" || true
