#!/usr/bin/env python3
"""Instruction vectors: one program, run by the engine's CPU and by QEMU, whose outputs must be equal.

usage: vectors.py WORK_DIRECTORY COMMAND_THAT_RUNS_A_PROGRAM...

The program is generated: for each instruction a loop over a table of operands that stores results (and fflags) and
writes them out. A failing run names the instruction, the operands and both results.
"""
import random
import struct
import subprocess
import sys
from pathlib import Path

GCC = "riscv64-linux-gnu-gcc"
OBJCOPY = "riscv64-linux-gnu-objcopy"
QEMU = "qemu-riscv64-static"
ROUNDING = ["rne", "rtz", "rdn", "rup", "rmm"]
MASK = (1 << 64) - 1

generator = random.Random(20)


def double(value):
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def integers():
    edges = [0, 1, 2, 3, 7, 31, 32, 63, 64, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
             0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, MASK, MASK - 1, 0xFFFFFFFF80000000]
    pairs = [(a, b) for a in edges for b in edges]
    for _ in range(300):
        a, b = (generator.getrandbits(generator.randint(1, 64)) for _ in "ab")
        pairs.append((a, -b & MASK if generator.random() < 0.3 else b))
    return [(a, b, 0) for a, b in pairs]


def doubles():
    edges = [double(x) for x in (0.0, 1.0, 0.5, 1.5, 2.0, 3.0, 2.5, 1e308, 1e-308, 2147483647.5, 4294967295.5,
                                 9.2233720368547758e18, 1.8446744073709552e19, 4503599627370497.5, float("inf"))]
    edges += [1, 0x000FFFFFFFFFFFFF, 0x0010000000000000, 0x0010000000000001, 0x7FEFFFFFFFFFFFFF, 0x3FF0000000000001,
              0x3FEFFFFFFFFFFFFF, 0x47EFFFFFF0000000, 0x36A0000000000000, 0x380FFFFFF0000000, 0x7FF8000000000000,
              0x7FF0000000000001, 0x7FFFFFFFFFFFFFFF]
    edges += [x | 1 << 63 for x in edges]
    return floats(edges, 11, 52, lambda bits: bits)


def singles():
    edges = [0, 0x3F800000, 0x3F000000, 0x3FC00000, 0x40000000, 0x40400000, 0x40200000, 0x7F7FFFFF, 0x00800000,
             0x00800001, 0x007FFFFF, 1, 0x4F000000, 0x4F800000, 0x5F000000, 0x5F800000, 0x4EFFFFFF, 0x3F800001,
             0x3F7FFFFF, 0x7F800000, 0x7FC00000, 0x7F800001, 0x7FFFFFFF]
    edges += [x | 1 << 31 for x in edges]
    table = floats(edges, 8, 23, lambda bits: bits | 0xFFFFFFFF << 32)
    # Values that are not NaN-boxed count as the canonical NaN.
    return table + [(0x3F800000, 0xFFFFFFFF3F800000, 0), (0xFFFFFFFF3F800000, 0x0000000100000000, MASK)]


def floats(edges, exponent_bits, fraction_bits, box):
    pairs = [(a, b) for a in edges for b in edges]
    bias = (1 << exponent_bits - 1) - 1

    def near(exponent):
        exponent = min(max(exponent, 0), 2 * bias)
        fraction = generator.getrandbits(fraction_bits) & (generator.choice([MASK, MASK << fraction_bits - 6]))
        return generator.getrandbits(1) << exponent_bits + fraction_bits | exponent << fraction_bits | fraction

    triples = [(a, b, generator.choice(edges)) for a, b in pairs]
    for _ in range(2000):
        a = generator.choice([0, 1, bias // 2, bias, bias + 30, 3 * bias // 2, 2 * bias]) + generator.randint(-3, 3)
        b = generator.choice([a, bias, bias - fraction_bits, 2 * bias - a]) + generator.randint(-3, 3)
        c = a + b - bias + generator.randint(-2 * fraction_bits - 4, fraction_bits + 4)
        triples.append((near(a), near(b), near(c)))
    return [tuple(box(x) for x in triple) for triple in triples]


TABLES = {"int": integers(), "double": doubles(), "single": singles(), "few": integers()[::13]}


class Program:
    """Sections of assembly; each gives `words` results for each row of its table."""

    def __init__(self):
        self.text, self.sections = [], []

    def section(self, name, table, body, words):
        """The body has its operands in a0 to a2 and fa0 to fa2, its results in a3 on (or stored at 0(s2) on)."""
        label = len(self.sections)
        stores = "".join(f"\n  sd a{3 + i},{8 * i}(s2)" for i in range(words))
        self.text.append(f"""
  la s0,table_{table}
  li s1,{len(TABLES[table])}
  la s2,results
loop_{label}:
  ld a0,0(s0); ld a1,8(s0); ld a2,16(s0)
  fld fa0,0(s0); fld fa1,8(s0); fld fa2,16(s0)
  .option push; .option norvc
  {body}
  .option pop{stores}
  addi s0,s0,24
  addi s2,s2,{8 * words}
  addi s1,s1,-1
  beqz s1,done_{label}
  j loop_{label}
done_{label}:
  call flush""")
        self.sections.append((name, table, words))

    def source(self):
        tables = "".join(f"\n  .balign 8\ntable_{name}:\n" + "".join(f"  .dword {a},{b},{c}\n" for a, b, c in rows)
                         for name, rows in TABLES.items())
        return f"""
  .option nopic
  .globl _start
_start:
  j begin
flush: # what is between results and s2
  li a0,1; la a1,results; sub a2,s2,a1; li a7,64; ecall
  ret
begin:{"".join(self.text)}
  li a0,0; li a7,93; ecall
  .data
{tables}
  .balign 4096
memory: .zero 8192
  .balign 8
results: .zero 1048576
"""


def add_integer(program):
    for name in ("add sub sll slt sltu xor srl sra or and addw subw sllw srlw sraw mul mulh mulhsu mulhu div divu rem "
                 "remu mulw divw divuw remw remuw").split():
        program.section(name, "int", f"{name} a3,a0,a1", 1)
        program.section(name + " rd=rs2", "few", f"mv a3,a1; {name} a3,a0,a3; {name} x0,a0,a1", 1)
    for name in "addi slti sltiu xori ori andi addiw".split():
        for immediate in (0, 1, -1, 2047, -2048, 100):
            program.section(f"{name} {immediate}", "few", f"{name} a3,a0,{immediate}", 1)
    for name, amounts in (("slli srli srai", (0, 1, 31, 32, 63)), ("slliw srliw sraiw", (0, 1, 15, 31))):
        for op in name.split():
            for amount in amounts:
                program.section(f"{op} {amount}", "few", f"{op} a3,a0,{amount}", 1)
    for name in "beq bne blt bge bltu bgeu".split():
        program.section(name, "int", f"li a3,1; {name} a0,a1,1f; li a3,0\n1:", 1)
    program.section("lui auipc jal jalr", "few", """lui a3,0x80000; auipc a4,0x7ffff; auipc a5,0xfffff
  jal a6,1f; li a6,0\n1: la t0,2f+5; mv t1,t0; jalr t1,-4(t1); li t1,0\n2: mv a7,t1""", 5)


def add_memory(program):
    for name in "lb lh lw ld lbu lhu lwu".split():
        for offset in (0, 1, 7, -4, 2045):
            where = "la t0,memory+2048; sd a0,0(t0); sd a1,8(t0); sd a0,-8(t0); sd a1,2040(t0); la t1,memory+4096; sd a0,0(t1)"
            program.section(f"{name} {offset}", "few", f"{where}; {name} a3,{offset}(t0)", 1)
    for name in "sb sh sw sd".split():
        for offset in (0, 1, 7, 2041, 2045):
            program.section(f"{name} {offset}", "few", f"""la t0,memory+2048; sd a0,0(t0); sd a0,8(t0)
  sd a0,2032(t0); sd a0,2040(t0); addi t1,t0,1024; sd a0,1024(t1)
  {name} a1,{offset}(t0); ld a3,0(t0); ld a4,8(t0); ld a5,2040(t0); ld a6,1024(t1)""", 4)
    for name in "swap add xor and or min max minu maxu".split():
        for width in "wd":
            program.section(f"amo{name}.{width}", "int",
                            f"la t0,memory; sd a0,0(t0); amo{name}.{width}.aqrl a3,a1,(t0); ld a4,0(t0)", 2)
    for width in "wd":
        program.section(f"lr sc {width}", "few", f"""la t0,memory; sd a0,0(t0); lr.{width}.aq a3,(t0)
  sc.{width} a4,a1,(t0); ld a5,0(t0); sc.{width}.rl a6,a0,(t0); snez a6,a6
  lr.{width} a7,(t0); addi t1,t0,64; sc.{width} t2,a1,(t1); snez t2,t2; add a7,a7,t2""", 5)
    program.section("code is written", "few", """la t0,1f; la t1,2f; andi t2,a0,4; add t1,t1,t2; lw t1,0(t1)
  sw t1,0(t0); fence.i\n1: .word 0; j 3f\n2: addi a3,a1,1; addi a3,a1,2\n3:""", 1)
    program.section("instructions across pages", "few", """j 1f; .balign 4096; .zero 4090\n1: .option rvc; c.nop
  c.nop; .option norvc; addi a3,a0,1; bne a0,a1,2f; addi a3,a3,2; j 2f; .balign 4096; .zero 4090
2: .option rvc; c.nop; c.nop; .option norvc; jal a4,3f\n3:""", 2)


def add_compressed(program):
    two = "c.sub c.xor c.or c.and c.subw c.addw c.add c.mv".split()
    for name in two:
        program.section(name, "int", f".option rvc; mv a3,a0; {name} a3,a1; .option norvc", 1)
    for text in ("c.addi a3,-32", "c.addi a3,31", "c.addiw a3,-1", "c.addiw a3,0", "c.li a3,-32", "c.lui a3,0x1f",
                 "c.lui a3,0xfffe1", "c.srli a3,1", "c.srli a3,63", "c.srai a3,33", "c.andi a3,-2", "c.slli a3,40"):
        program.section(text, "few", f".option rvc; mv a3,a0; {text}; .option norvc", 1)
    program.section("c.addi4spn c.addi16sp", "few", """mv t0,sp; mv sp,a0; .option rvc; c.addi4spn a3,sp,1020
  c.addi4spn a4,sp,4; c.addi16sp sp,-512; mv a5,sp; c.addi16sp sp,496; .option norvc; mv a6,sp; mv sp,t0""", 4)
    program.section("c loads and stores", "few", """la a5,memory; mv t0,sp; mv sp,a5; .option rvc
  c.sd a0,248(a5); c.sw a1,124(a5); c.ld a3,248(a5); c.lw a4,124(a5); c.fld fa0,248(a5); c.fsd fa0,8(a5)
  c.sdsp a1,504(sp); c.swsp a0,252(sp); c.fsdsp fa1,16(sp); c.ldsp a2,504(sp); c.lwsp a6,252(sp)
  c.fldsp fa2,16(sp); .option norvc; fmv.x.d a7,fa2; add a7,a7,a2; ld a5,8(a5); mv sp,t0""", 5)
    program.section("c branches", "few", """la t0,5f; .option rvc; li a3,0; c.beqz a0,1f; c.addi a3,1
1: c.bnez a0,2f; c.addi a3,2\n2: c.j 3f; c.addi a3,4\n3: c.jalr t0; c.addi a3,8; j 4f\n5: c.jr ra
4: .option norvc""", 1)


def add_float(program):
    for width, table in (("s", "single"), ("d", "double")):
        other = "d" if width == "s" else "s"
        cases = [(f"{name}.{width}", "fa3,fa0,fa1") for name in ("fadd", "fsub", "fmul", "fdiv")]
        cases += [(f"fsqrt.{width}", "fa3,fa0")]
        cases += [(f"{name}.{width}", "fa3,fa0,fa1,fa2") for name in ("fmadd", "fmsub", "fnmsub", "fnmadd")]
        cases += [(f"fcvt.{integer}.{width}", "a3,fa0") for integer in ("w", "wu", "l", "lu")]
        if width == "d":
            cases += [("fcvt.s.d", "fa3,fa0")]
        for name, operands in cases:
            for fcsr, mode in [(0, m) for m in ROUNDING] + [(1, m) for m in ROUNDING] + [(3 << 5, "dyn"), (0x81, "dyn")]:
                add_float_case(program, name, f"{operands},{mode}", table, fcsr)
        for integer in ("w", "wu", "l", "lu"):
            for fcsr, mode in [(0, m) for m in ROUNDING] + [(1, "rne")]:
                exact = width == "d" and integer[0] == "w"
                add_float_case(program, f"fcvt.{width}.{integer}", "fa3,a0" + ("" if exact else f",{mode}"), "int", fcsr)
        for name in ("fsgnj", "fsgnjn", "fsgnjx", "fmin", "fmax"):
            add_float_case(program, f"{name}.{width}", "fa3,fa0,fa1", table, 0)
        for name in ("feq", "flt", "fle"):
            add_float_case(program, f"{name}.{width}", "a3,fa0,fa1", table, 0)
        move = "w" if width == "s" else "d"
        add_float_case(program, f"fclass.{width}", "a3,fa0", table, 0)
        add_float_case(program, f"fmv.x.{move}", "a3,fa0", table, 0)
        add_float_case(program, f"fmv.{move}.x", "fa3,a0", table, 0)
        load = "w" if width == "s" else "d"
        program.section(f"fl{load} fs{load}", table, f"""la t0,memory; sd a1,3(t0); fs{load} fa0,3(t0); ld a3,3(t0)
  fl{load} fa3,3(t0); fmv.x.d a4,fa3""", 2)
    add_float_case(program, "fcvt.d.s", "fa3,fa0", "single", 0)
    program.section("fcsr", "int", """csrrw a3,fcsr,a0; csrrs a4,fflags,a1; csrrc a5,frm,a0; csrrwi a6,frm,5
  csrrsi a7,fflags,9; csrrci t0,fcsr,3; slli a7,a7,8; or a7,a7,t0; csrrs t0,fcsr,x0; slli t0,t0,16; or a7,a7,t0""", 5)


def add_float_case(program, name, operands, table, fcsr):
    result = "mv a3,a3" if operands.startswith("a3") else "fmv.x.d a3,fa3"
    program.section(f"{name} {operands} fcsr={fcsr}", table,
                    f"li t0,{fcsr}; csrw fcsr,t0; {name} {operands}; csrr a4,fcsr; {result}", 2)


def first_difference(program, ours, theirs):
    offset = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    for name, table, words in program.sections:
        size = len(TABLES[table]) * words * 8
        if offset < size:
            row = offset // (8 * words)
            start = sum(len(TABLES[t]) * w * 8 for _, t, w in program.sections[: program.sections.index((name, table, words))])
            at = start + row * 8 * words
            values = [" ".join(f"{x:016x}" for (x,) in struct.iter_unpack("<Q", out[at : at + 8 * words]))
                      for out in (ours, theirs)]
            operands = " ".join(f"{x:016x}" for x in TABLES[table][row])
            return f"{name}: operands {operands}\n  engine {values[0]}\n  qemu   {values[1]}"
        offset -= size
    return "more output than the program has"


def main():
    work, command = Path(sys.argv[1]), sys.argv[2:]
    work.mkdir(parents=True, exist_ok=True)
    program = Program()
    for add in (add_integer, add_memory, add_compressed, add_float):
        add(program)
    source, binary = work / "vectors.S", work / "vectors"
    source.write_text(program.source())
    # -N: text is writable, for the test that writes code.
    subprocess.run([GCC, "-march=rv64gc", "-nostdlib", "-static", "-Wl,-N,-Ttext=0x80100000,--no-relax,--build-id=none,--no-warn-rwx-segments", "-o", binary,
                    source], check=True)
    image = work / "vectors.bin"
    subprocess.run([OBJCOPY, "-O", "binary", binary, image], check=True)
    theirs = subprocess.run([QEMU, binary], check=True, capture_output=True).stdout
    run = subprocess.run([*command, image], capture_output=True)
    expected = sum(len(TABLES[table]) * words * 8 for _, table, words in program.sections)
    assert len(theirs) == expected, f"qemu wrote {len(theirs)} bytes, the program should write {expected}"
    if run.returncode or run.stdout != theirs:
        print(run.stderr.decode(), first_difference(program, run.stdout, theirs), sep="")
        sys.exit(1)
    print(f"instruction vectors: {len(program.sections)} sections, {expected // 8} results equal to QEMU's")


main()
