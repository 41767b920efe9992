#!/usr/bin/env python3
"""kernel_of_engine.py ENGINE.wasm ENGINE.json KERNEL.img: the kernel that is in an engine, as it was built.

wasm.mk puts a kernel into an engine in two pieces, the second one packed. Where they lie is not written down: a packed
piece begins with zstd's magic number, at an address that is a multiple of 16, and engine.json has the kernel's digest.
"""
import hashlib
import json
import subprocess
import sys

MAGIC = bytes.fromhex("28b52ffd")


def unpacked(frame):
    # What comes behind the frame is an error to zstd, but only after it has written the frame's content.
    return subprocess.run(["zstd", "-dcq"], input=frame, capture_output=True, check=False).stdout


def kernels(engine, size):
    at = engine.find(MAGIC)
    while at >= 0:
        end = unpacked(engine[at:])
        plain = size - len(end)
        # One byte is between both, and what the alignment needs.
        for start in range(at - 1 - plain - 15, at - plain):
            if end and 0 <= start and 0 <= plain:
                yield engine[start : start + plain] + end
        at = engine.find(MAGIC, at + 1)


def main(engine_file, description_file, out):
    with open(engine_file, "rb") as file:
        engine = file.read()
    with open(description_file, encoding="utf-8") as file:
        kernel = json.load(file)["kernel"]
    for found in kernels(engine, kernel["bytes"]):
        if hashlib.sha256(found).hexdigest() == kernel["sha256"]:
            with open(out, "wb") as file:
                file.write(found)
            return
    sys.exit(f"{engine_file}: found no kernel of sha256 {kernel['sha256']}, which {description_file} names")


if __name__ == "__main__":
    main(*sys.argv[1:])
