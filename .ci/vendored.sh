#!/usr/bin/env bash
# The browser files of others in gateway/…/pages/run/vendor are those of their npm packages, byte by byte. Changing a version: here,
# then copy the files named and run this.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
vendor=$root/gateway/src/main/resources/io/oci2wasm/gateway/pages/run/vendor

# compare FOLDER PACKAGE@VERSION FILE…: each file as the package has it, and no other in the folder.
compare() {
  local folder=$vendor/$1 package=$2 file names=()
  shift 2
  mkdir "$scratch/package"
  (cd "$scratch" && npm pack --silent "$package" > /dev/null && tar -xzf ./*.tgz && rm ./*.tgz)
  for file; do
    cmp "$scratch/package/$file" "$folder/$(basename "$file")" || fail "$package: $file"
    names+=("$(basename "$file")")
  done
  check "files of $package" "$(printf '%s\n' "${names[@]}" | sort)" "$(ls "$folder" | sort)"
  rm -r "$scratch/package"
}

compare xterm @xterm/xterm@6.0.0 lib/xterm.mjs css/xterm.css LICENSE
compare xterm-addon-fit @xterm/addon-fit@0.11.0 lib/addon-fit.mjs LICENSE
compare browser-wasi-shim @bjorn3/browser_wasi_shim@0.4.2 dist/wasi.js dist/fd.js dist/wasi_defs.js dist/debug.js LICENSE-MIT
check "packages" 3 "$(ls "$vendor" | wc -l)"
echo "$passed passed, 0 failed"
