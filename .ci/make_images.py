#!/usr/bin/env python3
"""Writes an OCI layout with an index as buildkit pushes it: the sample's image of one architecture (riscv64), an image of
another platform, and an attestation for each. Usage: make_images.py SAMPLE_LAYOUT OUT_LAYOUT [ARCHITECTURE]"""
import gzip
import hashlib
import io
import json
import pathlib
import shutil
import sys
import tarfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


class Layout:
    def __init__(self, folder):
        self.blobs = folder / "blobs" / "sha256"

    def put(self, media_type, content):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        digest = hashlib.sha256(content).hexdigest()
        (self.blobs / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(content)}

    def get(self, descriptor):
        return json.loads((self.blobs / descriptor["digest"].split(":")[1]).read_bytes())

    def image(self, os, architecture):
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as archive:
            entry = tarfile.TarInfo("hello")
            entry.size = 5
            archive.addfile(entry, io.BytesIO(b"hello"))
        diff_id = "sha256:" + hashlib.sha256(tar.getvalue()).hexdigest()
        config = self.put(CONFIG, {"os": os, "architecture": architecture,
                                   "rootfs": {"type": "layers", "diff_ids": [diff_id]}})
        layer = self.put(LAYER, gzip.compress(tar.getvalue(), mtime=0))
        return self.put(MANIFEST, {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]})

    def attestation(self, subject):
        config = self.put(CONFIG, {"os": "unknown", "architecture": "unknown",
                                   "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}})
        statement = self.put("application/vnd.in-toto+json",
                             {"_type": "https://in-toto.io/Statement/v0.1", "subject": subject["digest"]})
        manifest = self.put(MANIFEST, {"schemaVersion": 2, "mediaType": MANIFEST, "config": config,
                                       "layers": [statement]})
        return {**manifest, "platform": {"os": "unknown", "architecture": "unknown"},
                "annotations": {"vnd.docker.reference.type": "attestation-manifest",
                                "vnd.docker.reference.digest": subject["digest"]}}


def manifest_of(layout, descriptor, architecture):
    if descriptor["mediaType"] == MANIFEST:
        return descriptor
    for child in layout.get(descriptor)["manifests"]:
        if child.get("platform", {}).get("architecture", architecture) == architecture:
            return manifest_of(layout, child, architecture)
    raise SystemExit(f"no linux/{architecture} manifest in the sample")


def main(sample, out, architecture="riscv64"):
    shutil.copytree(sample, out)
    layout = Layout(out)
    top = json.loads((out / "index.json").read_text())["manifests"][0]
    image = {k: v for k, v in manifest_of(layout, top, architecture).items() if k in ("mediaType", "digest", "size")}
    other = layout.image("linux", "s390x")
    index = layout.put(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        {**image, "platform": {"os": "linux", "architecture": architecture}},
        {**other, "platform": {"os": "linux", "architecture": "s390x"}},
        layout.attestation(image),
        layout.attestation(other),
    ]})
    (out / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        {**image, "annotations": {"org.opencontainers.image.ref.name": "single"}},
        {**index, "annotations": {"org.opencontainers.image.ref.name": "multi"}},
    ]}))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), *sys.argv[3:])
