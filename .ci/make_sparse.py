#!/usr/bin/env python3
"""Writes an OCI layout with an image that is larger than its bytes: the sample's image of one architecture and a layer
with a sparse file. Usage: make_sparse.py SAMPLE_LAYOUT OUT_LAYOUT ARCHITECTURE GIB [FILLER_MB]

The layer has /big/filler (random bytes, FILLER_MB of them, or as many as it takes: a layer may be at most 200 times larger
than its blob), /big/sparse (a hole of GIB with one block at its end) and /big/zz-last, of 512 KiB. Nothing of the hole is
ever on this machine's disk."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from make_images import LAYER, Layout

EXPANSION = 150
LAST_BLOCK = b"the end of the hole\n".rjust(4096, b"\n")
LAST_FILE = os.urandom(1 << 19) + b"the end of the last file\n"


def make_tar(tar, gib, filler_mb):
    with tempfile.TemporaryDirectory(dir=tar.parent) as folder:
        big = pathlib.Path(folder) / "big"
        big.mkdir()
        with open(big / "filler", "wb") as filler:
            for _ in range(filler_mb):
                filler.write(os.urandom(1 << 20))
        with open(big / "sparse", "wb") as sparse:
            sparse.seek(gib * (1 << 30) - len(LAST_BLOCK))
            sparse.write(LAST_BLOCK)
        (big / "zz-last").write_bytes(LAST_FILE)
        # By name: the filler comes first, as its bytes are counted before the hole's.
        subprocess.run(["tar", "-C", folder, "--sparse", "--format=posix", "--sort=name", "--owner=0", "--group=0", "-cf", tar, "big"], check=True)


def main(sample, out, architecture, gib, filler_mb=None):
    shutil.copytree(sample, out)
    layout = Layout(pathlib.Path(out))
    top = pathlib.Path(out) / "index.json"
    index = layout.get(json.loads(top.read_text())["manifests"][0])
    old = next(each for each in index["manifests"] if each["platform"]["architecture"] == architecture)
    manifest = layout.get(old)
    config = layout.get(manifest["config"])
    tar = layout.blobs / "layer.tar"
    make_tar(tar, int(gib), int(filler_mb or int(gib) * 1024 // EXPANSION + 1))
    with open(tar, "rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    size = tar.stat().st_size
    tar.rename(layout.blobs / digest)
    config["rootfs"]["diff_ids"].append("sha256:" + digest)
    manifest["layers"].append({"mediaType": LAYER.removesuffix("+gzip"), "digest": "sha256:" + digest, "size": size})
    manifest["config"] = layout.put(manifest["config"]["mediaType"], config)
    new = {**layout.put(old["mediaType"], manifest), "platform": old["platform"]}
    top.write_text(json.dumps({"schemaVersion": 2, "manifests": [new]}))


main(*sys.argv[1:])
