#!/usr/bin/env python3
"""Leaves out of an ELF-64 executable what its loader need not be told: sparse_elf.py INPUT OUTPUT

Each loadable segment is cut where whole pages hold nothing but zeros, or nothing but int3 (padding that is never executed, up
to 2 MiB at a time in an x86-64 kernel). What is cut out is zero in memory. Sections are dropped; file offsets are not aligned.
"""
import struct
import sys

PAGE = 4096
EMPTY = (b"\0" * PAGE, b"\xcc" * PAGE)
LOAD = 1


def pieces(data, address):
    """Runs of pages that hold something, as (address, bytes)."""
    start = None
    for at in range(0, len(data) + PAGE, PAGE):
        page = data[at:at + PAGE]
        something = len(page) > 0 and page not in EMPTY and any(page)
        if something and start is None:
            start = at
        elif not something and start is not None:
            yield address + start, data[start:at]
            start = None


def main(source, target):
    elf = open(source, "rb").read()
    entry, table = struct.unpack_from("<QQ", elf, 24)
    count = struct.unpack_from("<H", elf, 56)[0]
    loads = []
    for i in range(count):
        kind, flags, offset, _, physical, file_size, memory_size, _ = struct.unpack_from("<IIQQQQQQ", elf, table + i * 56)
        if kind == LOAD:
            loads += [(flags, address, data, len(data)) for address, data in pieces(elf[offset:offset + file_size], physical)]
            loads.append((flags, physical, b"", memory_size))
    # The whole extent of each segment comes before its pieces do, so that they are not cleared again.
    loads.sort(key=lambda load: bool(load[2]))
    body = bytearray()
    headers = bytearray()
    start = 64 + 56 * len(loads)
    for flags, address, data, memory_size in loads:
        headers += struct.pack("<IIQQQQQQ", LOAD, flags, start + len(body), address, address, len(data), memory_size, 1)
        body += data
    head = bytearray(elf[:64])
    struct.pack_into("<QQQ", head, 24, entry, 64, 0)
    struct.pack_into("<HHHHHH", head, 52, 64, 56, len(loads), 64, 0, 0)
    open(target, "wb").write(head + headers + body)


main(*sys.argv[1:3])
