#!/usr/bin/env python3
"""The decoder against objdump: decode_sweep.py DECODE_LENGTHS

Every opcode of the four maps with every ModRM byte, under each of the prefixes that select instructions, and random bytes. What both
decode must have one length; what objdump calls bad must be refused, and what is refused must be an instruction that this processor does
not promise. Exceptions are in the two tables, with their reasons.
"""
import random
import re
import subprocess
import sys
import tempfile

SLOT = 16
LISTED = 40
# A line of objdump at a slot's address, a multiple of 32: address, bytes, text.
AT_SLOT = re.compile(r"^ *((?:[0-9a-f]*[02468ace])?0):\t((?:[0-9a-f]{2} )+) *\t?(.*)", re.M)
PREFIX = re.compile(r"((data16|addr(16|32)|lock|repn?z?|bnd|notrack|xacquire|xrelease|rex(\.[WRXB]+)?|[cdefgs]s)( |$))")
# Refused here, known to objdump: instruction sets that CPUID does not promise, and what the README lists as missing.
NOT_PROMISED = re.compile(
    r"\(?(v[a-z0-9]|k(add|and|or|x|not|shift|unpck|mov|test|ort)|bnd|aes(enc|dec)\w*kl|sha512|gf2p8|tzcnt|lzcnt|andn|bextr|bls|pdep|pext|bzhi|mulx|rorx|sarx|"
    r"shlx|shrx|adcx|adox|movbe|rdrand|rdseed|rd[fg]sbase|wr[fg]sbase|rdpid|rdpkru|wrpkru|rdpmc|xget|xset|xsave|xrstor|xbegin|xabort|xend|xtest|"
    r"xresldtrk|xsusldtrk|clac|stac|clflushopt|clwb|cldemote|ptwrite|incssp|rdssp|saveprev|rstorssp|wrss|wruss|setssbsy|clrssbsy|enqcmd|movdir|"
    r"serialize|hreset|uiret|testui|clui|stui|senduipi|tdcall|seam|sea|pconfig|encl|wbnoinvd|monitor|mwait|umonitor|umwait|tpause|mcommit|clzero|"
    r"rdpru|invlpga|invlpgb|tlbsync|skinit|clgi|stgi|vm|psmash|pvalidate|rmp|llwpcb|slwpcb|lwp|invept|invvpid|invpcid|getsec|rsm|"
    r"extrq|insertq|movnts[sd]|femms|pf|pi2f|pswap|pavgusb|pmulhrw|prefetch|cmpccxadd|t(dp|ile|load|store)|"
    r"ld|st|fneni|fndisi|fnsetpm|frstpm|ud[01]|xstore|xcrypt|montmul|xsha|encodekey|aadd|aand|aor|axor|rdmsrlist|"
    r"wrmsr|rep z|repz|data16|nop|xop|loadiwkey|rex|lock|addr32|[cdefgs]s|cli$)")
# Of 64-bit code alone on the processors whose vendor CPUID names; registers that the last 486 had.
NOT_IN_32_BITS = re.compile(r"sys(call|ret)|mov +(\w+,)?tr[0-7]")
# Decoded here, bad to objdump: encodings that hardware takes.
TAKEN = re.compile(r"(fstp|fcom|fxch|ffreep|nop|prefetch|[lms]fence|clflush|bsf|bsr|sal|shl|test|mov$|xchg|pause|movs|smsw|sldt|str|wbinvd|invd)")


def samples():
    generator = random.Random(1)
    tail = lambda: generator.randbytes(SLOT)
    for opcode in ([bytes([o]) for o in range(256)] + [bytes([0x0f, o]) for o in range(256)] +
                   [bytes([0x0f, escape, o]) for escape in (0x38, 0x3a) for o in range(256)]):
        for prefix in (b"", b"\x66", b"\xf3", b"\xf2", b"\x48", b"\x66\x48", b"\x67"):
            for modrm in range(0, 256, 7):
                yield (prefix + opcode + bytes([modrm]) + tail())[:SLOT]
    for _ in range(20000):
        yield tail()


def objdump(data, machine):
    """Length and text of the instruction at the start of each slot."""
    with tempfile.NamedTemporaryFile() as file:
        # Behind each slot is a nop with so many prefixes that whatever begins in the slot ends there. It makes few lines.
        for slot in data:
            file.write(slot + b"\x66" * (SLOT - 1) + b"\x90")
        file.flush()
        listing = subprocess.run(["objdump", "-D", "-w", "-b", "binary", "-m", machine, "-M", "intel", file.name],
                                 check=True, capture_output=True, text=True).stdout
    result = [None] * len(data)
    for match in AT_SLOT.finditer(listing):
        result[int(match[1], 16) // (2 * SLOT)] = (len(match[2].split()), match[3].strip())
    return result


def sweep(data, bits, machine):
    """The number of sequences that differ without a reason."""
    ours = subprocess.run([sys.argv[1], bits], input=b"".join(data), check=True, capture_output=True).stdout.decode().splitlines()
    equal = refused = 0
    failures = []
    for slot, our, their in zip(data, ours, objdump(data, machine)):
        if their is None:  # the one before ran into this slot
            continue
        length, text = their
        prefixes = ""
        while match := PREFIX.match(text):
            prefixes += match[1] + " "
            text = text[match.end():]
        # Prefixes that stand alone to objdump; LOCK, and mandatory prefixes that select nothing, where hardware refuses them; near
        # jumps of 16 bits, where vendors differ.
        # FWAIT is a prefix to objdump, if an instruction follows that can be said to include it.
        if not text or our.endswith("fwait") or (our == "bad" and re.search("lock|rep|data16", prefixes + ("data16" if 0x66 in slot[:4] else ""))) or ("data16" in prefixes or 0x66 in slot[:4]) and re.match(r"j|call|loop|ret|xbegin", text):
            continue
        bad = "(bad)" in text or text.startswith(".byte")
        if our == "bad":
            refused += 1
            if not (bad or NOT_PROMISED.match(text) or (bits == "32" and NOT_IN_32_BITS.match(text))):
                failures.append(f"{slot.hex()}: refused, objdump says {text!r}")
            continue
        our_length, mnemonic = our.split(" ", 1)
        if bad and not TAKEN.match(mnemonic):
            failures.append(f"{slot.hex()}: {mnemonic}, objdump says {text!r}")
        elif not bad and int(our_length) != length:
            failures.append(f"{slot.hex()}: {mnemonic} of {our_length} bytes, objdump says {text!r} of {length}")
        else:
            equal += 1
    print(*failures[:LISTED], sep="\n")
    print(f"x86-64 decode sweep, {bits}-bit code: {len(data)} sequences, {equal} agree, {refused} refused, {len(failures)} unexpected")
    return len(failures)


DATA = list(samples())
sys.exit(1 if sweep(DATA, "64", "i386:x86-64") + sweep(DATA, "32", "i386") else 0)
