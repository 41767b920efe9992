#!/usr/bin/env bash
# Installs what packages.txt names. A machine may have another vendor's package of the same program, over which Debian's does not
# unpack: what cannot be installed is named, and whether it is missed is for the checks that use it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends "$@" > /dev/null < /dev/null; }
apt-get update -qq
mapfile -t packages < <(grep -vE '^(#|$)' packages.txt)
install "${packages[@]}" && exit
echo "not all at once: one by one"
for package in "${packages[@]}"; do
  install "$package" || echo "NOT INSTALLED: $package"
done
