// Instructions.
#include "floating.h"
#include "integer.h"
#include "mark.h"
#include "memory.h"
#include "translate/processor.h"

// A fence orders nothing that one hart would notice.
static bool emit_op(struct emitter *emitter, const struct riscv_op *op, unsigned code) {
  return code == RV_FENCE || emit_integer(emitter, op, code) || emit_memory(emitter, op, code) ||
         emit_float(emitter, op, code);
}

bool emit_instruction(struct emitter *emitter, struct code_page *page, void *op) {
  struct instruction instruction;
  walk_instruction(page, op, &instruction);
  if (instruction.flow != FLOW_NEXT)
    return true;
  if (!walk_is_instruction(op) || !emit_op(emitter, op, riscv_code_at(op)))
    return false;
  emitter->done++;
  return true;
}
