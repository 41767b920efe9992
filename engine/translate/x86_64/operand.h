// Operands and addresses.
#ifndef TRANSLATE_X86_64_OPERAND_H
#define TRANSLATE_X86_64_OPERAND_H

#include "emitter.h"

// The value that an op's pointer leads to, zero-extended to i64; `size` is log2 of the bytes. False: not known how.
bool emit_read(struct emitter *emitter, const struct x86_op *op, const void *from, unsigned size);
// Its 32 bits as i32.
bool emit_read_32(struct emitter *emitter, const struct x86_op *op, const void *from);
// Fewer bits, extended with zeros to an i32.
bool emit_read_small(struct emitter *emitter, const struct x86_op *op, const void *from, unsigned size);
// As emit_read for a store of that size: bits above it may be anything.
bool emit_read_to_cut(struct emitter *emitter, const struct x86_op *op, const void *from, unsigned size);
// Leaves the low 1 << size bytes of the i64 on the stack.
void emit_cut(struct wasm_code *code, unsigned size);
// Extends the i64 on the stack by the sign of its low 1 << size bytes.
void emit_sign_extend(struct wasm_code *code, unsigned size);
// Writes the zero-extended i64 on the stack as an instruction writes its operand.
bool emit_write(struct emitter *emitter, const void *to, unsigned size);
// The same for 32 bits that are an i32 on the stack.
bool emit_write_32(struct emitter *emitter, const void *to);
// Only one of two ways writes it: what is to come before them, and behind them, where nothing is known of it.
void emit_copy(struct emitter *emitter, const void *to);
void emit_forget(struct emitter *emitter, const void *to);
bool emit_can_write(const struct emitter *emitter, const void *to);

// The address of a load or store into LOCAL_ADDRESS.
bool emit_address(struct emitter *emitter, const struct x86_op *op, bool indexed);
// Looks up its operand, maybe for others near it, too; leaves the unit on a miss.
bool emit_access(struct emitter *emitter, const struct x86_op *op, bool indexed, enum tlb_kind kind, unsigned bytes);

#endif
