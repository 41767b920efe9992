#!/bin/sh
# tools.sh FOLDER: installs what makes and runs components there, unless it is there: the tools of jco without their
# dependencies' scripts, and the adapter of WASI preview 1 that jco brings.
set -eu

JCO=1.35.0
JCO_TRANSPILE=0.15.0
PREVIEW2_SHIM=0.26.1

mkdir -p "$1"
cd "$1"
versions="$JCO $JCO_TRANSPILE $PREVIEW2_SHIM"
[ "$(cat versions 2>/dev/null)" != "$versions" ] || exit 0
rm -rf node_modules package adapter.wasm
npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix . \
  "@bytecodealliance/jco-transpile@$JCO_TRANSPILE" "@bytecodealliance/preview2-shim@$PREVIEW2_SHIM"
tar -xzf "$(npm pack --silent "@bytecodealliance/jco@$JCO")" package/lib/wasi_snapshot_preview1.command.wasm
mv package/lib/wasi_snapshot_preview1.command.wasm adapter.wasm
rm -rf package ./*.tgz
echo "$versions" >versions
