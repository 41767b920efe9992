#!/usr/bin/env python3
"""Puts another engine in the built-in one's place: other_engine.py ENGINE.wasm ENGINE.json VERSION OUT_FOLDER. oci2wasm finds it
with OCI2WASM_JAVA_OPTIONS=-Xbootclasspath/a:OUT_FOLDER."""
import hashlib
import json
import pathlib
import sys


def main(module, description, version, out):
    folder = pathlib.Path(out) / "engine" / "riscv64"
    folder.mkdir(parents=True, exist_ok=True)
    content = pathlib.Path(module).read_bytes()
    # A custom section (id 0) that holds its name only: the same machine, another digest.
    name = f"version-{version}".encode()
    content += bytes((0, len(name) + 1, len(name))) + name
    about = json.loads(pathlib.Path(description).read_text())
    about.update(version=version, sha256=hashlib.sha256(content).hexdigest())
    (folder / "engine.wasm").write_bytes(content)
    (folder / "engine.json").write_text(json.dumps(about))


main(*sys.argv[1:])
