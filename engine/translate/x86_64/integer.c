// Ops that the interpreter's loop executes itself (cpu/x86_64/execute/execute.c), all but jumps.
#include "integer.h"
#include "flags.h"
#include "operand.h"

struct operation {
  enum x86_flags_kind kind;
  enum wasm_opcode narrow, wide; // for i32 and i64
};

static const struct operation ADD = {FLAGS_ADD, WASM_I32_ADD, WASM_I64_ADD};
static const struct operation SUB = {FLAGS_SUB, WASM_I32_SUB, WASM_I64_SUB};
static const struct operation AND = {FLAGS_LOGIC, WASM_I32_AND, WASM_I64_AND};
static const struct operation OR = {FLAGS_LOGIC, WASM_I32_OR, WASM_I64_OR};
static const struct operation XOR = {FLAGS_LOGIC, WASM_I32_XOR, WASM_I64_XOR};
static const struct operation SHL = {FLAGS_SHL, WASM_I32_SHL, WASM_I64_SHL};
static const struct operation SHR = {FLAGS_SHR, WASM_I32_SHR_U, WASM_I64_SHR_U};
static const struct operation SAR = {FLAGS_SAR, WASM_I32_SHR_S, WASM_I64_SHR_S};

enum writing { WRITES_NOT, WRITES };

static void operate(struct emitter *emitter, const struct operation *operation, unsigned size) {
  struct wasm_code *code = emitter->code;
  wasm_byte(code, operation->wide);
  emit_cut(code, size);
}

// Without flags.
static bool quiet(struct emitter *emitter, const struct x86_op *op, const struct operation *operation, unsigned size) {
  struct wasm_code *code = emitter->code;
  if (size == 2) {
    if (!emit_read_32(emitter, op, op->rd) || !emit_read_32(emitter, op, op->rs))
      return false;
    wasm_byte(code, operation->narrow);
    return emit_write_32(emitter, op->rd);
  }
  if (!emit_read(emitter, op, op->rd, 3) || !emit_read(emitter, op, op->rs, 3))
    return false;
  wasm_byte(code, operation->wide);
  return emit_write(emitter, op->rd, 3);
}

static bool binary_32(struct emitter *emitter, const struct x86_op *op, const struct operation *operation,
                      enum writing writing) {
  struct wasm_code *code = emitter->code;
  if (!emit_read(emitter, op, op->rs, 2))
    return false;
  wasm_set(code, LOCAL_Y);
  if (!emit_read_32(emitter, op, op->rd))
    return false;
  emit_read_32(emitter, op, op->rs);
  wasm_byte(code, operation->narrow);
  wasm_tee(code, LOCAL_SLOT);
  wasm_byte(code, WASM_I64_EXTEND_I32_U);
  wasm_set(code, LOCAL_X);
  if (writing == WRITES) {
    wasm_get(code, LOCAL_SLOT);
    if (!emit_write_32(emitter, op->rd))
      return false;
  }
  emit_note(emitter, operation->kind, 2, operation->kind != FLAGS_LOGIC);
  return true;
}

static bool binary(struct emitter *emitter, const struct x86_op *op, const struct operation *operation, unsigned size,
                   enum writing writing) {
  struct wasm_code *code = emitter->code;
  if (size == 2)
    return binary_32(emitter, op, operation, writing);
  if (!emit_read(emitter, op, op->rd, size))
    return false;
  if (!emit_read(emitter, op, op->rs, size))
    return false;
  wasm_tee(code, LOCAL_Y);
  operate(emitter, operation, size);
  if (writing == WRITES) {
    wasm_tee(code, LOCAL_X);
    if (!emit_write(emitter, op->rd, size))
      return false;
  } else {
    wasm_set(code, LOCAL_X);
  }
  emit_note(emitter, operation->kind, size, operation->kind != FLAGS_LOGIC);
  return true;
}

// ADC and SBB. What the flags are of depends on the carry: ADD and ADC, SUB and SBB are neighbours.
static bool with_carry(struct emitter *emitter, const struct x86_op *op, const struct operation *operation,
                       enum x86_flags_kind kind) {
  _Static_assert(FLAGS_ADC == FLAGS_ADD + 1 && FLAGS_SBB == FLAGS_SUB + 1, "as the carry is added");
  struct wasm_code *code = emitter->code;
  const unsigned size = op->size;
  if (!emit_can_write(emitter, op->rd))
    return false;
  emit_carry(emitter);
  wasm_byte(code, WASM_I64_EXTEND_I32_U);
  wasm_set(code, LOCAL_Z);
  if (!emit_read(emitter, op, op->rd, size) || !emit_read(emitter, op, op->rs, size))
    return false;
  wasm_tee(code, LOCAL_Y);
  wasm_byte(code, operation->wide);
  wasm_get(code, LOCAL_Z);
  operate(emitter, operation, size);
  wasm_tee(code, LOCAL_X);
  emit_write(emitter, op->rd, size);
  emit_note(emitter, kind, size, true);
  return true;
}

// INC and DEC keep the carry; NEG is a subtraction from 0.
static bool step(struct emitter *emitter, const struct x86_op *op, const struct operation *operation,
                 enum x86_flags_kind kind, unsigned size, bool noted) {
  struct wasm_code *code = emitter->code;
  if (noted) {
    emit_carry(emitter);
    wasm_byte(code, WASM_I64_EXTEND_I32_U);
    wasm_set(code, LOCAL_Y);
  }
  if (!(size == 2 ? emit_read_32(emitter, op, op->rd) : emit_read(emitter, op, op->rd, size)))
    return false;
  if (size == 2) {
    wasm_i32(code, 1);
    wasm_byte(code, operation->narrow);
    wasm_tee(code, LOCAL_SLOT);
    wasm_byte(code, WASM_I64_EXTEND_I32_U);
    wasm_set(code, LOCAL_X);
    wasm_get(code, LOCAL_SLOT);
    if (!emit_write_32(emitter, op->rd))
      return false;
  } else {
    wasm_i64(code, 1);
    operate(emitter, operation, size);
    wasm_tee(code, LOCAL_X);
    if (!emit_write(emitter, op->rd, size))
      return false;
  }
  if (noted)
    emit_note(emitter, kind, size, true);
  return true;
}

static bool negate(struct emitter *emitter, const struct x86_op *op, unsigned size, bool noted) {
  struct wasm_code *code = emitter->code;
  wasm_i64(code, 0);
  if (!emit_read(emitter, op, op->rd, size))
    return false;
  wasm_tee(code, LOCAL_Y);
  operate(emitter, &SUB, size);
  wasm_tee(code, LOCAL_X);
  if (!emit_write(emitter, op->rd, size))
    return false;
  if (noted)
    emit_note(emitter, FLAGS_SUB, size, true);
  return true;
}

static bool invert(struct emitter *emitter, const struct x86_op *op, unsigned size) {
  if (!emit_read(emitter, op, op->rd, size))
    return false;
  wasm_i64(emitter->code, (int64_t)x86_size_mask(size));
  wasm_byte(emitter->code, WASM_I64_XOR);
  return emit_write(emitter, op->rd, size);
}

// What is behind the count, which is not 0: LOCAL_X is the value, extended. `count` of -1: it is LOCAL_Z.
static bool shift_by(struct emitter *emitter, const struct x86_op *op, const struct operation *operation, unsigned size,
                     int64_t count) {
  struct wasm_code *code = emitter->code;
  wasm_get(code, LOCAL_X);
  if (count < 0) {
    wasm_get(code, LOCAL_Z);
    wasm_i64(code, 1);
    wasm_byte(code, WASM_I64_SUB);
  } else {
    wasm_i64(code, count - 1);
  }
  wasm_byte(code, operation->wide);
  wasm_tee(code, LOCAL_X);
  emit_cut(code, size);
  wasm_set(code, LOCAL_Y);
  wasm_get(code, LOCAL_X);
  wasm_i64(code, 1);
  operate(emitter, operation, size);
  wasm_tee(code, LOCAL_X);
  if (!emit_write(emitter, op->rd, size))
    return false;
  emit_note(emitter, operation->kind, size, true);
  return true;
}

// A count of 0 changes nothing but the upper half of a 32-bit destination.
static bool shift(struct emitter *emitter, const struct x86_op *op, const struct operation *operation, unsigned size) {
  struct wasm_code *code = emitter->code;
  const int64_t mask = size == 3 ? 63 : 31;
  const bool constant = op->rs == &op->imm;
  const int64_t count = (int64_t)op->imm & mask;
  if (!emit_can_write(emitter, op->rd) || !emit_read(emitter, op, op->rd, size))
    return false;
  if (constant && count == 0)
    return emit_write(emitter, op->rd, size);
  if (operation->kind == FLAGS_SAR)
    emit_sign_extend(code, size);
  wasm_set(code, LOCAL_X);
  if (constant)
    return shift_by(emitter, op, operation, size, count);
  if (!emit_read(emitter, op, op->rs, 0))
    return false;
  wasm_i64(code, mask);
  wasm_byte(code, WASM_I64_AND);
  wasm_set(code, LOCAL_Z);
  emit_copy_flags(emitter);
  emit_copy(emitter, op->rd);
  wasm_get(code, LOCAL_Z);
  wasm_byte(code, WASM_I64_EQZ);
  wasm_open(code, WASM_IF, WASM_VOID);
  if (size == 2) {
    emit_read(emitter, op, op->rd, 2);
    emit_write(emitter, op->rd, 2);
  }
  wasm_byte(code, WASM_ELSE);
  const bool done = shift_by(emitter, op, operation, size, -1);
  wasm_end(code);
  emit_forget(emitter, op->rd);
  emitter->kind = FLAGS_UNKNOWN;
  return done;
}

static bool quiet_shift(struct emitter *emitter, const struct x86_op *op, const struct operation *operation,
                        unsigned size) {
  struct wasm_code *code = emitter->code;
  // WebAssembly takes the count modulo the operand's bits, as x86 does for these sizes.
  if (size == 2) {
    if (!emit_read_32(emitter, op, op->rd) || !emit_read_32(emitter, op, op->rs))
      return false;
    wasm_byte(code, operation->narrow);
    return emit_write_32(emitter, op->rd);
  }
  if (!emit_read(emitter, op, op->rd, 3) || !emit_read(emitter, op, op->rs, 0))
    return false;
  wasm_byte(code, operation->wide);
  return emit_write(emitter, op->rd, size);
}

static bool copy(struct emitter *emitter, const struct x86_op *op, unsigned from, bool is_signed, unsigned to) {
  struct wasm_code *code = emitter->code;
  const bool extends_word = is_signed && from == 2; // to 64 bits
  if (from == 3 || (from < 2 && to == from) || (is_signed && from < 2 && to == 3)) {
    if (!emit_read(emitter, op, op->rs, from))
      return false;
    if (is_signed)
      emit_sign_extend(code, from);
    return emit_write(emitter, op->rd, to);
  }
  if (!(from == 2 ? emit_read_32(emitter, op, op->rs) : emit_read_small(emitter, op, op->rs, from)))
    return false;
  if (extends_word) {
    wasm_byte(code, WASM_I64_EXTEND_I32_S);
    return emit_write(emitter, op->rd, to);
  }
  if (is_signed)
    wasm_byte(code, from ? WASM_I32_EXTEND16_S : WASM_I32_EXTEND8_S);
  return emit_write_32(emitter, op->rd);
}

static bool load(struct emitter *emitter, const struct x86_op *op, bool indexed, enum wasm_opcode opcode,
                 unsigned bytes, const void *to, unsigned size) {
  struct wasm_code *code = emitter->code;
  if (!emit_can_write(emitter, to) || !emit_access(emitter, op, indexed, TLB_READ, bytes))
    return false;
  emit_host(emitter);
  wasm_memory(code, opcode, emit_host_offset());
  return emit_write(emitter, to, size);
}

// What is extended to 32 bits, with zeros beyond them.
static bool load_32(struct emitter *emitter, const struct x86_op *op, bool indexed, enum wasm_opcode opcode,
                    unsigned bytes, const void *to) {
  if (!emit_can_write(emitter, to) || !emit_access(emitter, op, indexed, TLB_READ, bytes))
    return false;
  emit_host(emitter);
  wasm_memory(emitter->code, opcode, emit_host_offset());
  return emit_write_32(emitter, to);
}

static const enum wasm_opcode LOADS[] = {WASM_I64_LOAD8_U, WASM_I64_LOAD16_U, WASM_I64_LOAD32_U, WASM_I64_LOAD};
static const enum wasm_opcode LOADS_32[] = {WASM_I32_LOAD8_U, WASM_I32_LOAD16_U, WASM_I32_LOAD};
static const enum wasm_opcode STORES[] = {WASM_I64_STORE8, WASM_I64_STORE16, WASM_I64_STORE32, WASM_I64_STORE};

static bool load_plain(struct emitter *emitter, const struct x86_op *op, bool indexed, unsigned size) {
  if (size == 2)
    return load_32(emitter, op, indexed, WASM_I32_LOAD, 4, op->rd);
  return load(emitter, op, indexed, LOADS[size], 1U << size, op->rd, size);
}

static bool load_temporary(struct emitter *emitter, const struct x86_op *op, bool indexed, unsigned size) {
  if (size < 3)
    return load_32(emitter, op, indexed, LOADS_32[size], 1U << size, &emitter->cpu->temporary);
  return load(emitter, op, indexed, LOADS[size], 1U << size, &emitter->cpu->temporary, 3);
}

static bool store(struct emitter *emitter, const struct x86_op *op, bool indexed, unsigned size) {
  if (!emit_access(emitter, op, indexed, TLB_WRITE, 1U << size))
    return false;
  emit_host(emitter);
  if (size == 2) {
    if (!emit_read_32(emitter, op, op->rs))
      return false;
    wasm_memory(emitter->code, WASM_I32_STORE, emit_host_offset());
    return true;
  }
  if (!emit_read_to_cut(emitter, op, op->rs, size))
    return false;
  wasm_memory(emitter->code, STORES[size], emit_host_offset());
  return true;
}

static bool load_to_modify(struct emitter *emitter, const struct x86_op *op, unsigned size) {
  struct wasm_code *code = emitter->code;
  if (!emit_access(emitter, op, true, TLB_WRITE, 1U << size))
    return false;
  emit_host(emitter);
  wasm_memory(code, size < 3 ? LOADS_32[size] : WASM_I64_LOAD, emit_host_offset());
  if (size < 3)
    emit_write_32(emitter, &emitter->cpu->temporary);
  else
    emit_write(emitter, &emitter->cpu->temporary, 3);
  emit_access_keep(emitter);
  return true;
}

static bool store_modified(struct emitter *emitter, unsigned size) {
  emit_access_kept(emitter);
  if (size == 2) {
    emit_read_32(emitter, NULL, &emitter->cpu->temporary);
    wasm_memory(emitter->code, WASM_I32_STORE, emit_host_offset());
    return true;
  }
  wasm_get(emitter->code, LOCAL_TEMPORARY);
  wasm_memory(emitter->code, STORES[size], emit_host_offset());
  return true;
}

static bool push(struct emitter *emitter, const struct x86_op *op) {
  struct wasm_code *code = emitter->code;
  emit_access_at(emitter, op, RSP, -8, TLB_WRITE, 8);
  emit_host(emitter);
  if (!emit_read(emitter, op, op->rs, 3))
    return false;
  wasm_memory(code, WASM_I64_STORE, emit_host_offset());
  emit_read(emitter, op, &emitter->cpu->r[RSP], 3);
  wasm_i64(code, -8);
  wasm_byte(code, WASM_I64_ADD);
  return emit_write(emitter, &emitter->cpu->r[RSP], 3);
}

// POP takes what the stack pointer leads to. LEAVE pops the frame pointer from where that leads to itself.
static bool pop(struct emitter *emitter, const struct x86_op *op, unsigned pointer, const void *to) {
  struct wasm_code *code = emitter->code;
  if (!emit_can_write(emitter, to))
    return false;
  emit_access_at(emitter, op, pointer, 0, TLB_READ, 8);
  emit_read(emitter, op, &emitter->cpu->r[pointer], 3);
  wasm_i64(code, 8);
  wasm_byte(code, WASM_I64_ADD);
  emit_write(emitter, &emitter->cpu->r[RSP], 3);
  emit_host(emitter);
  wasm_memory(code, WASM_I64_LOAD, emit_host_offset());
  return emit_write(emitter, to, 3);
}

static bool leave(struct emitter *emitter, const struct x86_op *op) {
  return op->size == 3 && pop(emitter, op, RBP, &emitter->cpu->r[RBP]);
}

// XCHG, and the first half of XADD: LOCAL_X is the first operand, LOCAL_Y the second.
static bool read_two(struct emitter *emitter, const struct x86_op *op) {
  if (!emit_can_write(emitter, op->rd) || !emit_can_write(emitter, op->rs) || !emit_read(emitter, op, op->rd, op->size))
    return false;
  wasm_set(emitter->code, LOCAL_X);
  emit_read(emitter, op, op->rs, op->size);
  wasm_set(emitter->code, LOCAL_Y);
  return true;
}

static bool exchange(struct emitter *emitter, const struct x86_op *op) {
  if (!read_two(emitter, op))
    return false;
  wasm_get(emitter->code, LOCAL_X);
  emit_write(emitter, op->rs, op->size);
  wasm_get(emitter->code, LOCAL_Y);
  return emit_write(emitter, op->rd, op->size);
}

static bool exchange_add(struct emitter *emitter, const struct x86_op *op) {
  struct wasm_code *code = emitter->code;
  if (!read_two(emitter, op))
    return false;
  wasm_get(code, LOCAL_X);
  emit_write(emitter, op->rs, op->size);
  wasm_get(code, LOCAL_X);
  wasm_get(code, LOCAL_Y);
  operate(emitter, &ADD, op->size);
  wasm_tee(code, LOCAL_X);
  emit_write(emitter, op->rd, op->size);
  emit_note(emitter, FLAGS_ADD, op->size, true);
  return true;
}

// The flags are those of a comparison of the accumulator with the first operand, which is stored again if it differs.
static bool compare_exchange(struct emitter *emitter, const struct x86_op *op) {
  struct wasm_code *code = emitter->code;
  void *accumulator = &emitter->cpu->r[RAX];
  if (!emit_can_write(emitter, op->rd))
    return false;
  emit_copy(emitter, accumulator);
  emit_copy(emitter, op->rd);
  emit_read(emitter, op, accumulator, op->size);
  if (!emit_read(emitter, op, op->rd, op->size))
    return false;
  wasm_tee(code, LOCAL_Y);
  operate(emitter, &SUB, op->size);
  wasm_tee(code, LOCAL_X);
  wasm_byte(code, WASM_I64_EQZ);
  const struct cached cached = emitter->cached;
  wasm_open(code, WASM_IF, WASM_VOID);
  if (!emit_read(emitter, op, op->rs, op->size))
    return false;
  emit_write(emitter, op->rd, op->size);
  wasm_byte(code, WASM_ELSE);
  wasm_get(code, LOCAL_Y);
  emit_write(emitter, accumulator, op->size);
  wasm_end(code);
  emit_forget(emitter, op->rd);
  emit_forget(emitter, op->rs);
  emit_forget(emitter, accumulator);
  emitter->cached.loaded = cached.loaded;
  emit_note(emitter, FLAGS_SUB, op->size, true);
  return true;
}

static bool set_condition(struct emitter *emitter, const struct x86_op *op) {
  if (!emit_can_write(emitter, op->rd))
    return false;
  emit_condition(emitter, op->detail & 15);
  wasm_byte(emitter->code, WASM_I64_EXTEND_I32_U);
  return emit_write(emitter, op->rd, 0);
}

static bool move_if(struct emitter *emitter, const struct x86_op *op, unsigned size) {
  if (size == 2) {
    if (!emit_read_32(emitter, op, op->rs) || !emit_read_32(emitter, op, op->rd))
      return false;
    emit_condition(emitter, op->detail & 15);
    wasm_byte(emitter->code, WASM_SELECT);
    return emit_write_32(emitter, op->rd);
  }
  if (!emit_read(emitter, op, op->rs, size) || !emit_read(emitter, op, op->rd, size))
    return false;
  emit_condition(emitter, op->detail & 15);
  wasm_byte(emitter->code, WASM_SELECT);
  return emit_write(emitter, op->rd, size);
}

// LEA, and the address of an operand: `added` is a segment's base.
static bool address(struct emitter *emitter, const struct x86_op *op, unsigned size, const void *added, void *to) {
  struct wasm_code *code = emitter->code;
  if (!emit_can_write(emitter, to) || !emit_address(emitter, op, true))
    return false;
  wasm_get(code, LOCAL_ADDRESS);
  if (size == 2 && added == &emitter->cpu->zero) {
    wasm_byte(code, WASM_I32_WRAP_I64);
    return emit_write_32(emitter, to);
  }
  emit_cut(code, size);
  if (added != &emitter->cpu->zero) {
    if (!emit_read(emitter, op, added, 3))
      return false;
    wasm_byte(code, WASM_I64_ADD);
  }
  return emit_write(emitter, to, size);
}

#define SIZES(name, ...)                                                                                               \
  case X86_##name##8:                                                                                                  \
  case X86_##name##16:                                                                                                 \
  case X86_##name##32:                                                                                                 \
  case X86_##name##64: {                                                                                               \
    const unsigned size = op->code - (unsigned)X86_##name##8;                                                          \
    return __VA_ARGS__;                                                                                                \
  }
#define QUIET(name, ...)                                                                                               \
  case X86_##name##_NF32:                                                                                              \
  case X86_##name##_NF64: {                                                                                            \
    const unsigned size = op->code == X86_##name##_NF32 ? 2 : 3;                                                       \
    return __VA_ARGS__;                                                                                                \
  }
#define BINARY(name) SIZES(name, binary(emitter, op, &name, size, WRITES)) QUIET(name, quiet(emitter, op, &name, size))
#define SHIFT(name) SIZES(name, shift(emitter, op, &name, size)) QUIET(name, quiet_shift(emitter, op, &name, size))
#define LOAD_SIZES(form, indexed)                                                                                      \
  case X86_LOAD8##form:                                                                                                \
  case X86_LOAD16##form:                                                                                               \
  case X86_LOAD32##form:                                                                                               \
  case X86_LOAD64##form: return load_plain(emitter, op, indexed, op->code - (unsigned)X86_LOAD8##form);                \
  case X86_LOADT8##form:                                                                                               \
  case X86_LOADT16##form:                                                                                              \
  case X86_LOADT32##form:                                                                                              \
  case X86_LOADT64##form: return load_temporary(emitter, op, indexed, op->code - (unsigned)X86_LOADT8##form);          \
  case X86_LOADZ8##form: return load_32(emitter, op, indexed, WASM_I32_LOAD8_U, 1, op->rd);                            \
  case X86_LOADZ16##form: return load_32(emitter, op, indexed, WASM_I32_LOAD16_U, 2, op->rd);                          \
  case X86_LOADS8_32##form: return load_32(emitter, op, indexed, WASM_I32_LOAD8_S, 1, op->rd);                         \
  case X86_LOADS8_64##form: return load(emitter, op, indexed, WASM_I64_LOAD8_S, 1, op->rd, 3);                         \
  case X86_LOADS16_32##form: return load_32(emitter, op, indexed, WASM_I32_LOAD16_S, 2, op->rd);                       \
  case X86_LOADS16_64##form: return load(emitter, op, indexed, WASM_I64_LOAD16_S, 2, op->rd, 3);                       \
  case X86_LOADS32_64##form: return load(emitter, op, indexed, WASM_I64_LOAD32_S, 4, op->rd, 3);                       \
  case X86_STORE8##form:                                                                                               \
  case X86_STORE16##form:                                                                                              \
  case X86_STORE32##form:                                                                                              \
  case X86_STORE64##form: return store(emitter, op, indexed, op->code - (unsigned)X86_STORE8##form);

static const struct operation ROL = {.narrow = WASM_I32_ROTL, .wide = WASM_I64_ROTL};
static const struct operation ROR = {.narrow = WASM_I32_ROTR, .wide = WASM_I64_ROTR};

bool emit_integer(struct emitter *emitter, const struct x86_op *op) {
  switch ((enum x86_code)op->code) {
    BINARY(ADD)
    BINARY(SUB)
    BINARY(AND)
    BINARY(OR)
    BINARY(XOR)
    SIZES(CMP, binary(emitter, op, &SUB, size, WRITES_NOT))
    SIZES(TEST, binary(emitter, op, &AND, size, WRITES_NOT))
    SIZES(INC, step(emitter, op, &ADD, FLAGS_INC, size, true))
    SIZES(DEC, step(emitter, op, &SUB, FLAGS_DEC, size, true))
    SIZES(NEG, negate(emitter, op, size, true))
    QUIET(INC, step(emitter, op, &ADD, FLAGS_INC, size, false))
    QUIET(DEC, step(emitter, op, &SUB, FLAGS_DEC, size, false))
    QUIET(NEG, negate(emitter, op, size, false))
    SHIFT(SHL)
    SHIFT(SHR)
    SHIFT(SAR)
    QUIET(ROL, quiet_shift(emitter, op, &ROL, size))
    QUIET(ROR, quiet_shift(emitter, op, &ROR, size))
    SIZES(NOT, invert(emitter, op, size))
    SIZES(MOV, copy(emitter, op, size, false, size))
    LOAD_SIZES(B, false)
    LOAD_SIZES(X, true)
    SIZES(LOADM, load_to_modify(emitter, op, size))
    SIZES(STORET, store_modified(emitter, size))
  case X86_MOVZX8: return copy(emitter, op, 0, false, 3);
  case X86_MOVZX16: return copy(emitter, op, 1, false, 3);
  case X86_MOVSX8_32: return copy(emitter, op, 0, true, 2);
  case X86_MOVSX8_64: return copy(emitter, op, 0, true, 3);
  case X86_MOVSX16_32: return copy(emitter, op, 1, true, 2);
  case X86_MOVSX16_64: return copy(emitter, op, 1, true, 3);
  case X86_MOVSX32_64: return copy(emitter, op, 2, true, 3);
  case X86_SETCC: return set_condition(emitter, op);
  case X86_CMOV16: return move_if(emitter, op, 1);
  case X86_CMOV32: return move_if(emitter, op, 2);
  case X86_CMOV64: return move_if(emitter, op, 3);
  case X86_NOP: return true;
  case X86_SETT: wasm_i64(emitter->code, (int64_t)op->imm); return emit_write(emitter, &emitter->cpu->temporary, 3);
  case X86_LEA32: return address(emitter, op, 2, &emitter->cpu->zero, op->rd);
  case X86_LEA64: return address(emitter, op, 3, &emitter->cpu->zero, op->rd);
  case X86_EA: return address(emitter, op, 3, op->rs, &emitter->cpu->effective);
  case X86_EA32: return address(emitter, op, 2, op->rs, &emitter->cpu->effective);
  case X86_EA16: return address(emitter, op, 1, op->rs, &emitter->cpu->effective);
  case X86_PUSH64: return push(emitter, op);
  case X86_POP64: return pop(emitter, op, RSP, op->rd);
  case X86_LEAVE: return leave(emitter, op);
  case X86_ADC: return with_carry(emitter, op, &ADD, FLAGS_ADC);
  case X86_SBB: return with_carry(emitter, op, &SUB, FLAGS_SBB);
  case X86_SAHF: emit_note_accumulator(emitter); return true;
  case X86_XCHG: return exchange(emitter, op);
  case X86_XADD: return exchange_add(emitter, op);
  case X86_CMPXCHG: return compare_exchange(emitter, op);
  default: return false;
  }
}
