"""layout.py FOLDER ARCHITECTURE USER TAR…: an OCI layout with the image `it`, of layers that are not compressed, so that a root of
a gigabyte costs no compression. The tars are linked, not copied, where they lie on the same file system."""
import hashlib
import json
import os
import shutil
import sys


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(folder, architecture, user, *tars):
    blobs = os.path.join(folder, "blobs", "sha256")
    os.makedirs(blobs)

    def blob(kind, value):
        data = json.dumps(value).encode()
        digest = hashlib.sha256(data).hexdigest()
        with open(os.path.join(blobs, digest), "wb") as file:
            file.write(data)
        return {"mediaType": f"application/vnd.oci.image.{kind}.v1+json", "digest": f"sha256:{digest}", "size": len(data)}

    layers = []
    for tar in tars:
        digest = digest_of(tar)
        if not os.path.exists(os.path.join(blobs, digest)):
            try:
                os.link(tar, os.path.join(blobs, digest))
            except OSError:
                shutil.copyfile(tar, os.path.join(blobs, digest))
        layers.append({"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": f"sha256:{digest}", "size": os.path.getsize(tar)})
    settings = {"Cmd": ["/bin/sh"], **({"User": user} if user else {})}
    config = blob("config", {"architecture": architecture, "os": "linux", "config": settings,
                             "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]}})
    manifest = blob("manifest", {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
                                 "layers": layers})
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "it"}
    for name, value in (("oci-layout", {"imageLayoutVersion": "1.0.0"}), ("index.json", {"schemaVersion": 2, "manifests": [manifest]})):
        with open(os.path.join(folder, name), "w") as file:
            json.dump(value, file)


main(*sys.argv[1:])
