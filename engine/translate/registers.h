// Registers in a unit's locals, which are all there is of them until it is left, or copies of the processor's state.
#ifndef TRANSLATE_REGISTERS_H
#define TRANSLATE_REGISTERS_H

#include "processor.h"

// A register's local, i64 or f64, as the processor numbers registers: what it holds, and what it becomes.
void emit_get_register(struct emitter *emitter, unsigned number);
void emit_set_register(struct emitter *emitter, unsigned number);
// Is the register's local no copy of it yet?
bool emit_is_in_memory(const struct emitter *emitter, unsigned number);
// Between registers' locals and the processor's state, for a mask of them.
void emit_move_registers(struct emitter *emitter, uint64_t set, bool to_memory);
// The unit's locals of the processor's state, before all else.
void emit_load_registers(struct emitter *emitter);
// Makes the processor's state what registers' locals are, and what its other locals are that bits stand for.
void emit_store_registers(struct emitter *emitter, uint64_t set);
// The same for all that is dirty.
void emit_flush(struct emitter *emitter);
// As emit_instruction does. If the unit may be left there, the same for all that was dirty before it, first.
bool emit_cached_instruction(struct emitter *emitter, struct code_page *page, void *op);

#endif
