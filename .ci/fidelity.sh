#!/usr/bin/env bash
# Does a bundle behave as its image does? A Debian image with awkward layers goes through the pipeline (skopeo push,
# download from the API), then every command of fidelity.py runs in qemu-user and in the bundle, in each runtime named
# (default: node). Usage: fidelity.sh [OPTION…] [DEBIAN_ROOTFS.tar] [node|wasmtime|jvm|browser]…
#   --only REGEX   only the commands whose name has this in it
#   --interpreted  translated against interpreted, with --deterministic, in place of qemu-user
#   --trained      a bundle that these commands have trained; no runtime installs translations of its own
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"
table=("$root/.ci/fidelity.py") trained=
while [[ ${1:-} = --* ]]; do
  case $1 in
    --only) table+=(--only "$2"); shift 2 ;;
    --interpreted) table+=(--interpreted); shift ;;
    --trained) trained=yes mailbox="--translate off" table+=(--trained); shift ;;
    *) fail "option $1: expected --only, --interpreted or --trained" ;;
  esac
done
tar=${1:-$scratch/debian.tar}
shift || true
[ -s "$tar" ] || bootstrap_debian "$tar" || { echo "SKIPPED: the mirror serves no consistent riscv64 suite today"; exit 0; }
needs_binfmt
start_pipeline

say "an image of four layers"
python3 "$root/.ci/make_layers.py" "$scratch/layers"
debian_image "$scratch/image" "$tar" "$scratch"/layers/layer?.tar
umoci unpack --image "$scratch/image:debian" "$scratch/unpacked"
push "oci:$scratch/image:debian" "docker://$registry/ci/debian:1"
await 120 "ci/debian to settle" settled ci/debian 1
bundle=$scratch/debian.wasm
download "$(built_ids ci/debian)" "$bundle"

say "the tree that umoci unpacks and the bundle's filesystem"
"$root/oci2wasm" rootfs "docker://$registry/ci/debian:1" --insecure-registry "$registry" --platform linux/riscv64 -o "$scratch/rootfs.erofs"
mkdir "$scratch/mounted"
mount -t erofs -o loop,ro "$scratch/rootfs.erofs" "$scratch/mounted"
# umoci gives parents that no layer names the time of unpacking; we give them 0.
touch -d @0 "$scratch"/unpacked/rootfs/missing{,/parents,/parents/of}
# The root and /srv, which no layer names either.
touch -d @0 "$scratch/unpacked/rootfs/srv"
python3 "$root/.ci/compare_trees.py" "$scratch/unpacked/rootfs" "$scratch/mounted" || { umount "$scratch/mounted"; fail "the trees differ"; }
umount "$scratch/mounted"
mkfs.erofs "$scratch/reference.erofs" "$scratch/unpacked/rootfs" > /dev/null 2>&1
ratio=$(python3 -c 'import os, sys; a, b = map(os.path.getsize, sys.argv[1:]); print(f"{a / b:.4f}")' "$scratch/rootfs.erofs" "$scratch/reference.erofs")
check "size at most 1.03 x mkfs.erofs ($ratio)" yes "$(python3 -c "print('yes' if $ratio <= 1.03 else 'no')")"

if [ -n "$trained" ]; then
  say "training"
  training_of "${table[@]}" --training "$scratch/unpacked/rootfs" "$bundle"
  "$root/oci2wasm" convert "docker://$registry/ci/debian:1" --insecure-registry "$registry" --platform linux/riscv64 \
    "${training[@]}" -o "$bundle" 2> "$scratch/convert.err" || fail "converting: $(cat "$scratch/convert.err")"
  grep 'recordings of' "$scratch/convert.err"
fi

say "commands"
runners_of "${@:-node}"
"${table[@]}" "$scratch/unpacked/rootfs" "$bundle" "${runners[@]}"
