#!/usr/bin/env python3
"""Random sequences of instructions, run by the engine's CPU and by QEMU: what they leave behind must be equal.

usage: differential.py WORK_DIRECTORY GENERATOR SEED COUNT COMMAND_THAT_RUNS_A_PROGRAM...

Sequences come in programs of up to 10,000 (sequences.c); each leaves a record of memory, all registers and fcsr. The
first record that differs is shown with the sequence's instructions and what differs.
"""
import struct
import subprocess
import sys
from pathlib import Path

QEMU = "qemu-riscv64-static"
OBJDUMP = "riscv64-linux-gnu-objdump"
BLOCK = 10_000
BASE = 0x80100000
MEMORY, REGISTERS = 512, 32
RECORD = MEMORY + 2 * 8 * REGISTERS + 8
TIMEOUT_SECONDS = 600


def name_of(offset):
    """What is at that offset of a record."""
    if offset < MEMORY:
        return f"memory {offset - MEMORY // 2:+d}(gp)"
    index = (offset - MEMORY) // 8
    if index == 2 * REGISTERS:
        return "fcsr"
    return f"x{index}" if index < REGISTERS else f"f{index - REGISTERS}"


def differences(ours, theirs):
    pairs = zip(struct.iter_unpack("<Q", ours), struct.iter_unpack("<Q", theirs))
    return [f"  {name_of(8 * i):16} engine {a:016x}  qemu {b:016x}" for i, ((a,), (b,)) in enumerate(pairs) if a != b]


def instructions(work, sequence):
    start, end = struct.unpack_from("<II", (work / "starts").read_bytes(), 4 * sequence)
    text = subprocess.run([OBJDUMP, "-D", "-b", "binary", "-m", "riscv:rv64", "-M", "no-aliases,numeric",
                           f"--adjust-vma={BASE}", f"--start-address={BASE + start}", f"--stop-address={BASE + end}",
                           work / "image"], check=True, capture_output=True, text=True).stdout
    return "\n".join(line for line in text.splitlines() if "\t" in line)


def run(command):
    """Standard output, and why the run counts as failed, or None."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as expired:
        return expired.stdout or b"", f"did not end within {TIMEOUT_SECONDS} s"
    return done.stdout, f"status {done.returncode}: {done.stderr.decode()}" if done.returncode else None


def compare(work, seed, block, count, command):
    theirs, failure = run([QEMU, work / "program"])
    if failure or len(theirs) != count * RECORD:
        sys.exit(f"seed {seed}, block {block}: {QEMU} wrote {len(theirs)} bytes, expected {count * RECORD}; {failure or 'status 0'}")
    ours, failure = run([*command, work / "image"])
    if ours == theirs and not failure:
        return
    size = min(len(ours), len(theirs))
    offset = next((i for i in range(0, size, RECORD) if ours[i:i + RECORD] != theirs[i:i + RECORD]), size)
    sequence = offset // RECORD
    print(f"seed {seed}, block {block}, sequence {sequence} of {count}: the engine's record is not QEMU's")
    print(f"  engine: {failure or 'status 0'}; it wrote {len(ours)} of {len(theirs)} bytes")
    if sequence < count:
        print(instructions(work, sequence))
        print("\n".join(differences(ours[offset:offset + RECORD], theirs[offset:offset + RECORD])))
    sys.exit(1)


def main():
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    work, generator, seed, total, command = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:]
    work.mkdir(parents=True, exist_ok=True)
    blocks = range(-(-total // BLOCK))
    for block in blocks:
        count = min(BLOCK, total - block * BLOCK)
        subprocess.run([generator, work, str(seed), str(block), str(count)], check=True)
        (work / "program").chmod(0o755)
        compare(work, seed, block, count, command)
    print(f"random sequences, seed {seed}: {total} in {len(blocks)} programs leave what they leave in QEMU")


main()
