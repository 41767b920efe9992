// What registers hold, as far as constants are added to them, and what of memory blocks use so: before a block is
// written, its instructions are gone over.
#ifndef TRANSLATE_VALUES_H
#define TRANSLATE_VALUES_H

#include "emitter.h"
#include "together.h"

struct code_page;

// Around the instructions of a block, the first of which is at an op. `before` is the number of the block that alone
// leads here, and was written before, or -1.
void values_begin(struct emitter *emitter, struct code_page *page, void *op, unsigned instructions, int before);
// Before they are written: what follows, where only this block leads to it (`depth` 1), then what only that leads to
// (2 to EXPECTED_MAX), at an address from the anchor.
enum { EXPECTED_MAX = 3 };
void values_expect(struct emitter *emitter, struct code_page *page, int64_t address, void *op, unsigned instructions,
                   unsigned depth);
void values_end(int number);

// What the processor's part says of an instruction (note_instruction in processor.h), in the order of its ops.
// Registers are numbers below VALUE_PAGE, or that.
// An op uses bytes at a displacement from a register.
void note_use(const void *op, const void *instruction, unsigned reg, int64_t displacement, enum tlb_kind kind,
              unsigned bytes);
// A register becomes what another one, or itself, is, and a constant.
void note_sum(unsigned reg, unsigned from, int64_t constant);
// A register becomes something else.
void note_unknown(unsigned reg);

#endif
