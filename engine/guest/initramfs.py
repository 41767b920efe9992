#!/usr/bin/env python3
"""Writes an initramfs: initramfs.py LIST INIT ARCHIVE. LIST has a line for each file and directory, in the format of the kernel's
usr/gen_init_cpio.c, whose bytes this gives; INIT stands there for the built init. All times are 0.

The archive is of the format "newc" (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel)."""
import stat
import sys

MAGIC = b"070701"
FIRST_INODE = 721
DEVICE = (3, 1)
BLOCK = 512
TYPES = {"file": (stat.S_IFREG, 1), "dir": (stat.S_IFDIR, 2)}


def padded(data, size):
    return data + bytes(-len(data) % size)


def entry(name, content=b"", inode=0, mode=0, user=0, group=0, links=1, device=(0, 0)):
    name = name.encode() + b"\0"
    fields = (inode, mode, user, group, links, 0, len(content), *device, 0, 0, len(name), 0)
    header = MAGIC + b"".join(b"%08X" % field for field in fields)
    return padded(header + name, 4) + padded(content, 4)


def entries(lines, init):
    inode = FIRST_INODE
    for line in lines:
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        kind, name, *source, mode, user, group = words
        content = b""
        if kind == "file":
            with open(init if source == ["INIT"] else source[0], "rb") as file:
                content = file.read()
        of_kind, links = TYPES[kind]
        yield entry(name.lstrip("/"), content, inode, of_kind | int(mode, 8), int(user), int(group), links, DEVICE)
        inode += 1
    yield entry("TRAILER!!!")


def main():
    lines, init, archive = sys.argv[1:]
    with open(lines, encoding="utf-8") as file:
        data = b"".join(entries(file, init))
    with open(archive, "wb") as file:
        file.write(padded(data, BLOCK))


main()
