# A Docker engine, started here where none runs, and root filesystems for images that are made on the spot: nothing is
# pulled. For the scripts that source this.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

start_engine() {
  docker info > /dev/null 2>&1 && return
  export DOCKER_HOST=unix://$scratch/docker.sock
  dockerd --data-root "$scratch/docker" --exec-root "$scratch/docker-exec" -H "$DOCKER_HOST" --pidfile "$scratch/docker.pid" \
    > "$scratch/dockerd.log" 2>&1 & started+=($!)
  await 60 "a Docker engine" docker info
}

# java_root FOLDER: a root filesystem that holds this machine's Java runtime at the same place, and nothing else.
java_root() {
  local home libraries
  home=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
  libraries=$(find "$home" -type f \( -name java -o -name '*.so' \) -exec ldd {} + 2>/dev/null | grep -oE '/(usr/)?lib[^ ]+' | sort -u)
  # What zstd's library in its jar wants, besides.
  libraries+=" $(ldconfig -p | sed -n 's/.*=> \(.*\/libpthread\.so\.0\)$/\1/p' | head -n 1)"
  mkdir -p "$1/tmp" "$1/opt/oci2wasm" "$1$(dirname "$home")"
  cp -a "$home" "$1$home"
  rm -rf "$1$home"/{jmods,lib/src.zip,include,man}
  # shellcheck disable=SC2086 # a list of files
  cp -L --parents $libraries "$1" 2>/dev/null || true
  cp -rL --parents /etc/java* "$1"
  ln -s "$home/bin/java" "$1/java"
}
