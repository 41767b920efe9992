"""Makes a bundle as the converter does (docs/FORMATS.md, "The bundle"): bundle(ENGINE, LAUNCH, ROOTFS) gives its bytes."""
import struct

CODE, DATA, DATA_COUNT, PAYLOAD_FIRST = 10, 11, 12, 16
FRAME, STORED = 131072, 1 << 31
PASSIVE = 1


def leb(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def read_leb(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def passive(content):
    return bytes([PASSIVE]) + leb(len(content)) + content


def bundle(engine, launch, rootfs, memory=0):
    """The root filesystem's frames are stored as they are."""
    table = [STORED | min(FRAME, len(rootfs) - at) for at in range(0, len(rootfs), FRAME)]
    header = b"OCI2WASM" + struct.pack("<IIQQQII", 2, len(launch), len(table) * FRAME, memory, len(rootfs), FRAME, len(table))
    header += struct.pack(f"<{len(table)}I", *table)
    out, at = engine[:8], 8
    while at < len(engine):
        kind = engine[at]
        size, start = read_leb(engine, at + 1)
        content = engine[start:start + size]
        at = start + size
        if kind == CODE:
            out += bytes([DATA_COUNT, 1, PAYLOAD_FIRST + 3])
        if kind == DATA:
            count, first = read_leb(content, 0)
            segments = content[first:] + passive(b"") * (PAYLOAD_FIRST - count)
            content = leb(PAYLOAD_FIRST + 3) + segments + passive(header) + passive(launch) + passive(rootfs)
        out += bytes([kind]) + leb(len(content)) + content
    return out
