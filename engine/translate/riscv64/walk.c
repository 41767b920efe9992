// Along decoded ops.
#include "mark.h"
#include "translate/processor.h"

void *walk_links(void *op) {
  return op;
}

static bool links(const struct riscv_op *op) {
  return op->rd != processor_register(0) + X_SINK;
}

static enum flow flow_of(unsigned code, const struct riscv_op *op) {
  if ((code >= RV_BEQ && code <= RV_BGEU) || (code >= RV_BEQ_FAR && code <= RV_BGEU_FAR))
    return FLOW_BRANCH;
  if (code == RV_JAL || code == RV_JAL_FAR)
    return links(op) ? FLOW_CALL : FLOW_JUMP;
  return code == RV_JALR ? FLOW_INDIRECT : FLOW_NEXT;
}

bool walk_is_instruction(const void *op) {
  const unsigned code = riscv_code_at(op);
  return code != RV_DECODE && code != RV_PAGE_END && code != RV_STRADDLE;
}

bool walk_continues(const void *op, uint32_t *offset) {
  *offset = PAGE_SIZE;
  return riscv_code_at(op) == RV_PAGE_END;
}

uint32_t walk_offset(const struct code_page *page, const void *op) {
  return code_offset(page, op);
}

// Compilers for RISC-V use no bytes of two pages at once.
bool walk_crosses(struct code_page *page, void *op) {
  (void)page, (void)op;
  return false;
}

void *walk_known(struct code_page *page, uint32_t offset) {
  return &page->ops[offset / 2];
}

void walk_instruction(struct code_page *page, void *at, struct instruction *instruction) {
  struct riscv_op *op = at;
  const unsigned code = riscv_code_at(op);
  const enum flow flow = flow_of(code, op);
  const bool far = code >= RV_BEQ_FAR && code <= RV_JAL_FAR, stops = !walk_is_instruction(op) || code == RV_SRET;
  const uint32_t offset = code_offset(page, op), end = stops ? offset : offset + code_length(op->step);
  struct riscv_op *next = stops ? NULL : op + (end - offset) / 2;
  const bool returns = flow == FLOW_INDIRECT && links(op);
  if (flow == FLOW_JUMP || (flow == FLOW_INDIRECT && !returns) || (next && riscv_code_at(next) == RV_DECODE))
    next = NULL;
  *instruction = (struct instruction){.flow = flow,
                                      .returns = returns,
                                      .offset = offset,
                                      .end = end,
                                      .target = far ? op->imm : (int64_t)offset + op->imm / (int32_t)sizeof *op * 2,
                                      .next = next};
}

// The interpreter has to look at an instruction on the border of two pages.
bool walk_across(struct code_page *page, void *op, struct code_page *second) {
  (void)page;
  (void)op;
  (void)second;
  return false;
}
