// Along decoded ops.
#ifndef TRANSLATE_RISCV64_WALK_H
#define TRANSLATE_RISCV64_WALK_H

#include "cpu/riscv64/code_cache.h"

// Where a JALR leads to, as its register is now.
uint64_t riscv_jump_target(const struct riscv_op *op);

#endif
