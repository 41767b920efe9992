// Where the code of a unit is written, instruction by instruction. See README.md beside this file.
#ifndef TRANSLATE_EMITTER_H
#define TRANSLATE_EMITTER_H

#include "memory/tlb.h"
#include "translate/wasm.h"

// Locals of the function that a unit becomes. The processor's are behind them (processor.h).
enum {
  LOCAL_ENTRY, // the parameters
  LOCAL_DEPTH,
  LOCAL_ADDRESS, // i64: scratch, from here on for one op
  LOCAL_X,
  LOCAL_Y,
  LOCAL_Z,
  LOCAL_BUDGET,   // i32
  LOCAL_NEXT,     // number of the entry that control is on its way to, or 0
  LOCAL_SLOT,     // scratch
  LOCAL_HOST,     // scratch: host address that a TLB has given
  LOCAL_MODIFIED, // host address of a read-modify-write instruction's operand
  LOCALS_SHARED
};
enum { LOCALS_SHARED_I64 = LOCAL_BUDGET - LOCAL_ADDRESS, LOCALS_SHARED_I32 = LOCALS_SHARED - LOCAL_BUDGET };

enum { KIND_UNKNOWN = -1 };

struct emitter {
  struct wasm_code *code;
  union { // the processor
    struct x86_cpu *cpu;
    struct riscv_cpu *hart;
  };
  const struct tlb *tlb;  // of the view that the unit runs in
  const uint64_t *anchor; // where the virtual address of the unit's first page is
  uint32_t exit;          // label of the side exit
  int64_t page;           // address of the present instruction's page, from the anchor
  uint32_t instruction;   // offset of the present instruction in it
  int done;               // instructions since LOCAL_BUDGET was right
  // What the processor's part knows at this place of a block.
  int kind;
  unsigned size;
  uint32_t narrow, clean;
  uint64_t registers; // masks: which are read or written, and which are written
  uint64_t written;
  // Registers stay in the processor's state, and locals are copies of them. Masks, at this place of a block: which
  // locals are right, and which of these the state is to become.
  bool in_memory;
  struct cached {
    uint64_t loaded, dirty;
  } cached;
  unsigned exits; // written so far
  // Copies of ops that functions are called with: the ops themselves may be covered by marks. NULL: none are needed.
  union {
    struct x86_op *kept;
    struct riscv_op *kept_riscv;
  };
  unsigned kept_used, kept_max;
};

// Why a unit was left: its function's result.
enum exit_kind {
  EXIT_HERE,  // the instruction at the program counter is to be interpreted
  EXIT_JUMP,  // a jump to the program counter, which looks at the budget
  EXIT_APART, // as EXIT_HERE: several uses of memory were looked up at once, and may lie in two pages
  EXIT_ON     // a jump forward in a page, which does not look at the budget
};
// Bits of the instructions done in what an exit says, and those of the kind: emitter.c, frame.c.
enum { EXIT_SHIFT = 14, EXIT_KIND_BITS = 2, EXIT_BITS = EXIT_SHIFT + EXIT_KIND_BITS };

// Leaves the unit before the present instruction, of which nothing may have happened yet.
void emit_exit(struct emitter *emitter);
// The same, if the i32 on the stack is not 0.
void emit_exit_if(struct emitter *emitter);
// Leaves the unit at an offset from the present page.
void emit_exit_at(struct emitter *emitter, int64_t offset, enum exit_kind kind);
// An address in the engine's memory as i32.
void emit_pointer(struct emitter *emitter, const void *pointer);
// The virtual address of the unit's first page. It is loaded each time: as a local, V8 would add to it before loops
// what is needed in them, and keep that in memory.
void emit_anchor(struct emitter *emitter);
// LOCAL_HOST becomes the host address of LOCAL_ADDRESS; leaves the unit if the TLB has it not.
void emit_lookup(struct emitter *emitter, enum tlb_kind kind, unsigned bytes);
// The same for bytes that several instructions use, from the present one on: apart.h.
void emit_lookup_together(struct emitter *emitter, enum tlb_kind kind, unsigned bytes);

#endif
