// Lazy flags (cpu/x86_64/flags.h) in translated code. What was noted last is often known while the code is written.
#include "flags.h"
#include "operand.h"

#include "translate/module.h"

static void note_written(struct emitter *emitter, uint64_t bits) {
  emitter->written |= bits;
  emitter->cached.loaded |= bits;
  emitter->cached.dirty |= bits;
}

void emit_note_comparison(struct emitter *emitter, const struct x86_op *op) {
  enum { ZF_BIT = 6 };
  _Static_assert(FLAG_CF == 1 && FLAG_ZF == 1 << ZF_BIT, "of the flags");
  wasm_i32(emitter->code, ZF_BIT);
  wasm_byte(emitter->code, WASM_I32_SHL);
  wasm_byte(emitter->code, WASM_I32_OR);
  wasm_byte(emitter->code, WASM_I64_EXTEND_I32_U);
  wasm_set(emitter->code, LOCAL_FLAGS_A);
  wasm_i32(emitter->code, FLAGS_EXPLICIT);
  wasm_set(emitter->code, LOCAL_FLAGS_OP);
  emitter->kind = FLAGS_EXPLICIT;
  emitter->size = op->size;
  note_written(emitter, FLAGS_BIT);
}

void emit_note(struct emitter *emitter, enum x86_flags_kind kind, unsigned size, bool second) {
  struct wasm_code *code = emitter->code;
  const bool carried = kind == FLAGS_ADC || kind == FLAGS_SBB;
  wasm_i32(code, (int32_t)x86_flags_op(kind - carried, size));
  if (carried) {
    wasm_get(code, LOCAL_Z);
    wasm_byte(code, WASM_I32_WRAP_I64);
    wasm_i32(code, 2);
    wasm_byte(code, WASM_I32_SHL);
    wasm_byte(code, WASM_I32_ADD);
  }
  wasm_set(code, LOCAL_FLAGS_OP);
  wasm_get(code, LOCAL_X);
  wasm_set(code, LOCAL_FLAGS_A);
  if (second) {
    wasm_get(code, LOCAL_Y);
    wasm_set(code, LOCAL_FLAGS_B);
  }
  emitter->kind = (int)kind;
  emitter->size = size;
  note_written(emitter, second ? FLAGS_BIT | SECOND_BIT : FLAGS_BIT);
}

static void store_first(struct emitter *emitter) {
  struct wasm_code *code = emitter->code;
  emit_pointer(emitter, emitter->cpu);
  wasm_get(code, LOCAL_FLAGS_OP);
  wasm_memory(code, WASM_I32_STORE, (uint32_t)offsetof(struct x86_cpu, flags_op));
  emit_pointer(emitter, emitter->cpu);
  wasm_get(code, LOCAL_FLAGS_A);
  wasm_memory(code, WASM_I64_STORE, (uint32_t)offsetof(struct x86_cpu, flags_a));
}

static void store_second(struct emitter *emitter) {
  emit_pointer(emitter, emitter->cpu);
  wasm_get(emitter->code, LOCAL_FLAGS_B);
  wasm_memory(emitter->code, WASM_I64_STORE, (uint32_t)offsetof(struct x86_cpu, flags_b));
}

static void load_first(struct emitter *emitter) {
  struct wasm_code *code = emitter->code;
  emit_pointer(emitter, emitter->cpu);
  wasm_memory(code, WASM_I32_LOAD, (uint32_t)offsetof(struct x86_cpu, flags_op));
  wasm_set(code, LOCAL_FLAGS_OP);
  emit_pointer(emitter, emitter->cpu);
  wasm_memory(code, WASM_I64_LOAD, (uint32_t)offsetof(struct x86_cpu, flags_a));
  wasm_set(code, LOCAL_FLAGS_A);
}

static void load_second(struct emitter *emitter) {
  emit_pointer(emitter, emitter->cpu);
  wasm_memory(emitter->code, WASM_I64_LOAD, (uint32_t)offsetof(struct x86_cpu, flags_b));
  wasm_set(emitter->code, LOCAL_FLAGS_B);
}

void emit_store_flags(struct emitter *emitter, uint64_t set) {
  if (set & FLAGS_BIT)
    store_first(emitter);
  if (set & SECOND_BIT)
    store_second(emitter);
}

void emit_load_flags(struct emitter *emitter) {
  load_first(emitter);
  load_second(emitter);
  emitter->cached.loaded |= FLAGS_BIT | SECOND_BIT;
}

void emit_copy_flags(struct emitter *emitter) {
  if (emitter->in_memory && !(emitter->cached.loaded & FLAGS_BIT))
    load_first(emitter);
  if (emitter->in_memory && !(emitter->cached.loaded & SECOND_BIT))
    load_second(emitter);
  note_written(emitter, FLAGS_BIT | SECOND_BIT);
}

// For the interpreter's functions. Those that were noted before the present instruction are stored before it, as if it
// might leave the unit.
static void store_all(struct emitter *emitter) {
  emitter->exits++;
  emit_store_flags(emitter, emitter->in_memory ? emitter->cached.dirty : FLAGS_BIT | SECOND_BIT);
  emitter->cached.dirty &= ~(FLAGS_BIT | SECOND_BIT);
}

static void call(struct emitter *emitter, uintptr_t function, enum module_type type) {
  wasm_i32(emitter->code, (int32_t)function);
  wasm_byte(emitter->code, WASM_CALL_INDIRECT);
  wasm_unsigned(emitter->code, module_type(type));
  wasm_unsigned(emitter->code, 0);
}

static void get(struct emitter *emitter, enum local local) {
  wasm_get(emitter->code, local);
}

static void op(struct emitter *emitter, enum wasm_opcode opcode) {
  wasm_byte(emitter->code, opcode);
}

static void constant(struct emitter *emitter, int64_t value) {
  wasm_i64(emitter->code, value);
}

static void wrap(struct emitter *emitter) {
  op(emitter, WASM_I32_WRAP_I64);
}

static void top_bit(struct emitter *emitter) {
  constant(emitter, (8 << emitter->size) - 1);
  op(emitter, WASM_I64_SHR_U);
  wrap(emitter);
  wasm_i32(emitter->code, 1);
  op(emitter, WASM_I32_AND);
}

void emit_extend(struct emitter *emitter, unsigned condition, unsigned size) {
  if (size < 2 && condition >= CONDITION_S)
    op(emitter, size ? WASM_I32_EXTEND16_S : WASM_I32_EXTEND8_S);
}

// The i64 on the stack as emit_comparison takes it.
static void narrow(struct emitter *emitter, unsigned condition) {
  if (emitter->size == 3)
    return;
  wrap(emitter);
  emit_extend(emitter, condition, emitter->size);
}

void emit_comparison(struct emitter *emitter, unsigned condition, unsigned size) {
  static const struct {
    enum wasm_opcode narrow, wide;
  } OPCODES[16] = {[CONDITION_B] = {WASM_I32_LT_U, WASM_I64_LT_U},  [CONDITION_AE] = {WASM_I32_GE_U, WASM_I64_GE_U},
                   [CONDITION_E] = {WASM_I32_EQ, WASM_I64_EQ},      [CONDITION_NE] = {WASM_I32_NE, WASM_I64_NE},
                   [CONDITION_BE] = {WASM_I32_LE_U, WASM_I64_LE_U}, [CONDITION_A] = {WASM_I32_GT_U, WASM_I64_GT_U},
                   [CONDITION_S] = {WASM_I32_LT_S, WASM_I64_LT_S},  [CONDITION_NS] = {WASM_I32_GE_S, WASM_I64_GE_S},
                   [CONDITION_L] = {WASM_I32_LT_S, WASM_I64_LT_S},  [CONDITION_GE] = {WASM_I32_GE_S, WASM_I64_GE_S},
                   [CONDITION_LE] = {WASM_I32_LE_S, WASM_I64_LE_S}, [CONDITION_G] = {WASM_I32_GT_S, WASM_I64_GT_S}};
  op(emitter, size == 3 ? OPCODES[condition].wide : OPCODES[condition].narrow);
}

static void low_bit(struct emitter *emitter) {
  wrap(emitter);
  wasm_i32(emitter->code, 1);
  op(emitter, WASM_I32_AND);
}

static bool is_carried(const struct emitter *emitter) {
  return emitter->kind == FLAGS_ADC || emitter->kind == FLAGS_SBB;
}

// Was there a carry in? Behind ADC and SBB the kind that was noted says so: an i32.
static void carry_in(struct emitter *emitter) {
  get(emitter, LOCAL_FLAGS_OP);
  wasm_i32(emitter->code, 2);
  op(emitter, WASM_I32_SHR_U);
  wasm_i32(emitter->code, emitter->kind - 1);
  op(emitter, WASM_I32_SUB);
}

static void add_carry_in(struct emitter *emitter, enum wasm_opcode opcode) {
  if (!is_carried(emitter))
    return;
  carry_in(emitter);
  op(emitter, WASM_I64_EXTEND_I32_U);
  op(emitter, opcode);
}

// The first operand of a subtraction: result + second operand.
static void minuend(struct emitter *emitter) {
  get(emitter, LOCAL_FLAGS_A);
  get(emitter, LOCAL_FLAGS_B);
  op(emitter, WASM_I64_ADD);
  add_carry_in(emitter, WASM_I64_ADD);
  emit_cut(emitter->code, emitter->size);
}

// Is there a carry out, if the i64 on the stack is the sum or the minuend? It is less than the second operand, or the
// same with a carry in.
static void carry_out(struct emitter *emitter) {
  if (is_carried(emitter)) {
    wasm_tee(emitter->code, LOCAL_Z);
    get(emitter, LOCAL_FLAGS_B);
    op(emitter, WASM_I64_EQ);
    carry_in(emitter);
    op(emitter, WASM_I32_AND);
    get(emitter, LOCAL_Z);
  }
  get(emitter, LOCAL_FLAGS_B);
  op(emitter, WASM_I64_LT_U);
  if (is_carried(emitter))
    op(emitter, WASM_I32_OR);
}

static void explicit_flag(struct emitter *emitter, uint64_t flag) {
  get(emitter, LOCAL_FLAGS_A);
  constant(emitter, (int64_t)flag);
  op(emitter, WASM_I64_AND);
  constant(emitter, 0);
  op(emitter, WASM_I64_NE);
}

void emit_carry(struct emitter *emitter) {
  switch (emitter->kind) {
  case FLAGS_EXPLICIT: explicit_flag(emitter, FLAG_CF); break;
  case FLAGS_ADD:
  case FLAGS_ADC:
    get(emitter, LOCAL_FLAGS_A);
    carry_out(emitter);
    break;
  case FLAGS_SUB:
  case FLAGS_SBB:
    minuend(emitter);
    carry_out(emitter);
    break;
  case FLAGS_LOGIC: wasm_i32(emitter->code, 0); break;
  case FLAGS_SHL:
    get(emitter, LOCAL_FLAGS_B);
    top_bit(emitter);
    break;
  case FLAGS_SHR:
  case FLAGS_SAR:
    get(emitter, LOCAL_FLAGS_B);
    low_bit(emitter);
    break;
  case FLAGS_INC:
  case FLAGS_DEC:
  case FLAGS_MUL:
    get(emitter, LOCAL_FLAGS_B);
    constant(emitter, 0);
    op(emitter, WASM_I64_NE);
    break;
  default:
    store_all(emitter);
    emit_pointer(emitter, emitter->cpu);
    call(emitter, (uintptr_t)x86_carry, MODULE_CARRY);
  }
}

static void overflow_of_sum(struct emitter *emitter) {
  const bool sum = emitter->kind == FLAGS_ADD || emitter->kind == FLAGS_ADC;
  // Z: the first operand, not cut off
  get(emitter, LOCAL_FLAGS_A);
  get(emitter, LOCAL_FLAGS_B);
  op(emitter, sum ? WASM_I64_SUB : WASM_I64_ADD);
  add_carry_in(emitter, sum ? WASM_I64_SUB : WASM_I64_ADD);
  wasm_set(emitter->code, LOCAL_Z);
  get(emitter, sum ? LOCAL_FLAGS_A : LOCAL_Z);
  get(emitter, LOCAL_FLAGS_B);
  op(emitter, WASM_I64_XOR);
  get(emitter, LOCAL_FLAGS_A);
  get(emitter, LOCAL_Z);
  op(emitter, WASM_I64_XOR);
  op(emitter, WASM_I64_AND);
  top_bit(emitter);
}

static void overflow(struct emitter *emitter) {
  switch (emitter->kind) {
  case FLAGS_EXPLICIT: explicit_flag(emitter, FLAG_OF); break;
  case FLAGS_ADD:
  case FLAGS_ADC:
  case FLAGS_SUB:
  case FLAGS_SBB: overflow_of_sum(emitter); break;
  case FLAGS_INC:
  case FLAGS_DEC:
    get(emitter, LOCAL_FLAGS_A);
    constant(emitter, (int64_t)(emitter->kind == FLAGS_INC ? UINT64_C(1) << ((8U << emitter->size) - 1)
                                                           : x86_size_mask(emitter->size) >> 1));
    op(emitter, WASM_I64_EQ);
    break;
  case FLAGS_SHL:
    get(emitter, LOCAL_FLAGS_A);
    get(emitter, LOCAL_FLAGS_B);
    op(emitter, WASM_I64_XOR);
    top_bit(emitter);
    break;
  case FLAGS_SHR:
    get(emitter, LOCAL_FLAGS_B);
    top_bit(emitter);
    break;
  case FLAGS_MUL:
    get(emitter, LOCAL_FLAGS_B);
    constant(emitter, 0);
    op(emitter, WASM_I64_NE);
    break;
  default: wasm_i32(emitter->code, 0); // LOGIC, SAR
  }
}

static void zero(struct emitter *emitter) {
  if (emitter->kind == FLAGS_EXPLICIT) {
    explicit_flag(emitter, FLAG_ZF);
    return;
  }
  get(emitter, LOCAL_FLAGS_A);
  op(emitter, WASM_I64_EQZ);
}

// The result compared with 0.
static void result_is(struct emitter *emitter, unsigned condition) {
  get(emitter, LOCAL_FLAGS_A);
  narrow(emitter, condition);
  if (emitter->size == 3)
    constant(emitter, 0);
  else
    wasm_i32(emitter->code, 0);
  emit_comparison(emitter, condition, emitter->size);
}

static void negative(struct emitter *emitter) {
  if (emitter->kind == FLAGS_EXPLICIT)
    explicit_flag(emitter, FLAG_SF);
  else
    result_is(emitter, CONDITION_L);
}

static void parity(struct emitter *emitter) {
  if (emitter->kind == FLAGS_EXPLICIT) {
    explicit_flag(emitter, FLAG_PF);
    return;
  }
  get(emitter, LOCAL_FLAGS_A);
  constant(emitter, 0xff);
  op(emitter, WASM_I64_AND);
  op(emitter, WASM_I64_POPCNT);
  low_bit(emitter);
  op(emitter, WASM_I32_EQZ);
}

static void either(struct emitter *emitter) {
  op(emitter, WASM_I32_OR);
}

static void less(struct emitter *emitter) {
  negative(emitter);
  overflow(emitter);
  op(emitter, WASM_I32_NE);
}

// Conditions that compare a subtraction's operands, or the result of a logical operation with 0: then there is neither
// carry nor overflow.
static bool compares(struct emitter *emitter, unsigned condition) {
  const bool orders = condition == CONDITION_B || condition == CONDITION_AE || condition == CONDITION_BE ||
                      condition == CONDITION_A || condition >= CONDITION_L;
  if (emitter->kind == FLAGS_LOGIC && condition >= CONDITION_L) {
    result_is(emitter, condition);
    return true;
  }
  if (emitter->kind != FLAGS_SUB || !orders)
    return false;
  if (emitter->size == 2) {
    get(emitter, LOCAL_FLAGS_A);
    wrap(emitter);
    get(emitter, LOCAL_FLAGS_B);
    wrap(emitter);
    op(emitter, WASM_I32_ADD);
  } else {
    minuend(emitter);
    narrow(emitter, condition);
  }
  get(emitter, LOCAL_FLAGS_B);
  narrow(emitter, condition);
  emit_comparison(emitter, condition, emitter->size);
  return true;
}

static void call_condition(struct emitter *emitter, unsigned condition) {
  store_all(emitter);
  emit_pointer(emitter, emitter->cpu);
  wasm_i32(emitter->code, (int32_t)condition);
  call(emitter, (uintptr_t)x86_condition, MODULE_HANDLER);
}

void emit_condition(struct emitter *emitter, unsigned condition) {
  if (compares(emitter, condition))
    return;
  if (emitter->kind == FLAGS_UNKNOWN) {
    call_condition(emitter, condition);
    return;
  }
  switch (condition >> 1) {
  case 0: overflow(emitter); break;
  case 1: emit_carry(emitter); break;
  case 2: zero(emitter); break;
  case 3:
    zero(emitter);
    emit_carry(emitter);
    either(emitter);
    break;
  case 4: negative(emitter); break;
  case 5: parity(emitter); break;
  case 6: less(emitter); break;
  default:
    zero(emitter);
    less(emitter);
    either(emitter);
  }
  if (condition & 1)
    op(emitter, WASM_I32_EQZ);
}

// OF stays, and the others are in AH.
void emit_note_accumulator(struct emitter *emitter) {
  enum { IN_AH = FLAG_SF | FLAG_ZF | FLAG_AF | FLAG_PF | FLAG_CF, OF_BIT = 11, AH = 8 };
  _Static_assert(FLAG_OF == 1 << OF_BIT, "of the flags");
  struct wasm_code *code = emitter->code;
  if (emitter->kind == FLAGS_UNKNOWN)
    call_condition(emitter, CONDITION_O);
  else
    overflow(emitter);
  op(emitter, WASM_I64_EXTEND_I32_U);
  constant(emitter, OF_BIT);
  op(emitter, WASM_I64_SHL);
  emit_read(emitter, NULL, &emitter->cpu->r[RAX], 3);
  constant(emitter, AH);
  op(emitter, WASM_I64_SHR_U);
  constant(emitter, IN_AH);
  op(emitter, WASM_I64_AND);
  op(emitter, WASM_I64_OR);
  wasm_set(code, LOCAL_FLAGS_A);
  wasm_i32(code, FLAGS_EXPLICIT);
  wasm_set(code, LOCAL_FLAGS_OP);
  emitter->kind = FLAGS_EXPLICIT;
  note_written(emitter, FLAGS_BIT);
}
