// What instructions use memory for, and what they do to registers: values.h.
#include "op.h"
#include "translate/processor.h"
#include "translate/values.h"
#include "walk.h"

// What an op uses: bytes at a displacement from a register, and maybe an index.
struct shape {
  enum tlb_kind kind;
  unsigned bytes; // 0: does not use memory
  bool indexed;
};

// What an instruction of the stack uses.
struct stack_use {
  unsigned reg;
  int64_t displacement;
  enum tlb_kind kind;
};

static int number_of(const struct emitter *emitter, const void *pointer) {
  const uintptr_t offset = (uintptr_t)pointer - (uintptr_t)emitter->cpu->r;
  if (pointer == &emitter->cpu->page_address)
    return VALUE_PAGE;
  return offset < sizeof emitter->cpu->r && offset % sizeof *emitter->cpu->r == 0
             ? (int)(offset / sizeof *emitter->cpu->r)
             : -1;
}

static struct shape shape_of(const struct x86_op *op) {
#define FORM(first, last, is_indexed, of_kind, count)                                                                  \
  if (op->code >= X86_##first && op->code <= X86_##last) {                                                             \
    const unsigned at = (unsigned)op->code - (unsigned)X86_##first;                                                    \
    (void)at;                                                                                                          \
    return (struct shape){of_kind, count, is_indexed};                                                                 \
  }
  FORM(LOAD8B, LOAD64B, false, TLB_READ, 1U << at)
  FORM(LOAD8X, LOAD64X, true, TLB_READ, 1U << at)
  FORM(LOADT8B, LOADT64B, false, TLB_READ, 1U << at)
  FORM(LOADT8X, LOADT64X, true, TLB_READ, 1U << at)
  FORM(LOADZ8B, LOADZ16B, false, TLB_READ, 1U << at)
  FORM(LOADZ8X, LOADZ16X, true, TLB_READ, 1U << at)
  FORM(LOADS8_32B, LOADS16_64B, false, TLB_READ, 1U << at / 2)
  FORM(LOADS8_32X, LOADS16_64X, true, TLB_READ, 1U << at / 2)
  FORM(LOADS32_64B, LOADS32_64B, false, TLB_READ, 4)
  FORM(LOADS32_64X, LOADS32_64X, true, TLB_READ, 4)
  FORM(STORE8B, STORE64B, false, TLB_WRITE, 1U << at)
  FORM(STORE8X, STORE64X, true, TLB_WRITE, 1U << at)
  FORM(LOADM8, LOADM64, true, TLB_WRITE, 1U << at)
  FORM(LOADX, LOADX, true, TLB_READ, 16)
  FORM(STOREX, STOREX, true, TLB_WRITE, 16)
#undef FORM
  return (struct shape){TLB_READ, 0, false};
}

// Of 8 bytes. False: it is another one.
static bool stack_use(const struct x86_op *op, struct stack_use *use) {
  switch (op->code) {
  case X86_PUSH64:
  case X86_CALL64:
  case X86_CALL_TO64: *use = (struct stack_use){RSP, -8, TLB_WRITE}; return true;
  case X86_POP64:
  case X86_RET64: *use = (struct stack_use){RSP, 0, TLB_READ}; return true;
  case X86_LEAVE: *use = (struct stack_use){RBP, 0, TLB_READ}; return true;
  default: return false;
  }
}

static bool crosses(const struct x86_cpu *cpu, const struct x86_op *op) {
  const struct shape shape = shape_of(op);
  struct stack_use use;
  if (stack_use(op, &use))
    return tlb_crosses(cpu->r[use.reg] + (uint64_t)use.displacement, 8);
  // What another op computes is not known before it is executed.
  if (!shape.bytes || op->base == &cpu->effective)
    return false;
  return tlb_crosses(*op->base + (shape.indexed ? *op->index << op->shift : 0) + op->imm, shape.bytes);
}

bool walk_crosses(struct code_page *page, void *op) {
  struct x86_instruction walked;
  x86_walk(page, op, &walked);
  for (unsigned i = 0; i < walked.count; i++) {
    if (crosses(x86_walk_cpu(), walked.ops[i]))
      return true;
  }
  return false;
}

static bool is_indexed(const struct emitter *emitter, const struct x86_op *op, bool indexed) {
  return indexed && op->index != &emitter->cpu->zero;
}

static void note_uses(const struct emitter *emitter, const void *instruction, const struct x86_op *op) {
  const struct shape shape = shape_of(op);
  struct stack_use use;
  if (shape.bytes) {
    const int base = is_indexed(emitter, op, shape.indexed) ? -1 : number_of(emitter, op->base);
    if (base >= 0)
      note_use(op, instruction, (unsigned)base, (int64_t)op->imm, shape.kind, shape.bytes);
  } else if (stack_use(op, &use)) {
    note_use(op, instruction, use.reg, use.displacement, use.kind, 8);
  }
}

// What an op writes, by writing it; that is thrown away.
static uint64_t written_by(struct emitter *emitter, const struct x86_op *op) {
  struct emitter tried = *emitter;
  struct wasm_code *code = emitter->code, room = *code;
  tried.code = &room;
  tried.written = 0;
  tried.kept = NULL;
  return emit_op(&tried, op) ? tried.written : (UINT64_C(1) << X86_REGISTERS) - 1;
}

// What is known of the registers behind an op that does not jump.
static void note_values(struct emitter *emitter, const struct x86_op *op) {
  const int to = number_of(emitter, op->rd), from = number_of(emitter, op->rs);
  switch (op->code) {
  case X86_ADD64:
  case X86_ADD_NF64:
  case X86_SUB64:
  case X86_SUB_NF64: {
    const bool adds = op->code == X86_ADD64 || op->code == X86_ADD_NF64;
    if (to < 0 || op->rs != &op->imm)
      break;
    note_sum((unsigned)to, (unsigned)to, adds ? (int64_t)op->imm : -(int64_t)op->imm);
    return;
  }
  case X86_MOV64:
    if (to < 0 || from < 0)
      break;
    note_sum((unsigned)to, (unsigned)from, 0);
    return;
  case X86_LEA64: {
    const int base = is_indexed(emitter, op, true) ? -1 : number_of(emitter, op->base);
    if (to < 0 || base < 0)
      break;
    note_sum((unsigned)to, (unsigned)base, (int64_t)op->imm);
    return;
  }
  case X86_PUSH64: note_sum(RSP, RSP, -8); return;
  case X86_POP64:
    note_sum(RSP, RSP, 8);
    if (to >= 0)
      note_unknown((unsigned)to);
    return;
  case X86_LEAVE:
    note_sum(RSP, RBP, 8);
    note_unknown(RBP);
    return;
  default: break;
  }
  const uint64_t written = written_by(emitter, op);
  for (unsigned i = 0; i < X86_REGISTERS; i++) {
    if (written >> i & 1)
      note_unknown(i);
  }
}

void note_instruction(struct emitter *emitter, struct code_page *page, void *op) {
  struct x86_instruction walked;
  x86_walk(page, op, &walked);
  for (unsigned i = 0; i < walked.count; i++) {
    note_uses(emitter, op, walked.ops[i]);
    if (x86_walk_jumps(walked.ops[i]->code))
      return;
    note_values(emitter, walked.ops[i]);
  }
}
