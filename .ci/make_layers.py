#!/usr/bin/env python3
"""Writes the layers that lie above a base image to test merging: make_layers.py OUT_FOLDER writes layer1.tar (files
to be hidden later), layer2.tar (whiteouts, an opaque directory, a directory replacing a file and the reverse, a hard link to layer 1's file)
and layer3.tar (a file capability with bytes above 0x7f, setuid, sticky, a device, a fifo, times with nanoseconds)."""
import io
import pathlib
import sys
import tarfile

BLOCK = 512
WHEN = 1_700_000_000


def entry(name, kind=tarfile.REGTYPE, mode=0o644, link="", size=0, uid=0, gid=0):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname, info.size = kind, mode, link, size
    info.uid, info.gid, info.mtime = uid, gid, WHEN
    return info


def pax_record(key, value):
    body = b" " + key.encode() + b"=" + value + b"\n"
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length += 1
    return str(length).encode() + body


class Layer:
    def __init__(self):
        self.out = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.out, mode="w", format=tarfile.GNU_FORMAT)

    def file(self, name, content=b"", **how):
        self.tar.addfile(entry(name, size=len(content), **how), io.BytesIO(content))

    def directory(self, name, mode=0o755):
        self.tar.addfile(entry(name, tarfile.DIRTYPE, mode))

    def special(self, name, kind, major=0, minor=0, mode=0o600):
        info = entry(name, kind, mode)
        info.devmajor, info.devminor = major, minor
        self.tar.addfile(info)

    def link(self, name, target, kind=tarfile.LNKTYPE):
        self.tar.addfile(entry(name, kind, 0o777, target))

    def extended(self, **records):
        """Raw extended header records (PAX) for the next entry, values as bytes."""
        data = b"".join(pax_record(key, value) for key, value in records.items())
        self.tar.addfile(entry("pax", tarfile.XHDTYPE, size=len(data)), io.BytesIO(data))

    def write(self, path):
        self.tar.close()
        path.write_bytes(self.out.getvalue())


def first():
    layer = Layer()
    for name in ("srv/gone", "srv/kept", "srv/was-a-file", "srv/opaque/below", "srv/opaque/deep/below", "srv/shared"):
        layer.file(name, name.encode() + b" of layer 1\n")
    layer.directory("srv/was-a-directory")
    layer.file("srv/was-a-directory/inside", b"hidden\n")
    layer.directory("srv/removed-directory")
    layer.file("srv/removed-directory/inside", b"hidden\n")
    layer.file("srv/large", bytes(range(256)) * 4096)
    return layer


def second():
    layer = Layer()
    layer.file("srv/.wh.gone")
    layer.file("srv/.wh.removed-directory")
    layer.directory("srv/opaque")
    layer.file("srv/opaque/.wh..wh..opq")
    layer.file("srv/opaque/above", b"above of layer 2\n")
    layer.directory("srv/was-a-file")
    layer.file("srv/was-a-file/inside", b"now a directory\n")
    layer.file("srv/was-a-directory", b"now a file\n")
    layer.link("srv/linked", "srv/shared")
    layer.link("srv/pointer", "../etc/hostname", tarfile.SYMTYPE)
    return layer


def third():
    layer = Layer()
    # VFS_CAP_REVISION_2 with the effective bit; permitted: 0xa0bf over 0x80 (linux/capability.h).
    capability = bytes.fromhex("01000002" "bfa00000" "00000000" "80000000" "00000000")
    layer.extended(**{"SCHILY.xattr.security.capability": capability, "mtime": b"1700000000.123456789"})
    layer.file("srv/capable", b"#!/bin/sh\necho capable\n", mode=0o755)
    layer.extended(**{"SCHILY.xattr.user.note": "gr\u00fc\u00df".encode() + b"\xff\x80"})
    layer.file("srv/noted", b"noted\n")
    layer.file("srv/setuid", b"#!/bin/sh\nid -u\n", mode=0o4755)
    layer.directory("srv/sticky", 0o1777)
    layer.special("srv/null", tarfile.CHRTYPE, 1, 3, 0o666)
    layer.special("srv/fifo", tarfile.FIFOTYPE)
    layer.file("srv/owned", b"owned\n", uid=3_000_000, gid=4_000_000)
    layer.file("missing/parents/of/this", b"made\n")
    layer.file("srv/" + "n" * 200, b"long name\n")
    return layer


out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
for number, layer in enumerate((first(), second(), third()), 1):
    layer.write(out / f"layer{number}.tar")
