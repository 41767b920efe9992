// Decoded instructions. An instruction is one op, or a few: its memory operand is loaded into cpu->temporary (or
// cpu->wide) by an op of its own, and stored by another. Whatever can fault comes before whatever changes state.
#ifndef CPU_X86_64_OP_H
#define CPU_X86_64_OP_H

#include "cpu.h"

enum x86_code {
#define OP(name, flags) X86_##name,
#define RARE(name, function) X86_##name,
#include "code.inc"
#undef OP
#undef RARE
  X86_CODES
};

// 32 bytes on wasm32.
struct x86_op {
  uint16_t code;   // enum x86_code
  uint16_t offset; // of the instruction in its page
  uint8_t length;  // of the instruction, bytes
  uint8_t size;    // log2 of the operand's bytes
  uint8_t shift; // of an address's index; string instructions: enum x86_repeat; else log2 of the second operand's bytes
  uint8_t detail; // condition or register number, as the code wants; OP_STACK, OP_WAITS
  void *rd;
  const void *rs; // an immediate operand is the op's own imm
  union {
    const uint64_t *base;  // of an address
    struct x86_op *target; // of a jump inside the page, once known
  };
  union {
    const uint64_t *index;
    intptr_t
        relative; // of a jump: target's offset from the page's first byte; of what depends on it: address size, log2
  };
  uint64_t imm; // displacement of an address, immediate operand
};

// detail of what has a memory operand: an address that is not canonical is a stack fault (SDM 1, 3.3.7.1); an x87
// exception that is pending comes before any fault of the operand (SDM 1, 8.7).
enum { OP_STACK = 0x80, OP_WAITS = 0x40 };
// detail of other ops: the opcode's low four bits, and whether REX.W was there; or the number of a special register.
enum { OP_WIDE = 0x10 };

// detail of F_NOTE: the opcode's low three bits (its ModRM byte is `size`), whether there is a memory operand, whether
// the instruction has stored and, if cpu->temporary is not 0, decoded code may be another.
enum { NOTE_OPCODE = 7, NOTE_OPERAND = 8, NOTE_ADDRESS32 = 0x10, NOTE_REFETCH = 0x20, NOTE_ADDRESS16 = 0x40 };

// shift of string instructions: the repeat prefix, as in enum x86_repeat. REPEAT_EQUAL is plain REP for most.
enum { REPEAT_PLAIN, REPEAT_NOT_EQUAL, REPEAT_EQUAL };

enum x86_result {
  RESULT_NEXT,    // go on with the next op
  RESULT_REFETCH, // with the next instruction, but what is known about the page or interrupts may no longer hold
  RESULT_JUMP,    // at cpu->rip
  RESULT_FAULT,   // noted by x86_raise (system/fault.h)
  RESULT_WAIT,    // HLT
  RESULT_AGAIN    // the same instruction once more: a long string instruction lets interrupts in
};

typedef enum x86_result x86_handler(struct x86_cpu *cpu, const struct x86_op *op);

static inline uint64_t x86_op_next(const struct x86_cpu *cpu, const struct x86_op *op) {
  return cpu->page_address + op->offset + op->length;
}

// A comparison and the conditional jump behind it.
static inline bool x86_is_fused(const struct x86_op *op) {
  return op->code >= X86_CMP_JNE8 && op->code <= X86_TEST_JG64;
}

// The handlers, which stand in execute/ and float/ by subject.
#define RARE(name, function) x86_handler function;
#define OP(name, flags)
#include "code.inc"
#undef OP
#undef RARE

#endif
