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

// Leaves the unit before the present instruction, of which nothing may have happened yet.
void emit_exit(struct emitter *emitter);
// The same, if the i32 on the stack is not 0.
void emit_exit_if(struct emitter *emitter);
// Leaves the unit at an offset from the present page.
void emit_exit_at(struct emitter *emitter, int64_t offset, enum exit_kind kind);

// An address in the engine's memory as i32.
void emit_pointer(struct emitter *emitter, const void *pointer);
// The value that an op's pointer leads to, zero-extended to i64; `size` is log2 of the bytes. False: not known how.
bool emit_read(struct emitter *emitter, const struct x86_op *op, const void *from, unsigned size);
// Its 32 bits as i32.
bool emit_read_32(struct emitter *emitter, const struct x86_op *op, const void *from);
// Writes the zero-extended i64 on the stack as an instruction writes its operand.
bool emit_write(struct emitter *emitter, const void *to, unsigned size);
bool emit_can_write(const struct emitter *emitter, const void *to);

// The address of a load or store into LOCAL_ADDRESS.
bool emit_address(struct emitter *emitter, const struct x86_op *op, bool indexed);
// LOCAL_HOST becomes the host address of LOCAL_ADDRESS; leaves the unit if the TLB has it not.
void emit_lookup(struct emitter *emitter, enum tlb_kind kind, unsigned bytes);

// Notes flags: the result is LOCAL_X, the second operand LOCAL_Y (if `second`).
void emit_note(struct emitter *emitter, enum x86_flags_kind kind, unsigned size, bool second);
// A condition as Jcc encodes it, as i32: 0 or not.
void emit_condition(struct emitter *emitter, unsigned condition);
// The carry as i32, 0 or 1; and all six flags as i64.
void emit_carry(struct emitter *emitter);
void emit_flags(struct emitter *emitter);
// The flags' locals to struct x86_cpu and back.
void emit_store_flags(struct emitter *emitter);
void emit_load_flags(struct emitter *emitter);

// One op, all but those that jump. False: not translated; then nothing of it counts.
bool emit_op(struct emitter *emitter, const struct x86_op *op);
// emit_op's parts: ops of the integer unit, of SSE, and those that functions of the interpreter execute.
bool emit_integer(struct emitter *emitter, const struct x86_op *op);
bool emit_vector(struct emitter *emitter, const struct x86_op *op);
bool emit_float(struct emitter *emitter, const struct x86_op *op);
bool emit_handler(struct emitter *emitter, const struct x86_op *op);
// Instructions that an op counts as.
int emit_counted(const struct emitter *emitter, const struct x86_op *op);

#endif
