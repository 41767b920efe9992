"""Writes inputs for fuzz_frames.c to begin with: seeds_frames.py FOLDER. They are made of the frames in frame_samples.h."""
import pathlib
import re
import struct
import sys

STORED = 0x80
SOURCE = pathlib.Path(__file__).with_name("frame_samples.h").read_text()
SAMPLES = {name: bytes(int(number) for number in re.findall(r"\d+", body))
           for name, body in re.findall(r"(\w+)\[\] = \{(.*?)\};", SOURCE, re.S)}


def seed(*frames):
    table = b"".join(struct.pack("<HB", len(content), high) for content, high in frames)
    return bytes([len(frames)]) + table + b"".join(content for content, _ in frames)


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True)
for name, frame in SAMPLES.items():
    (folder / name).write_bytes(seed((frame, 0)))
samples = [(frame, 0) for frame in SAMPLES.values()]
(folder / "three").write_bytes(seed(*samples[:3]))
(folder / "mixed").write_bytes(seed((b"x" * 5000, STORED), samples[0]))
