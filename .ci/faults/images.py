"""Images that share layers, made from a seed: the same seed gives the same digests."""
import dataclasses
import gzip
import hashlib
import io
import json
import random
import sys
import pathlib
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from make_images import CONFIG, INDEX, LAYER, MANIFEST  # noqa: E402

LARGE_LAYER = 5_600_000  # over one part of the store's uploads, as the scripts configure them


@dataclasses.dataclass(frozen=True)
class Blob:
    media_type: str
    content: bytes

    @property
    def digest(self):
        return "sha256:" + hashlib.sha256(self.content).hexdigest()

    @property
    def descriptor(self):
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.content)}


@dataclasses.dataclass(frozen=True)
class Image:
    """`manifest` is what is tagged; `children` are an index' manifests, pushed before it."""
    name: str
    manifest: Blob
    children: tuple
    blobs: tuple

    @property
    def manifests(self):
        return (*self.children, self.manifest)


def document(media_type, content):
    return Blob(media_type, json.dumps(content, sort_keys=True).encode())


class Layers:
    """Made as they are asked for, each name once."""

    def __init__(self, seed):
        self.seed = seed
        self.made = {}

    def layer(self, name, size):
        if name not in self.made:
            chance = random.Random(f"{self.seed}/{name}")
            tar = io.BytesIO()
            with tarfile.open(fileobj=tar, mode="w") as archive:
                for number in range(3):
                    content = chance.randbytes(size // 3)
                    entry = tarfile.TarInfo(f"{name}/file{number}")
                    entry.size = len(content)
                    archive.addfile(entry, io.BytesIO(content))
            diff_id = "sha256:" + hashlib.sha256(tar.getvalue()).hexdigest()
            self.made[name] = (diff_id, Blob(LAYER, gzip.compress(tar.getvalue(), 1, mtime=0)))
        return self.made[name]


def platform_image(layers, architecture="riscv64"):
    """The manifest of an image of `layers`, and its blobs."""
    config = document(CONFIG, {"os": "linux", "architecture": architecture, "config": {"Cmd": ["/bin/sh"]},
                               "rootfs": {"type": "layers", "diff_ids": [diff_id for diff_id, _ in layers]}})
    blobs = [blob for _, blob in layers]
    manifest = document(MANIFEST, {"schemaVersion": 2, "mediaType": MANIFEST, "config": config.descriptor,
                                   "layers": [blob.descriptor for blob in blobs]})
    return manifest, (config, *blobs)


def index_of(image, other):
    def child(blob, architecture):
        return {**blob.descriptor, "platform": {"os": "linux", "architecture": architecture}}
    return document(INDEX, {"schemaVersion": 2, "mediaType": INDEX,
                            "manifests": [child(image, "riscv64"), child(other, "s390x")]})


def make_images(count, seed):
    """`count` images on three bases, one of them large; most have a layer that others have too, and all one of their own. Every
    fifth is an index with a platform that no engine runs."""
    chance = random.Random(seed)
    layers = Layers(seed)
    bases = [layers.layer("base-large", LARGE_LAYER), layers.layer("base-a", 300_000), layers.layer("base-b", 30_000)]
    middle = [layers.layer(f"middle-{number}", 60_000) for number in range(max(2, count // 4))]
    images = []
    for number in range(count):
        own = layers.layer(f"own-{number}", 20_000)
        manifest, blobs = platform_image([chance.choice(bases), *chance.sample(middle, chance.randrange(3)), own])
        if number % 5 == 4:
            other, other_blobs = platform_image([own], "s390x")
            images.append(Image(f"img-{number}", index_of(manifest, other), (manifest, other), (*blobs, *other_blobs)))
        else:
            images.append(Image(f"img-{number}", manifest, (), blobs))
    return images
