// Where loads, stores and other uses of memory near each other find their operands in the host's memory.
#ifndef TRANSLATE_TOGETHER_H
#define TRANSLATE_TOGETHER_H

#include "emitter.h"

// A use of memory by an op of a block. The address is `displacement` from a register, and `distance` from what a root
// is (values.h). Uses of the same root and kind may be one look.
struct use {
  const void *op;
  const void *instruction; // op where that begins
  unsigned reg, root;
  int64_t displacement, distance;
  enum tlb_kind kind;
  unsigned bytes;
};
// In place of the number of a register, which are less: the address of the block's page.
enum { VALUE_PAGE = 32 };

// So many i32 locals from `together` of struct processor on have host addresses.
enum { TOGETHER = 6 };

// Before a block, its uses in the order of their ops, then those of blocks that only it leads to: what of that lies
// near is looked up for them, too. Then all is known. `before` is the block that alone leads here, or -1.
void together_begin(int before);
void together_note(const struct use *use);
void together_expect(const struct use *use);
void together_end_notes(void);
// Behind the block, which has a number.
void together_end(int number);

// Looks up what an op uses, if that was noted, and there are others near it; else writes nothing and returns false.
// Leaves the unit on a miss, as all of these.
bool emit_together(struct emitter *emitter, const void *op);
// Looks up what is at LOCAL_ADDRESS, by itself.
void emit_alone(struct emitter *emitter, enum tlb_kind kind, unsigned bytes);
// One or the other: an op's use of what a register and a displacement lead to.
void emit_access_at(struct emitter *emitter, const void *op, unsigned reg, int64_t displacement, enum tlb_kind kind,
                    unsigned bytes);
// What was looked up last is at this host address, and so far behind it: for wasm_memory.
void emit_host(const struct emitter *emitter);
uint32_t emit_host_offset(void);
// Keeps it for a store behind other uses of memory.
void emit_access_keep(struct emitter *emitter);
void emit_access_kept(const struct emitter *emitter);

#endif
