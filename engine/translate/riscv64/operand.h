// Registers and addresses.
#ifndef TRANSLATE_RISCV64_OPERAND_H
#define TRANSLATE_RISCV64_OPERAND_H

#include "emitter.h"

// The register that an op's pointer leads to, as i64: of floating point, its bits.
void emit_read(struct emitter *emitter, const uint64_t *from);
// The i64 on the stack into a register; x0 takes none: emit_is_written says so beforehand.
void emit_write(struct emitter *emitter, const uint64_t *to);
bool emit_is_written(const struct emitter *emitter, const uint64_t *to);
// The low 32 bits of a register of integers as i32, and such an i32 into one, sign-extended. So it is clean.
void emit_read_32(struct emitter *emitter, const uint64_t *from);
void emit_write_32(struct emitter *emitter, const uint64_t *to);
// A register of integers becomes what another one is.
void emit_copy(struct emitter *emitter, const uint64_t *to, const uint64_t *from);
// Are the low 32 bits at hand? Is the register these, sign-extended?
bool emit_has_32(const struct emitter *emitter, const uint64_t *from);
bool emit_is_clean(const struct emitter *emitter, const uint64_t *from);
// The number of a register of integers.
unsigned emit_integer_number(const struct emitter *emitter, const uint64_t *pointer);
// Of a register of floating point: its number, a double from and to it, a single from and to it. A register that holds
// no single leaves the unit at emit_unbox, which is called before anything is on the stack.
unsigned emit_float_number(const struct emitter *emitter, const uint64_t *pointer);
void emit_read_double(struct emitter *emitter, const uint64_t *from);
// Its local is the double.
void emit_copy_double(struct emitter *emitter, const uint64_t *from);
void emit_write_double(struct emitter *emitter, const uint64_t *to);
void emit_unbox(struct emitter *emitter, const uint64_t *from);
void emit_read_single(struct emitter *emitter, const uint64_t *from);
void emit_write_single(struct emitter *emitter, const uint64_t *to);
// The address of an offset of the present page, as i64.
void emit_address_of(struct emitter *emitter, int64_t offset);
// Registers to the hart's state, where functions of the interpreter use them, and from there; `set` is of their
// numbers.
void emit_move(struct emitter *emitter, uint64_t set, bool to_memory);
uint64_t emit_bit_of(const struct emitter *emitter, const uint64_t *pointer);

#endif
