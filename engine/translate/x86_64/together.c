// What blocks use memory for: it goes over the ops before they are written, and follows what is added to registers.
#include "access.h"
#include "op.h"
#include "translate/processor.h"
#include "walk.h"

enum { ROOTS = ACCESS_PAGE + 1 };

// What a register holds: what a root was, and a constant. Roots are numbered anew where nothing is known.
struct value {
  unsigned root;
  int64_t distance;
};

// At a place of the code.
struct known {
  struct value values[ROOTS];
  int64_t page; // address of the code's page, from the anchor
};

static struct value *values;
static unsigned roots = ROOTS; // the next number
// Behind the block that is written, and behind what follows it; and behind those that were written.
static struct known at[1 + EXPECTED_MAX], behind[ACCESS_BLOCKS];

static int number_of(const struct emitter *emitter, const void *pointer) {
  const uintptr_t offset = (uintptr_t)pointer - (uintptr_t)emitter->cpu->r;
  if (pointer == &emitter->cpu->page_address)
    return ACCESS_PAGE;
  return offset < sizeof emitter->cpu->r && offset % sizeof *emitter->cpu->r == 0
             ? (int)(offset / sizeof *emitter->cpu->r)
             : -1;
}

static void forget_value(unsigned reg) {
  values[reg] = (struct value){roots++, 0};
}

typedef void noting(const struct access *access);

static void add_use(noting *note, const void *instruction, const struct x86_op *op, unsigned reg, int64_t displacement,
                    enum tlb_kind kind, unsigned bytes) {
  note(&(struct access){.op = op,
                        .instruction = instruction,
                        .reg = reg,
                        .root = values[reg].root,
                        .displacement = displacement,
                        .distance = values[reg].distance + displacement,
                        .kind = kind,
                        .bytes = bytes});
}

struct shape {
  enum tlb_kind kind;
  unsigned bytes; // 0: does not use memory
  bool indexed;
};

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

// What an instruction of the stack uses: 8 bytes at a displacement from a register. False: it is another one.
static bool stack_use(const struct x86_op *op, struct access *use) {
  switch (op->code) {
  case X86_PUSH64:
  case X86_CALL64:
  case X86_CALL_TO64: *use = (struct access){.reg = RSP, .displacement = -8, .kind = TLB_WRITE}; return true;
  case X86_POP64:
  case X86_RET64: *use = (struct access){.reg = RSP, .kind = TLB_READ}; return true;
  case X86_LEAVE: *use = (struct access){.reg = RBP, .kind = TLB_READ}; return true;
  default: return false;
  }
}

static bool crosses(const struct x86_cpu *cpu, const struct x86_op *op) {
  const struct shape shape = shape_of(op);
  struct access use;
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

static void note_use(noting *note, const struct emitter *emitter, const void *instruction, const struct x86_op *op) {
  const struct shape shape = shape_of(op);
  struct access use;
  if (shape.bytes) {
    const int base = is_indexed(emitter, op, shape.indexed) ? -1 : number_of(emitter, op->base);
    if (base >= 0)
      add_use(note, instruction, op, (unsigned)base, (int64_t)op->imm, shape.kind, shape.bytes);
  } else if (stack_use(op, &use)) {
    add_use(note, instruction, op, use.reg, use.displacement, use.kind, 8);
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
  struct value value;
  switch (op->code) {
  case X86_ADD64:
  case X86_ADD_NF64:
  case X86_SUB64:
  case X86_SUB_NF64:
    if (to < 0 || op->rs != &op->imm)
      break;
    if (op->code == X86_ADD64 || op->code == X86_ADD_NF64)
      values[to].distance += (int64_t)op->imm;
    else
      values[to].distance -= (int64_t)op->imm;
    return;
  case X86_MOV64:
    if (to < 0 || from < 0)
      break;
    values[to] = values[from];
    return;
  case X86_LEA64: {
    const int base = is_indexed(emitter, op, true) ? -1 : number_of(emitter, op->base);
    if (to < 0 || base < 0)
      break;
    value = values[base];
    values[to] = (struct value){value.root, value.distance + (int64_t)op->imm};
    return;
  }
  case X86_PUSH64: values[RSP].distance -= 8; return;
  case X86_POP64:
    values[RSP].distance += 8;
    if (to >= 0)
      forget_value((unsigned)to);
    return;
  case X86_LEAVE:
    value = values[RBP];
    forget_value(RBP);
    values[RSP] = (struct value){value.root, value.distance + 8};
    return;
  default: break;
  }
  const uint64_t written = written_by(emitter, op);
  for (unsigned i = 0; i < X86_REGISTERS; i++) {
    if (written >> i & 1)
      forget_value(i);
  }
}

static void note_block(noting *note, struct emitter *emitter, struct code_page *page, void *op, unsigned instructions) {
  for (unsigned i = 0; i < instructions && op; i++) {
    struct x86_instruction walked;
    x86_walk(page, op, &walked);
    for (unsigned k = 0; k < walked.count; k++) {
      note_use(note, emitter, op, walked.ops[k]);
      if (x86_walk_jumps(walked.ops[k]->code))
        break;
      note_values(emitter, walked.ops[k]);
    }
    op = walked.next ? walk_links(walked.next) : NULL;
  }
}

// What is known behind one block at the beginning of another one.
static void go_on(struct known *known, const struct known *from, int64_t page) {
  *known = *from;
  known->values[ACCESS_PAGE].distance += page - from->page;
  known->page = page;
  values = known->values;
}

void emit_block_begins(struct emitter *emitter, struct code_page *page, void *op, unsigned instructions, int before) {
  access_begin(before);
  if (before >= 0) {
    go_on(&at[0], &behind[before], emitter->page);
  } else {
    values = at[0].values;
    at[0].page = emitter->page;
    for (unsigned i = 0; i < ROOTS; i++)
      values[i] = (struct value){i, 0};
  }
  note_block(access_note, emitter, page, op, instructions);
}

void emit_block_expects(struct emitter *emitter, struct code_page *page, int64_t address, void *op,
                        unsigned instructions, unsigned depth) {
  go_on(&at[depth], &at[depth - 1], address);
  note_block(access_expect, emitter, page, op, instructions);
}

void emit_block_is_known(struct emitter *emitter) {
  (void)emitter;
  access_end_notes();
}

void emit_block_ends(struct emitter *emitter, int number) {
  (void)emitter;
  access_end(number);
  behind[number] = at[0];
  access_begin(-1);
}
