// Marks over ops, and the codes that they cover.
#ifndef TRANSLATE_RISCV64_MARK_H
#define TRANSLATE_RISCV64_MARK_H

#include "cpu/riscv64/code_cache.h"

// False if the host has not enough memory.
bool riscv_mark_init(struct riscv_cpu *cpu);
// The page's ops are about to be forgotten.
void riscv_mark_forget(struct code_page *page);
// A copy of a marked op, by itself in a page.
struct riscv_op *riscv_mark_alone(const struct riscv_op *op, struct code_page **page);
// The op's own code, enum riscv_code.
unsigned riscv_code_at(const struct riscv_op *op);

#endif
