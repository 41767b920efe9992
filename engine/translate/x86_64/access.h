// Where loads, stores and the stack's instructions find their operand in the host's memory.
#ifndef TRANSLATE_X86_64_ACCESS_H
#define TRANSLATE_X86_64_ACCESS_H

#include "emitter.h"
#include "translate/layout.h"

// A use of memory by an op of a block. The address is `displacement` from a register, and `distance` from what a root
// is: values that nothing is known of are roots, and have numbers. Uses of the same root and kind may be one look.
struct access {
  const struct x86_op *op;
  const void *instruction; // op where that begins
  unsigned reg, root;
  int64_t displacement, distance;
  enum tlb_kind kind;
  unsigned bytes;
};
// In place of a register's number: the address of the block's page.
enum { ACCESS_PAGE = X86_REGISTERS };

// Before a block, its uses in the order of their ops, then those of blocks that only it leads to: what of that lies
// near is looked up for them, too. Then all is known. `before` is the block that alone leads here, or -1.
enum { ACCESS_BLOCKS = LAYOUT_BLOCKS_MAX };
void access_begin(int before);
void access_note(const struct access *access);
void access_expect(const struct access *access);
void access_end_notes(void);
// Behind the block, which has a number.
void access_end(int number);

// Looks up the operand of a load or store, or what a register and a displacement lead to; leaves the unit on a miss.
bool emit_access(struct emitter *emitter, const struct x86_op *op, bool indexed, enum tlb_kind kind, unsigned bytes);
void emit_access_at(struct emitter *emitter, const struct x86_op *op, unsigned reg, int64_t displacement,
                    enum tlb_kind kind, unsigned bytes);
// What was looked up last is at this host address, and so far behind it: for wasm_memory.
void emit_host(const struct emitter *emitter);
uint32_t emit_host_offset(void);
// Keeps it for a store behind other uses of memory.
void emit_access_keep(struct emitter *emitter);
void emit_access_kept(const struct emitter *emitter);

#endif
