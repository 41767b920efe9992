// Exits, operands and memory.
#ifndef TRANSLATE_X86_64_OPERAND_H
#define TRANSLATE_X86_64_OPERAND_H

#include "emitter.h"

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

#endif
