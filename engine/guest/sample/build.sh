#!/bin/sh
# Makes the sample image, an OCI image layout with an index of two platforms: build.sh OUT-FOLDER [SCRATCH-FOLDER]
#
# With the same tools it gives the same bytes. See README.md.in for what is inside, busybox.sh for where it comes from.
set -eu

mkdir -p "$1"
layout=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C TZ=UTC
scratch=${2:-}
if [ -n "$scratch" ]; then
  mkdir -p "$scratch"
else
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
fi

digest_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# put MEDIA-TYPE FILE: moves the file among the blobs and prints its descriptor, open for more members.
put() {
  digest=$(digest_of "$2")
  printf '{"mediaType":"%s","digest":"sha256:%s","size":%s' "$1" "$digest" "$(wc -c <"$2")"
  mv "$2" "$layout/blobs/sha256/$digest"
}

# tree ARCH FOLDER: the image's files.
tree() {
  mkdir -p "$2/bin" "$2/tmp" "$2/root" "$2/home/guest" "$2/usr/share/licenses/busybox"
  cp -r "$here/rootfs/." "$2/"
  cp "$scratch/$1/busybox" "$2/bin/busybox"
  cp "$scratch/$1/busybox.LICENSE" "$2/usr/share/licenses/busybox/LICENSE"
  while read -r link; do
    mkdir -p "$2$(dirname "$link")"
    [ "$link" = /bin/busybox ] || ln -s /bin/busybox "$2$link"
  done <"$scratch/$1/busybox.links"
  chmod -R u=rwX,go=rX "$2"
  chmod 1777 "$2/tmp"
  chmod 700 "$2/root"
}

# image ARCH PLATFORM-ARCH: all blobs of one platform; prints the manifest's descriptor.
image() {
  files=$scratch/$1/tree
  rm -rf "$files"
  tree "$1" "$files"
  # A user's home belongs to the user; all else to root.
  tar -C "$files" --format=ustar --sort=name --mtime=@0 --numeric-owner --owner=0 --group=0 \
    --exclude=./home/guest -cf "$scratch/layer.tar" bin etc home root tmp usr
  tar -C "$files" --format=ustar --mtime=@0 --numeric-owner --owner=1000 --group=1000 --no-recursion \
    -rf "$scratch/layer.tar" home/guest
  diff_id=sha256:$(digest_of "$scratch/layer.tar")
  gzip -9 -n -f "$scratch/layer.tar"
  layer="$(put application/vnd.oci.image.layer.v1.tar+gzip "$scratch/layer.tar.gz")}"

  printf '{"created":"1970-01-01T00:00:00Z","architecture":"%s","os":"linux","config":{%s%s%s},"rootfs":%s}' "$2" \
    '"Env":["PATH=/usr/local/bin:/usr/bin:/bin","SAMPLE=oci2wasm"],"Cmd":["/usr/local/bin/welcome"],' \
    '"WorkingDir":"/root","Labels":{"org.opencontainers.image.title":"oci2wasm sample",' \
    '"org.opencontainers.image.licenses":"GPL-2.0-only AND LGPL-2.1-or-later AND Apache-2.0"}' \
    "{\"type\":\"layers\",\"diff_ids\":[\"$diff_id\"]}" >"$scratch/config"
  config="$(put application/vnd.oci.image.config.v1+json "$scratch/config")}"

  manifest=application/vnd.oci.image.manifest.v1+json
  printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}' $manifest "$config" "$layer" >"$scratch/manifest"
  printf '%s,"platform":{"architecture":"%s","os":"linux"}}' "$(put $manifest "$scratch/manifest")" "$2"
}

for arch in riscv64 x86_64; do
  "$here/busybox.sh" $arch "$scratch/$arch" >"$scratch/busybox.log" 2>&1 || {
    cat "$scratch/busybox.log" >&2
    exit 1
  }
done

rm -rf "$layout/blobs"
mkdir -p "$layout/blobs/sha256"
index=application/vnd.oci.image.index.v1+json
printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s,%s]}' $index "$(image riscv64 riscv64)" "$(image x86_64 amd64)" \
  >"$scratch/index"
printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s,"annotations":{"org.opencontainers.image.ref.name":"latest"}}]}' \
  $index "$(put $index "$scratch/index")" >"$layout/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
package_version() { dpkg-query -W -f '${Version}' "$1"; }
sed -e "s|VERSION|$(cat "$scratch/riscv64/busybox.version")|g" -e "s|GLIBC_CROSS|$(package_version libc6-dev-riscv64-cross)|g" \
  -e "s|GLIBC|$(package_version libc6-dev:amd64)|g" "$here/README.md.in" >"$layout/README.md"
