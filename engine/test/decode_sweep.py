#!/usr/bin/env python3
"""Compares the decoder with objdump: every 16-bit encoding, and 32-bit ones at random.

usage: decode_sweep.py DISASSEMBLER INSN_INC

DISASSEMBLER is the built test/disassemble_words.c. The 32-bit words are, for each row of INSN_INC, words that match it
with all other bits at random, and words wholly at random. A difference that is not in KNOWN fails the test.
"""
import random
import re
import struct
import subprocess
import sys
import tempfile

OBJDUMP = "riscv64-linux-gnu-objdump"
WORDS_PER_ROW = 100
RANDOM_WORDS = 50000

# (objdump's text, ours, why): regular expressions for the whole text.
KNOWN = [
    (r"c\.(slli|srli|srai)64 (x\d+)", r"c\.\1 \2,0x0", "a shift by 0 has a name of its own there; it is a HINT"),
    (r"\.[24]byte .*", r"(reserved|c\.unimp|illegal)", "neither knows it"),
    (r"\.4byte .*", r"fence(\.i| .*)", "unused fields of fences are ignored (unprivileged specification 2.7 and 6)"),
    (r"c\.addi16sp x2,0", r"reserved", "nzimm = 0 is reserved (unprivileged specification 28.5)"),
    (r"(fcvt\.d\.\w+) (.*)", r"\1 \2,rne", "exact conversions: it prints no rounding mode"),
    (r"\.4byte .*", r"fcvt\.d\.(w|wu|s) .*", "exact conversions: it knows no rounding mode but 0"),
    (r"(csrr\w+ x\d+),[a-z]\w*,(\w+)", r"\1,0x[0-9a-f]+,\2", "a CSR this machine does not have"),
    # Not in RV64GC: extensions objdump knows without being told.
    (r"(?!.*\b(?:x|f)\d+,.*0x0{8}).*", r"illegal", "an instruction of another extension"),
]


def objdump(data):
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        command = [OBJDUMP, "-D", "-z", "-b", "binary", "-m", "riscv:rv64", "-M", "no-aliases,numeric", file.name]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")
    texts = {}
    for line in lines:
        fields = line.split("\t")
        if len(fields) >= 3:
            text = re.sub(r"\s*#.*", "", " ".join(fields[2:])).strip()
            texts[int(fields[0].strip(" :"), 16)] = text
    return texts


def allowed(theirs, ours, extensions):
    for pattern, expected, _ in KNOWN[: None if extensions else -1]:
        match = re.fullmatch(pattern, theirs)
        if match and re.fullmatch(match.expand(expected) if "\\1" in expected else expected, ours):
            return True
    return False


def compare(disassembler, words, extensions):
    data = b"".join(struct.pack("<I", word) for word in words)
    ours = subprocess.run([disassembler], input=data, check=True, capture_output=True).stdout.decode().split("\n")
    theirs = objdump(data)
    equal, failures = 0, []
    for index, word in enumerate(words):
        text = theirs.get(4 * index)
        if text == ours[index]:
            equal += 1
        elif text is None or not allowed(text, ours[index], extensions):
            failures.append(f"{word:08x}: objdump says {text!r}, the engine {ours[index]!r}")
    return equal, failures


def main():
    disassembler, rows = sys.argv[1], open(sys.argv[2]).read()
    generator = random.Random(1)
    # The upper half is a c.nop, so that objdump finds the next word.
    short = [0x00010000 | half for half in range(0x10000) if half & 3 != 3]
    by_row = []
    for mask, match in re.findall(r"^INSN\(\w+,\s*(0x\w+), (0x\w+)", rows, re.M):
        by_row += [generator.getrandbits(32) & ~int(mask, 0) | int(match, 0) for _ in range(WORDS_PER_ROW)]
    at_random = [generator.getrandbits(32) | 3 for _ in range(RANDOM_WORDS)]
    at_random = [word for word in at_random if word & 0x1F != 0x1F]  # 48 bits and longer
    failed = False
    for name, words, extensions in (("16-bit", short, False), ("rows", by_row, False), ("random", at_random, True)):
        equal, failures = compare(disassembler, words, extensions)
        print(f"decode sweep, {name}: {len(words)} words, {equal} equal texts, {len(failures)} unexpected differences")
        print("\n".join(failures[:20]), end="\n" if failures else "")
        failed = failed or bool(failures) or equal == 0
    sys.exit(failed)


main()
