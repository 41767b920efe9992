// Loads, stores and atomics; and what is to be looked up together (values.h). What the TLB has not is left to the
// interpreter, before anything has happened.
#include "memory.h"
#include "float_state.h"
#include "mark.h"
#include "operand.h"
#include "translate/processor.h"
#include "translate/values.h"

#include <stddef.h>

enum { I32_STORE8 = 0x3a, I32_STORE16 = 0x3b };

struct row {
  uint8_t bytes; // 0: not of these
  uint8_t opcode;
  bool store, floating;
  uint8_t narrow; // the opcode for an i32, which loads take, 0: none
};

static const struct row ROWS[RV_CODES] = {[RV_LB] = {1, 0, false, false, WASM_I32_LOAD8_S},
                                          [RV_LH] = {2, 0, false, false, WASM_I32_LOAD16_S},
                                          [RV_LW] = {4, 0, false, false, WASM_I32_LOAD},
                                          [RV_LD] = {8, WASM_I64_LOAD, false, false, 0},
                                          [RV_LBU] = {1, 0, false, false, WASM_I32_LOAD8_U},
                                          [RV_LHU] = {2, 0, false, false, WASM_I32_LOAD16_U},
                                          [RV_LWU] = {4, WASM_I64_LOAD32_U, false, false, 0},
                                          [RV_SB] = {1, WASM_I64_STORE8, true, false, I32_STORE8},
                                          [RV_SH] = {2, WASM_I64_STORE16, true, false, I32_STORE16},
                                          [RV_SW] = {4, WASM_I64_STORE32, true, false, WASM_I32_STORE},
                                          [RV_SD] = {8, WASM_I64_STORE, true, false, 0},
                                          [RV_FLW] = {4, WASM_F32_LOAD, false, true, 0},
                                          [RV_FLD] = {8, WASM_F64_LOAD, false, true, 0},
                                          [RV_FSW] = {4, WASM_I64_STORE32, true, true, 0},
                                          [RV_FSD] = {8, WASM_F64_STORE, true, true, 0}};

static enum tlb_kind kind_of(const struct row *row) {
  return row->store ? TLB_WRITE : TLB_READ;
}

static void load(struct emitter *emitter, const struct riscv_op *op, const struct row *row) {
  emit_host(emitter);
  wasm_memory(emitter->code, row->narrow ? row->narrow : row->opcode, emit_host_offset());
  if (row->narrow)
    emit_write_32(emitter, op->rd);
  else if (!row->floating)
    emit_write(emitter, op->rd);
  else if (row->bytes == 8)
    emit_write_double(emitter, op->rd);
  else
    emit_write_single(emitter, op->rd);
}

static void store(struct emitter *emitter, const struct riscv_op *op, const struct row *row) {
  emit_host(emitter);
  if (row->floating && row->bytes == 8) {
    emit_read_double(emitter, op->rs2);
    wasm_memory(emitter->code, WASM_F64_STORE, emit_host_offset());
  } else if (row->floating && float_knows_single(emitter, emit_float_number(emitter, op->rs2))) {
    emit_read_single(emitter, op->rs2);
    wasm_memory(emitter->code, WASM_F32_STORE, emit_host_offset());
  } else if (row->narrow && emit_has_32(emitter, op->rs2)) {
    emit_read_32(emitter, op->rs2);
    wasm_memory(emitter->code, row->narrow, emit_host_offset());
  } else {
    emit_read(emitter, op->rs2);
    wasm_memory(emitter->code, row->opcode, emit_host_offset());
  }
}

static void access(struct emitter *emitter, const struct riscv_op *op, const struct row *row) {
  if (row->floating)
    emit_float_on(emitter);
  emit_access_at(emitter, op, emit_integer_number(emitter, op->rs1), op->imm, kind_of(row), row->bytes);
  if (row->store)
    store(emitter, op, row);
  else if (emit_is_written(emitter, op->rd))
    load(emitter, op, row);
  if (row->floating && !row->store)
    emit_float_dirty(emitter);
}

// ---- Atomics ----

// Which operand, the old value in LOCAL_X or the register's in LOCAL_Y, is stored.
static void choose(struct wasm_code *code, enum wasm_opcode comparison) {
  wasm_get(code, LOCAL_X);
  wasm_get(code, LOCAL_Y);
  wasm_get(code, LOCAL_X);
  wasm_get(code, LOCAL_Y);
  wasm_byte(code, comparison);
  wasm_byte(code, WASM_SELECT);
}

static void combine(struct wasm_code *code, unsigned kind) {
  static const enum wasm_opcode OPCODES[] = {[RV_AMOADD_W - RV_AMOSWAP_W] = WASM_I64_ADD,
                                             [RV_AMOXOR_W - RV_AMOSWAP_W] = WASM_I64_XOR,
                                             [RV_AMOAND_W - RV_AMOSWAP_W] = WASM_I64_AND,
                                             [RV_AMOOR_W - RV_AMOSWAP_W] = WASM_I64_OR};
  switch (kind + RV_AMOSWAP_W) {
  case RV_AMOSWAP_W: wasm_get(code, LOCAL_Y); return;
  case RV_AMOMIN_W: choose(code, WASM_I64_LT_S); return;
  case RV_AMOMAX_W: choose(code, WASM_I64_GT_S); return;
  case RV_AMOMINU_W: choose(code, WASM_I64_LT_U); return;
  case RV_AMOMAXU_W: choose(code, WASM_I64_GT_U); return;
  default: break;
  }
  wasm_get(code, LOCAL_X);
  wasm_get(code, LOCAL_Y);
  wasm_byte(code, OPCODES[kind]);
}

static void load_reserved(struct emitter *emitter, const struct riscv_op *op, bool wide) {
  struct wasm_code *code = emitter->code;
  emit_pointer(emitter, emitter->hart);
  wasm_i32(code, 1);
  wasm_memory(code, I32_STORE8, (uint32_t)offsetof(struct riscv_cpu, reserved));
  emit_pointer(emitter, emitter->hart);
  wasm_get(code, LOCAL_ADDRESS);
  wasm_memory(code, WASM_I64_STORE, (uint32_t)offsetof(struct riscv_cpu, reserved_address));
  if (!emit_is_written(emitter, op->rd))
    return;
  wasm_get(code, LOCAL_HOST);
  wasm_memory(code, wide ? WASM_I64_LOAD : WASM_I64_LOAD32_S, 0);
  emit_write(emitter, op->rd);
}

static void store_conditional(struct emitter *emitter, const struct riscv_op *op, bool wide) {
  struct wasm_code *code = emitter->code;
  emit_pointer(emitter, emitter->hart);
  wasm_memory(code, WASM_I32_LOAD8_U, (uint32_t)offsetof(struct riscv_cpu, reserved));
  emit_pointer(emitter, emitter->hart);
  wasm_memory(code, WASM_I64_LOAD, (uint32_t)offsetof(struct riscv_cpu, reserved_address));
  wasm_get(code, LOCAL_ADDRESS);
  wasm_byte(code, WASM_I64_EQ);
  wasm_byte(code, WASM_I32_AND);
  wasm_tee(code, LOCAL_SLOT);
  const struct cached cached = emitter->cached;
  wasm_open(code, WASM_IF, WASM_VOID);
  wasm_get(code, LOCAL_HOST);
  emit_read(emitter, op->rs2);
  wasm_memory(code, wide ? WASM_I64_STORE : WASM_I64_STORE32, 0);
  wasm_end(code);
  emitter->cached = cached;
  emit_pointer(emitter, emitter->hart);
  wasm_i32(code, 0);
  wasm_memory(code, I32_STORE8, (uint32_t)offsetof(struct riscv_cpu, reserved));
  if (!emit_is_written(emitter, op->rd))
    return;
  wasm_get(code, LOCAL_SLOT);
  wasm_byte(code, WASM_I32_EQZ);
  wasm_byte(code, WASM_I64_EXTEND_I32_U);
  emit_write(emitter, op->rd);
}

static void modify(struct emitter *emitter, const struct riscv_op *op, unsigned kind, bool wide) {
  struct wasm_code *code = emitter->code;
  wasm_get(code, LOCAL_HOST);
  wasm_memory(code, wide ? WASM_I64_LOAD : WASM_I64_LOAD32_S, 0);
  wasm_set(code, LOCAL_X);
  emit_read(emitter, op->rs2);
  if (!wide)
    wasm_byte(code, WASM_I64_EXTEND32_S); // compares as the 32 bits do, signed or not
  wasm_set(code, LOCAL_Y);
  wasm_get(code, LOCAL_HOST);
  combine(code, kind);
  wasm_memory(code, wide ? WASM_I64_STORE : WASM_I64_STORE32, 0);
  if (!emit_is_written(emitter, op->rd))
    return;
  wasm_get(code, LOCAL_X);
  emit_write(emitter, op->rd);
}

static void atomic(struct emitter *emitter, const struct riscv_op *op, unsigned which) {
  struct wasm_code *code = emitter->code;
  const bool wide = which >= RV_LR_D;
  const unsigned kind = wide ? which - RV_LR_D + RV_LR_W : which;
  emit_read(emitter, op->rs1);
  wasm_byte(code, WASM_I32_WRAP_I64);
  wasm_i32(code, wide ? 7 : 3);
  wasm_byte(code, WASM_I32_AND);
  emit_exit_if(emitter);
  emit_access_at(emitter, op, emit_integer_number(emitter, op->rs1), 0, kind == RV_LR_W ? TLB_READ : TLB_WRITE,
                 wide ? 8 : 4);
  if (kind == RV_LR_W)
    load_reserved(emitter, op, wide);
  else if (kind == RV_SC_W)
    store_conditional(emitter, op, wide);
  else
    modify(emitter, op, kind - RV_AMOSWAP_W, wide);
}

bool emit_memory(struct emitter *emitter, const struct riscv_op *op, unsigned code) {
  const struct row *row = &ROWS[code];
  if (row->bytes)
    access(emitter, op, row);
  else if (code >= RV_LR_W && code <= RV_AMOMAXU_D)
    atomic(emitter, op, code);
  else
    return false;
  return true;
}

// ---- What is used, before it is written ----

#define INTEGERS ((UINT64_C(1) << REGISTER_F) - 1) // of masks of registers

static void note_values(struct emitter *emitter, const struct riscv_op *op, unsigned code) {
  const unsigned to = emit_integer_number(emitter, op->rd);
  const bool moves = op->rs1 == &emitter->hart->x[0];
  switch (code) {
  case RV_ADDI: note_sum(to, emit_integer_number(emitter, op->rs1), op->imm); return;
  case RV_LUI: note_sum(to, 0, op->imm); return;
  case RV_AUIPC: note_sum(to, VALUE_PAGE, (int64_t)op->link + op->imm); return;
  case RV_ADD:
    if (!moves)
      break;
    note_sum(to, emit_integer_number(emitter, op->rs2), 0);
    return;
  default: break;
  }
  note_unknown(to);
}

// Atomics look for themselves: they need their address.
void note_instruction(struct emitter *emitter, struct code_page *page, void *at) {
  const struct riscv_op *op = at;
  const unsigned code = riscv_code_at(op);
  const struct row *row = &ROWS[code];
  (void)page;
  if (row->bytes)
    note_use(op, op, emit_integer_number(emitter, op->rs1), op->imm, kind_of(row), row->bytes);
  if (emit_bit_of(emitter, op->rd) & INTEGERS)
    note_values(emitter, op, code);
}
