#!/usr/bin/env python3
"""Writes seeds for fuzz_9p: sessions a well-behaved guest would have, which the fuzzer then spoils.

Usage: seeds_9p.py FOLDER. The same files every time."""
import pathlib
import struct
import sys

ROOT, FID, OTHER = 0, 1, 2  # fid 0 is the share's directory from the start


def text(value):
    return struct.pack("<H", len(value)) + value


def message(kind, form="", *fields):
    body = b"".join(text(f) if isinstance(f, bytes) else struct.pack("<" + c, f) for c, f in zip(form, fields))
    return struct.pack("<HBH", len(body) + 3, kind, 1) + body


def walk(fid, new_fid, *names):
    return message(110, "IIH" + "s" * len(names), fid, new_fid, len(names), *names)


def opened(flags, *names):
    return walk(ROOT, FID, *names) + message(12, "II", FID, flags)


def write(fid, offset, data):
    return struct.pack("<HBHIQI", 19 + len(data), 118, 1, fid, offset, len(data)) + data


READ = message(116, "IQI", FID, 0, 100)
CLUNK = message(120, "I", FID)

SESSIONS = {
    "read": opened(0, b"a") + READ + CLUNK,
    "write": opened(2, b"d", b"b") + write(FID, 3, b"new") + READ + message(50, "II", FID, 1),
    "append": opened(0o2001, b"a") + write(FID, 0, b"more"),
    "create": walk(ROOT, FID) + message(14, "IsIII", FID, b"n", 0o202, 0o644, 0) + write(FID, 1 << 33, b"far"),
    "list": opened(0) + message(40, "IQI", FID, 0, 60) + message(40, "IQI", FID, 3, 4000),
    "attributes": walk(ROOT, FID, b"a") + message(24, "IQ", FID, 0x7FF)
    + message(26, "IIIIIQQQQQ", FID, 0x1FF, 0, 0, 0, 5, 1, 2, 3, 4) + message(8, "I", FID),
    "unlinked": opened(2, b"a") + walk(ROOT, OTHER, b"a") + message(76, "IsI", ROOT, b"a", 0)
    + write(FID, 0, b"x") + message(24, "IQ", OTHER, 0x7FF) + message(26, "IIIIIQQQQQ", OTHER, 8, 0, 0, 0, 1, 0, 0, 0, 0),
    "rename": walk(ROOT, FID, b"d", b"b") + message(74, "IsIs", ROOT, b"d", ROOT, b"e") + message(12, "II", FID, 0)
    + READ + message(20, "IIs", FID, ROOT, b"a"),
    "names": message(72, "IsII", ROOT, b"m", 0, 0) + message(16, "IssI", ROOT, b"s", b"../..", 0)
    + walk(ROOT, FID, b"s") + message(22, "I", FID) + message(70, "IIs", ROOT, FID, b"t")
    + message(76, "IsI", ROOT, b"m", 0x200) + message(122, "I", FID),
    "outside": walk(ROOT, FID, b"l", b"secret") + walk(ROOT, FID, b"..", b"..") + walk(FID, OTHER, b"l")
    + message(72, "IsII", OTHER, b"x", 0, 0),
    "modes": walk(ROOT, FID, b"a") + message(26, "IIIIIQQQQQ", FID, 7, 0o4711, 5, 6, 0, 0, 0, 0, 0)
    + message(104, "IIssI", OTHER, 0xFFFFFFFF, b"", b"", 70) + message(72, "IsII", OTHER, b"u", 0o2770, 6)
    + message(14, "IsIII", OTHER, b"w", 0o102, 0o600, 6) + write(OTHER, 0, b"x") + message(24, "IQ", OTHER, 0x7FF)
    + message(74, "IsIs", ROOT, b"w", ROOT, b"a") + message(24, "IQ", FID, 0x7FF) + message(76, "IsI", ROOT, b"a", 0),
    "special": message(18, "IsIIII", ROOT, b"p", 0o140777, 0, 0, 0) + message(18, "IsIIII", ROOT, b"q", 0o010600, 0, 0, 0)
    + walk(ROOT, FID, b"p") + message(24, "IQ", FID, 0x7FF) + message(26, "IIIIIQQQQQ", FID, 0x1B7, 0, 0, 0, 5, 1, 2, 3, 4)
    + message(74, "IsIs", ROOT, b"p", ROOT, b"q") + walk(ROOT, OTHER, b"d") + message(74, "IsIs", ROOT, b"q", OTHER, b"b")
    + message(74, "IsIs", ROOT, b"a", OTHER, b"b") + message(18, "IsIIII", OTHER, b"r", 0o020666, 1, 3, 0)
    + message(12, "II", OTHER, 0) + message(40, "IQI", OTHER, 0, 4000) + message(76, "IsI", ROOT, b"d", 0x200)
    + message(122, "I", FID),
    "lock": opened(0, b"a") + message(52, "IBIQQIs", FID, 1, 0, 0, 0, 9, b"c") + message(54, "IBQQIs", FID, 1, 0, 0, 9, b"c"),
    "session": message(100, "Is", 8192, b"9P2000.L") + message(104, "IIssI", ROOT, 0xFFFFFFFF, b"5:6", b"", 0)
    + message(108, "H", 1) + walk(ROOT, FID),
}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, session in SESSIONS.items():
        (folder / name).write_bytes(session)


main()
