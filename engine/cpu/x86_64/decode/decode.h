// Instruction bytes to fields, driven by the insn_*.inc tables. Pure functions: no CPU state, usable by tests, the
// disassembler and the translator to decoded ops (emit.c) alike. 64-bit mode, and 32-bit code in compatibility mode.
#ifndef CPU_X86_64_DECODE_DECODE_H
#define CPU_X86_64_DECODE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { X86_LENGTH_MAX = 15, X86_OPERANDS = 3 };

enum x86_operand_kind {
  OPERAND_NONE,
  OPERAND_REGISTER,
  OPERAND_HIGH_BYTE, // AH, CH, DH, BH: number is the register's
  OPERAND_MEMORY,
  OPERAND_IMMEDIATE,
  OPERAND_RELATIVE, // displacement from the next instruction, in `immediate`
  OPERAND_XMM,
  OPERAND_MMX,
  OPERAND_SEGMENT,
  OPERAND_CONTROL,
  OPERAND_DEBUG,
  OPERAND_STACK // ST(number)
};

struct x86_operand {
  uint8_t kind;   // enum x86_operand_kind
  uint8_t size;   // log2 of bytes
  uint8_t number; // of the register
  bool aligned;   // memory: must be a multiple of its size
};

// What a row says about its first operand.
enum x86_access { ACCESS_NONE, ACCESS_R, ACCESS_W, ACCESS_RW };

enum x86_row_attribute {
  ROW_SIZED = 1, // the code is the first of four, for operands of 1, 2, 4, 8 bytes
  ROW_LOCK = 2,  // LOCK is allowed if the first operand is memory
  ROW_D64 = 4,   // operand size is 8 by default and cannot be 4 (in 64-bit mode)
  ROW_PROBE = 8, // changes more than its memory operand: nothing may happen if the write would fault
  ROW_FPU = 16,  // needs CR0.EM = CR0.TS = 0
  ROW_SSE = 32,  // needs CR4.OSFXSR = 1 too
  ROW_END = 64,  // never goes on to the next instruction
  ROW_MMX = 128, // enters MMX state
  ROW_64 = 256,  // in 64-bit mode only
  ROW_32 = 512   // in 32-bit code only
};

// How a row becomes ops (emit.c).
enum x86_emit {
  EMIT_GENERIC,
  EMIT_MOV,
  EMIT_MOV_EXTEND,
  EMIT_LEA,
  EMIT_PUSH,
  EMIT_POP,
  EMIT_JCC,
  EMIT_JUMP,
  EMIT_CALL,
  EMIT_INDIRECT, // JMP and CALL by a register or memory
  EMIT_RETURN,
  EMIT_STRING,
  EMIT_BIT,
  EMIT_EXCHANGE,
  EMIT_ADDRESS, // the handler gets the effective address instead of the value
  EMIT_NOTHING,
  EMIT_INVALID
};

struct x86_row {
  uint16_t opcode; // map << 8 | byte; maps: 0 one byte, 1 0F, 2 0F38, 3 0F3A
  uint8_t prefix;  // enum x86_mandatory
  uint16_t extension;
  const char *operands;
  const char *mnemonic;
  uint8_t access;
  uint16_t attributes;
  uint8_t emit;
  uint16_t code;
};

enum x86_repeat { REPEAT_NONE, REPEAT_F2, REPEAT_F3 };

struct x86_insn {
  const struct x86_row *row;
  uint8_t length;
  uint8_t operand_size; // log2 of bytes: 1, 2 or 3
  uint8_t repeat;       // enum x86_repeat
  uint8_t opcode;
  uint8_t rex;
  bool lock, operand16;
  bool compat;               // 32-bit code
  bool address32, address16; // size of addresses; neither: 64 bits
  int8_t segment;            // enum x86_segment of an override, or -1
  uint8_t modrm;
  // Memory operand. Numbers of registers, or -1.
  int8_t base, index;
  bool stack;    // it is on the stack (emit.c finds out)
  uint8_t scale; // log2
  bool rip_relative;
  int64_t displacement;
  uint64_t immediate;
  struct x86_operand operands[X86_OPERANDS];
};

enum x86_decoded {
  DECODED,
  DECODED_TRUNCATED, // more bytes are needed; with X86_LENGTH_MAX bytes at hand, the instruction is too long (#GP)
  DECODED_INVALID
};

// Must be called once before the functions below.
void x86_decode_init(void);
enum x86_decoded x86_decode(const uint8_t *bytes, size_t available, bool compat, struct x86_insn *insn);
// The table, for tests.
const struct x86_row *x86_rows(size_t *count);

#endif
