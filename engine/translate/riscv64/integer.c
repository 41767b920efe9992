// Arithmetic on integers: the base and M.
#include "integer.h"
#include "operand.h"

enum { I64_DIV_S = 0x7f, I64_DIV_U = 0x80, I64_REM_S = 0x81, I64_REM_U = 0x82 };

// How the operands are taken, and what becomes of the result.
enum form {
  FORM_NONE,
  FORM_WIDE,       // 64 bits
  FORM_BITS,       // 64 bits, or 32 if both operands are such ones, sign-extended: so is the result
  FORM_COMPARISON, // the same; the result is 0 or 1
  FORM_WORD        // 32 bits, and so is the result, sign-extended
};

struct row {
  uint8_t form;
  uint8_t opcode;
  bool immediate; // the second operand
};

static const struct row ROWS[RV_CODES] = {
    [RV_ADDI] = {FORM_WIDE, WASM_I64_ADD, true},         [RV_SLTI] = {FORM_COMPARISON, WASM_I64_LT_S, true},
    [RV_SLTIU] = {FORM_COMPARISON, WASM_I64_LT_U, true}, [RV_XORI] = {FORM_BITS, WASM_I64_XOR, true},
    [RV_ORI] = {FORM_BITS, WASM_I64_OR, true},           [RV_ANDI] = {FORM_BITS, WASM_I64_AND, true},
    [RV_SLLI] = {FORM_WIDE, WASM_I64_SHL, true},         [RV_SRLI] = {FORM_WIDE, WASM_I64_SHR_U, true},
    [RV_SRAI] = {FORM_WIDE, WASM_I64_SHR_S, true},       [RV_ADD] = {FORM_WIDE, WASM_I64_ADD, false},
    [RV_SUB] = {FORM_WIDE, WASM_I64_SUB, false},         [RV_SLL] = {FORM_WIDE, WASM_I64_SHL, false},
    [RV_SLT] = {FORM_COMPARISON, WASM_I64_LT_S, false},  [RV_SLTU] = {FORM_COMPARISON, WASM_I64_LT_U, false},
    [RV_XOR] = {FORM_BITS, WASM_I64_XOR, false},         [RV_SRL] = {FORM_WIDE, WASM_I64_SHR_U, false},
    [RV_SRA] = {FORM_WIDE, WASM_I64_SHR_S, false},       [RV_OR] = {FORM_BITS, WASM_I64_OR, false},
    [RV_AND] = {FORM_BITS, WASM_I64_AND, false},         [RV_ADDIW] = {FORM_WORD, WASM_I32_ADD, true},
    [RV_SLLIW] = {FORM_WORD, WASM_I32_SHL, true},        [RV_SRLIW] = {FORM_WORD, WASM_I32_SHR_U, true},
    [RV_SRAIW] = {FORM_WORD, WASM_I32_SHR_S, true},      [RV_ADDW] = {FORM_WORD, WASM_I32_ADD, false},
    [RV_SUBW] = {FORM_WORD, WASM_I32_SUB, false},        [RV_SLLW] = {FORM_WORD, WASM_I32_SHL, false},
    [RV_SRLW] = {FORM_WORD, WASM_I32_SHR_U, false},      [RV_SRAW] = {FORM_WORD, WASM_I32_SHR_S, false},
    [RV_MUL] = {FORM_WIDE, WASM_I64_MUL, false},         [RV_MULW] = {FORM_WORD, WASM_I32_MUL, false}};

// The opcode for 32 bits of what `form` says.
static unsigned narrow_opcode(const struct row *row) {
  switch ((enum form)row->form) {
  case FORM_BITS: return row->opcode - (WASM_I64_AND - WASM_I32_AND);
  case FORM_COMPARISON: return row->opcode - (WASM_I64_LT_S - WASM_I32_LT_S);
  default: return row->opcode;
  }
}

// Are 32 bits of the operands enough? Of a conjunction with bits that are no sign they are.
static bool is_narrow(const struct emitter *emitter, const struct riscv_op *op, const struct row *row) {
  if (row->form == FORM_WORD)
    return true;
  if (row->form == FORM_WIDE)
    return false;
  if (row->immediate && row->opcode == WASM_I64_AND && op->imm >= 0)
    return true;
  return emit_is_clean(emitter, op->rs1) && (row->immediate || emit_is_clean(emitter, op->rs2));
}

// Counts of shifts need no mask: WebAssembly takes them modulo the bits.
static void compute_32(struct emitter *emitter, const struct riscv_op *op, const struct row *row) {
  emit_read_32(emitter, op->rs1);
  if (row->immediate)
    wasm_i32(emitter->code, op->imm);
  else
    emit_read_32(emitter, op->rs2);
  wasm_byte(emitter->code, narrow_opcode(row));
  emit_write_32(emitter, op->rd);
}

static void compute_64(struct emitter *emitter, const struct riscv_op *op, const struct row *row) {
  emit_read(emitter, op->rs1);
  if (row->immediate)
    wasm_i64(emitter->code, op->imm);
  else
    emit_read(emitter, op->rs2);
  wasm_byte(emitter->code, row->opcode);
  if (row->form == FORM_COMPARISON)
    emit_write_32(emitter, op->rd);
  else
    emit_write(emitter, op->rd);
}

static void constant(struct emitter *emitter, const struct riscv_op *op) {
  wasm_i32(emitter->code, op->imm);
  emit_write_32(emitter, op->rd);
}

// What a sum with 0 is.
static void add(struct emitter *emitter, const struct riscv_op *op, const struct row *row) {
  const uint64_t *zero = &emitter->hart->x[0];
  if (row->immediate && op->rs1 == zero)
    constant(emitter, op);
  else if (row->immediate ? op->imm == 0 : op->rs2 == zero)
    emit_copy(emitter, op->rd, op->rs1);
  else if (op->rs1 == zero)
    emit_copy(emitter, op->rd, op->rs2);
  else
    compute_64(emitter, op, row);
}

static void compute(struct emitter *emitter, const struct riscv_op *op, const struct row *row) {
  if (row->form == FORM_WIDE && row->opcode == WASM_I64_ADD)
    add(emitter, op, row);
  else if (is_narrow(emitter, op, row))
    compute_32(emitter, op, row);
  else
    compute_64(emitter, op, row);
}

// ---- Upper halves of products ----

static void half(struct wasm_code *code, uint32_t local, bool upper) {
  wasm_get(code, local);
  wasm_i64(code, upper ? 32 : UINT32_MAX);
  wasm_byte(code, upper ? WASM_I64_SHR_U : WASM_I64_AND);
}

static void product(struct wasm_code *code, bool upper_x, bool upper_y) {
  half(code, LOCAL_X, upper_x);
  half(code, LOCAL_Y, upper_y);
  wasm_byte(code, WASM_I64_MUL);
}

static void upper(struct wasm_code *code) {
  wasm_i64(code, 32);
  wasm_byte(code, WASM_I64_SHR_U);
}

// What a negative factor has too much, of the product of what they are as unsigned ones.
static void correct(struct wasm_code *code, uint32_t negative, uint32_t other) {
  wasm_get(code, negative);
  wasm_i64(code, 63);
  wasm_byte(code, WASM_I64_SHR_S);
  wasm_get(code, other);
  wasm_byte(code, WASM_I64_AND);
  wasm_byte(code, WASM_I64_SUB);
}

static void multiply_high(struct emitter *emitter, const struct riscv_op *op, unsigned which) {
  struct wasm_code *code = emitter->code;
  emit_read(emitter, op->rs1);
  wasm_set(code, LOCAL_X);
  emit_read(emitter, op->rs2);
  wasm_set(code, LOCAL_Y);
  product(code, true, false);
  product(code, false, false);
  upper(code);
  wasm_byte(code, WASM_I64_ADD);
  wasm_set(code, LOCAL_Z); // the middle, cannot overflow
  product(code, true, true);
  half(code, LOCAL_Z, true);
  wasm_byte(code, WASM_I64_ADD);
  product(code, false, true);
  half(code, LOCAL_Z, false);
  wasm_byte(code, WASM_I64_ADD);
  upper(code);
  wasm_byte(code, WASM_I64_ADD);
  if (which != RV_MULHU)
    correct(code, LOCAL_X, LOCAL_Y);
  if (which == RV_MULH)
    correct(code, LOCAL_Y, LOCAL_X);
  emit_write(emitter, op->rd);
}

// ---- Division ----

struct division {
  unsigned opcode;
  bool word, is_signed, remainder;
};

static bool division_of(unsigned code, struct division *division) {
  switch (code) {
  case RV_DIV: *division = (struct division){I64_DIV_S, false, true, false}; return true;
  case RV_DIVU: *division = (struct division){I64_DIV_U, false, false, false}; return true;
  case RV_REM: *division = (struct division){I64_REM_S, false, true, true}; return true;
  case RV_REMU: *division = (struct division){I64_REM_U, false, false, true}; return true;
  case RV_DIVW: *division = (struct division){I64_DIV_S, true, true, false}; return true;
  case RV_DIVUW: *division = (struct division){I64_DIV_U, true, false, false}; return true;
  case RV_REMW: *division = (struct division){I64_REM_S, true, true, true}; return true;
  case RV_REMUW: *division = (struct division){I64_REM_U, true, false, true}; return true;
  default: return false;
  }
}

static void operand_of_division(struct emitter *emitter, const uint64_t *from, const struct division *division,
                                uint32_t local) {
  struct wasm_code *code = emitter->code;
  emit_read(emitter, from);
  if (division->word && division->is_signed)
    wasm_byte(code, WASM_I64_EXTEND32_S);
  if (division->word && !division->is_signed) {
    wasm_i64(code, UINT32_MAX);
    wasm_byte(code, WASM_I64_AND);
  }
  wasm_set(code, local);
}

// By zero the quotient is all ones, and the remainder the dividend. What overflows, the least number by -1, is divided
// by 1: that gives both results, too. Of words extended to 64 bits none overflows.
static void divide(struct emitter *emitter, const struct riscv_op *op, const struct division *division) {
  struct wasm_code *code = emitter->code;
  operand_of_division(emitter, op->rs1, division, LOCAL_X);
  operand_of_division(emitter, op->rs2, division, LOCAL_Y);
  wasm_get(code, LOCAL_Y);
  wasm_byte(code, WASM_I64_EQZ);
  wasm_open(code, WASM_IF, WASM_I64);
  if (division->remainder)
    wasm_get(code, LOCAL_X);
  else
    wasm_i64(code, -1);
  wasm_byte(code, WASM_ELSE);
  wasm_get(code, LOCAL_X);
  if (division->opcode == I64_DIV_S && !division->word) {
    wasm_i64(code, 1);
    wasm_get(code, LOCAL_Y);
    wasm_get(code, LOCAL_X);
    wasm_i64(code, INT64_MIN);
    wasm_byte(code, WASM_I64_EQ);
    wasm_get(code, LOCAL_Y);
    wasm_i64(code, -1);
    wasm_byte(code, WASM_I64_EQ);
    wasm_byte(code, WASM_I32_AND);
    wasm_byte(code, WASM_SELECT);
  } else {
    wasm_get(code, LOCAL_Y);
  }
  wasm_byte(code, division->opcode);
  wasm_end(code);
  if (!division->word) {
    emit_write(emitter, op->rd);
    return;
  }
  wasm_byte(code, WASM_I32_WRAP_I64);
  emit_write_32(emitter, op->rd);
}

bool emit_integer(struct emitter *emitter, const struct riscv_op *op, unsigned code) {
  struct division division;
  const struct row *row = &ROWS[code];
  const bool divides = division_of(code, &division);
  const bool high = code == RV_MULH || code == RV_MULHSU || code == RV_MULHU;
  if (row->form == FORM_NONE && !divides && !high && code != RV_LUI && code != RV_AUIPC)
    return false;
  if (!emit_is_written(emitter, op->rd))
    return true;
  if (code == RV_LUI) {
    constant(emitter, op);
  } else if (code == RV_AUIPC) {
    emit_address_of(emitter, (int64_t)op->link + op->imm);
    emit_write(emitter, op->rd);
  } else if (divides) {
    divide(emitter, op, &division);
  } else if (high) {
    multiply_high(emitter, op, code);
  } else {
    compute(emitter, op, row);
  }
  return true;
}
