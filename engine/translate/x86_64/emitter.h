// Where the code of a unit is written, op by op. See README.md beside this file.
#ifndef TRANSLATE_X86_64_EMITTER_H
#define TRANSLATE_X86_64_EMITTER_H

#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/op.h"
#include "translate/wasm.h"

// Locals of the function that a unit becomes.
enum local {
  LOCAL_ENTRY, // the parameters
  LOCAL_DEPTH,
  LOCAL_R, // i64: the registers
  LOCAL_FLAGS_A = LOCAL_R + X86_REGISTERS,
  LOCAL_FLAGS_B,
  LOCAL_TEMPORARY, // what the members of struct x86_cpu of these names hold, between the ops of one instruction
  LOCAL_EFFECTIVE,
  LOCAL_ANCHOR,  // virtual address of the unit's first page
  LOCAL_ADDRESS, // scratch, from here on for one op
  LOCAL_X,
  LOCAL_Y,
  LOCAL_Z,
  LOCAL_FLAGS_OP, // i32
  LOCAL_BUDGET,
  LOCAL_NEXT,     // number of the entry that control is on its way to, or 0
  LOCAL_SLOT,     // scratch
  LOCAL_HOST,     // scratch: host address that a TLB has given
  LOCAL_MODIFIED, // host address of a read-modify-write instruction's operand
  LOCALS_END
};
enum { LOCALS_I64 = LOCAL_FLAGS_OP - LOCAL_R, LOCALS_I32 = LOCALS_END - LOCAL_FLAGS_OP };

enum { FLAGS_UNKNOWN = -1 };

struct emitter {
  struct wasm_code *code;
  struct x86_cpu *cpu;
  const struct tlb *tlb; // of the view that the unit runs in
  uint32_t exit;         // label of the side exit
  int64_t page;          // address of the present instruction's page, from the anchor
  uint32_t instruction;  // offset of the present instruction in it
  int done;              // instructions since LOCAL_BUDGET was right
  int kind;              // enum x86_flags_kind of the last note, or FLAGS_UNKNOWN
  unsigned size;         // and its operand's size
  uint32_t registers;    // masks: which are read or written, and which are written
  uint32_t written;
  // Copies of ops that functions are called with: the ops themselves may be covered by marks. NULL: none are needed.
  struct x86_op *kept;
  unsigned kept_used, kept_max;
};

// Why a unit was left: its function's result.
enum exit_kind {
  EXIT_HERE, // the instruction at rip is to be interpreted
  EXIT_JUMP  // a jump to rip, which looks at the budget
};

#endif
