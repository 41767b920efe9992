#!/usr/bin/env python3
"""Makes the data file of a split bundle as large as what is in it: sparse_data.py APP.WASM OUT_FOLDER

Frames of zeros become frames that are stored as they are, which are holes in the new file. So hosts have to read beyond
4 GiB, and no disk has to hold that much. The frame table keeps its length: only its entries change, and the size that the
description names."""
import json
import pathlib
import struct
import sys

FRAME = 131072
AS_IT_IS = 1 << 31
MAGIC = b"OCI2WASM"
HEADER, SPLIT, NAME_AT, END = 48, 296, 40, 40
DESCRIPTION = b"oci2wasm.bundle"


def main(module_path, out):
    module_path = pathlib.Path(module_path)
    module = bytearray(module_path.read_bytes())
    at = next(at for at in headers(module))
    frames_size, _, count = struct.unpack_from("<QII", module, at + 32)
    here, = struct.unpack_from("<Q", module, at + HEADER)
    name = module[at + HEADER + NAME_AT:at + HEADER + SPLIT].rstrip(b"\0").decode()
    table = list(struct.unpack_from(f"<{count}I", module, at + HEADER + SPLIT))
    out = pathlib.Path(out)
    with open(module_path.parent / name, "rb") as old, open(out / name, "wb") as new:
        stored = 0
        for i, entry in enumerate(table):
            size = entry & ~AS_IT_IS
            stored += size
            if stored <= here:
                continue
            frame = old.read(size)
            if is_zeros(entry, frame):
                table[i] = AS_IT_IS | FRAME
                new.seek(FRAME, 1)
            else:
                new.write(frame)
        frames_size = here + new.tell()
        new.write(old.read(END))
        data_size = new.tell()
    struct.pack_into("<Q", module, at + 32, frames_size)
    struct.pack_into(f"<{count}I", module, at + HEADER + SPLIT, *table)
    (out / module_path.name).write_bytes(described(module, data_size))


def headers(module):
    """Where a payload header of a split bundle is. The engine has the magic, too."""
    at = module.find(MAGIC)
    while at >= 0:
        if module[at + 8:at + 12] == b"\3\0\0\0":
            yield at
        at = module.find(MAGIC, at + 1)


def described(module, data_size):
    """The module with this size of the data file in its description, which is a custom section (id 0) with JSON."""
    at = 8
    while at < len(module):
        length, begin = number(module, at + 1)
        end = begin + length
        name_length, name_at = number(module, begin)
        if module[at] == 0 and module[name_at:name_at + name_length] == DESCRIPTION:
            about = json.loads(module[name_at + name_length:end])
            about["data"]["size"] = data_size
            content = leb128(name_length) + DESCRIPTION + json.dumps(about).encode()
            return module[:at] + b"\0" + leb128(len(content)) + content + module[end:]
        at = end
    raise SystemExit(f"sparse_data.py: found no section {DESCRIPTION.decode()}")


def number(module, at):
    """An unsigned LEB128 number, and what follows it."""
    value = shift = 0
    while True:
        byte = module[at]
        value |= (byte & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def leb128(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes((*out, value))


def is_zeros(entry, frame):
    """zstd makes some 20 bytes of a frame of zeros: one block, which repeats one byte (RFC 8878)."""
    return not entry & AS_IT_IS and len(frame) < 32 and frame[:4] == b"\x28\xb5\x2f\xfd"


main(*sys.argv[1:])
