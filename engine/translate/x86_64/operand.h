// Operands and addresses.
#ifndef TRANSLATE_X86_64_OPERAND_H
#define TRANSLATE_X86_64_OPERAND_H

#include "emitter.h"

// The value that an op's pointer leads to, zero-extended to i64; `size` is log2 of the bytes. False: not known how.
bool emit_read(struct emitter *emitter, const struct x86_op *op, const void *from, unsigned size);
// Its 32 bits as i32.
bool emit_read_32(struct emitter *emitter, const struct x86_op *op, const void *from);
// Writes the zero-extended i64 on the stack as an instruction writes its operand.
bool emit_write(struct emitter *emitter, const void *to, unsigned size);
bool emit_can_write(const struct emitter *emitter, const void *to);

// The address of a load or store into LOCAL_ADDRESS.
bool emit_address(struct emitter *emitter, const struct x86_op *op, bool indexed);

#endif
