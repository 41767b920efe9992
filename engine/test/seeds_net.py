"""Seeds for fuzz_net: seeds_net.py FOLDER [dns|netp|frames], all or those of one kind."""
import struct
import sys
from pathlib import Path

FRAME, PACKET, PACKET6, SEGMENT, PEER, TIME, ROOM, RESET = range(8)
GATEWAY, NAMES, OUTSIDE, ALL = 0, 1 << 6, 2 << 6, 3 << 6
ICMP, TCP, UDP, FRAGMENT6, ICMP6 = 1, 6, 17, 44, 58
FIN, SYN, RST, ACK = 1, 2, 4, 16
OURS = 0x80000001


def record(command, argument=0, content=b""):
    return struct.pack("<BBH", command, argument, len(content)) + content


def message(stream, kind, payload=b"", code=0):
    return record(PEER, 0, struct.pack("<IHBB", stream, len(payload), kind, code) + payload)


def segment(flags, data=b"", window=255, sequence=0, acknowledgment=0):
    return record(SEGMENT, 0, struct.pack("<Bbb", flags, sequence, acknowledgment) + bytes([window]) + data)


def syn(port=4000, family=PACKET, to=OUTSIDE, remote=80):
    return record(family, to | TCP, struct.pack(">HHIIBBHHH", port, remote, 99, 0, 7 << 4, SYN, 65535, 0, 0) +
                  bytes([2, 4, 5, 180, 1, 3, 3, 7]))


def udp(to, port, data, family=PACKET, guest_port=4000):
    return record(family, to | UDP, struct.pack(">HHHH", guest_port, port, 8 + len(data), 0) + data)


def address6(last):
    return bytes([0xFD, 0, 0x6F, 0x32]) + bytes(11) + bytes([last])


def fragment6(offset, more, data):
    return record(PACKET6, OUTSIDE | FRAGMENT6, struct.pack(">BBHI", UDP, 0, offset | more, 7) + data)


def dhcp(kind, *options):
    return udp(ALL, 67, bytes([1, 1, 6]) + bytes(233) + bytes([99, 130, 83, 99, 53, 1, kind, *options, 255]), guest_port=68)


def question(name, kind=1):
    labels = b"".join(bytes([len(label)]) + label for label in name.split(b"."))
    return struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, kind, 1)


def fragment(offset, more, data):
    header = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(data), 5, offset // 8 | more << 13, 64, UDP, 0, 0x0A00020F,
                         0x01020304)
    return record(FRAME, 0, bytes(12) + b"\x08\x00" + header + data)


INCOMING = message(5, 1, struct.pack("<BBH", 1, 4, 80) + bytes([9, 9, 9, 9]) + struct.pack("<H", 1234))
OPEN = syn() + message(OURS, 3) + segment(ACK)
SERVED = INCOMING + segment(SYN | ACK)
SEEDS = {
    "arp": record(FRAME, 0, bytes(12) + b"\x08\x06" + bytes([0, 1, 8, 0, 6, 4, 0, 1]) + bytes(16) + bytes([10, 0, 2, 2])),
    "ping": record(PACKET, GATEWAY | ICMP, bytes([8]) + bytes(20)) + record(PACKET, OUTSIDE | ICMP, bytes([8]) + bytes(20)),
    "open": OPEN + segment(ACK, b"x" * 100) + message(OURS, 4, b"y" * 200) + segment(ACK) + message(OURS, 6) +
            segment(ACK | FIN),
    "refused": syn() + message(OURS, 7, code=1) + syn(4001) + message(OURS + 1, 7, code=3),
    "served": SERVED + message(5, 4, b"GET") + segment(ACK, b"answer") + segment(ACK | FIN) + message(5, 6) + segment(ACK),
    "lost": SERVED + message(5, 4, b"GET") + record(TIME, 10) + segment(ACK, acknowledgment=-3) * 4 + record(TIME, 200),
    "closed": SERVED + segment(ACK, window=0) + message(5, 4, b"z" * 1000) + record(TIME, 30) + segment(ACK, window=1),
    "credit": OPEN + segment(ACK, b"x" * 1000) + message(OURS, 5, struct.pack("<I", 1000)) + segment(RST),
    "room": record(ROOM, 0) + SERVED + message(5, 4, b"w" * 500) + record(ROOM, 255) + segment(SYN | ACK),
    "calls": INCOMING + record(TIME, 20) * 20,
    "udp": udp(OUTSIDE, 123, b"time") + message(OURS, 4, b"answer") + record(TIME, 255) * 6,
    "udp_in": message(6, 1, struct.pack("<BBH", 2, 4, 53) + bytes([9, 9, 9, 9]) + struct.pack("<H", 7)) +
              message(6, 4, b"ask") + message(6, 7, code=1),
    "dns": udp(NAMES, 53, question(b"www.example")) + message(OURS, 9, bytes([1, 2, 3, 4])) +
           udp(NAMES, 53, question(b"a.b", 28)) + udp(NAMES, 53, question(b"none")) + message(OURS + 1, 9, code=3),
    "records": udp(NAMES, 53, question(b"a.b", 15)) + message(OURS, 12, b"\1\0" + bytes(30)) +
               udp(NAMES, 53, question(b"a.b", 16)) + message(OURS + 1, 12, bytes(600)) +
               syn(to=NAMES, remote=53) + segment(ACK, struct.pack(">H", 21) + question(b"a.b", 16)) +
               message(OURS + 2, 12, b"\2\0" + bytes(4096)) + segment(ACK),
    "pieces": fragment(8, 0, b"b" * 8) + fragment(0, 1, struct.pack(">HHHH", 4000, 9, 16, 0)) + fragment(65520, 0, b"c" * 60),
    "neighbours": record(PACKET6, ALL | ICMP6, bytes([135]) + bytes(7) + address6(2) + bytes(8)) +
                  record(PACKET6, ALL | ICMP6, bytes([135]) + bytes(7) + address6(0x15)),
    "ping6": record(PACKET6, GATEWAY | ICMP6, bytes([128]) + bytes(20)) + record(PACKET6, OUTSIDE | ICMP6, bytes([128]) + bytes(20)),
    "open6": syn(family=PACKET6) + message(OURS, 3) + segment(ACK, b"x" * 100) + message(OURS, 4, b"y" * 3000) + segment(ACK) +
             message(OURS, 6) + segment(ACK | FIN),
    "refused6": syn(family=PACKET6) + message(OURS, 7, code=1) + syn(4001, PACKET6) + message(OURS + 1, 7, code=3),
    "served6": message(5, 1, struct.pack("<BBH", 1, 6, 80) + address6(9) + struct.pack("<H", 1234)) +
               message(6, 1, struct.pack("<BBH", 1, 6, 80) + bytes(15) + b"\1" + struct.pack("<H", 1234)) + segment(RST | ACK) +
               segment(SYN | ACK) + message(6, 4, b"GET") + segment(ACK | FIN),
    "udp6": udp(OUTSIDE, 123, b"time", PACKET6) + message(OURS, 4, b"answer") + message(OURS, 7, code=1),
    "dns6": udp(NAMES, 53, question(b"a.b", 28), PACKET6) + message(OURS, 9, bytes(range(40))),
    "dns_tcp": syn(to=NAMES, remote=53) + segment(ACK, struct.pack(">H", 21) + question(b"a.b")) +
               message(OURS, 9, bytes([1, 2, 3, 4])) + segment(ACK, struct.pack(">H", 21) + question(b"c.d", 28) * 2) +
               segment(ACK | FIN) + message(OURS + 1, 9, code=3) + segment(ACK),
    "pieces6": fragment6(16, 0, b"b" * 8) + fragment6(0, 1, struct.pack(">HHHH", 4000, 9, 24, 0) + b"a" * 8),
    "dhcp": dhcp(1) + dhcp(3, 50, 4, 10, 0, 2, 15, 54, 4, 10, 0, 2, 2) + dhcp(3, 50, 4, 10, 0, 2, 16) + dhcp(8) + dhcp(1, 50),
    "reset": OPEN + record(RESET) + segment(ACK),
}

# What the first two kinds are about; the others are about frames.
KINDS = {"dns": {"dns", "dns6", "dns_tcp", "records"},
         "netp": {"open", "open6", "refused", "refused6", "served", "served6", "credit", "udp", "udp6", "udp_in", "reset"}}
KINDS["frames"] = set(SEEDS) - KINDS["dns"] - KINDS["netp"]

folder = Path(sys.argv[1])
folder.mkdir(parents=True)
for name in KINDS[sys.argv[2]] if sys.argv[2:] else SEEDS:
    (folder / name).write_bytes(SEEDS[name])
