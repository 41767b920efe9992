#!/usr/bin/env python3
"""Writes an OCI layout whose image has a layer that is no archive. Usage: bad_image.py OUT_LAYOUT"""
import gzip
import hashlib
import json
import pathlib
import sys

layout = pathlib.Path(sys.argv[1])
blobs = layout / "blobs" / "sha256"
blobs.mkdir(parents=True)


def put(kind, content):
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(content)}


noise = b"no archive " * 100
layer = put("layer.v1.tar+gzip", gzip.compress(noise, mtime=0))
config = put("config.v1+json", json.dumps({
    "os": "linux", "architecture": "riscv64",
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(noise).hexdigest()]}}).encode())
manifest = put("manifest.v1+json", json.dumps({
    "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
    "layers": [layer]}).encode())
manifest["annotations"] = {"org.opencontainers.image.ref.name": "bad"}
(layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
(layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
