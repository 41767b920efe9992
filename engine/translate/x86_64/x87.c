// x87: its registers stay in struct x86_cpu, and the interpreter's functions compute. Their operands come and go by
// loads and stores as those of other instructions. What is here: pointers, status and control words, and reals of ten
// bytes.
#include "x87.h"
#include "handler.h"
#include "operand.h"

#include "cpu/x86_64/float/x87.h"

enum { EXTENDED_BYTES = 10 };

// Pointers and opcode of the last instruction, as x86_f_note: what a unit has stored needs no fetching again, as the
// TLB had the page for writing.
static bool note(struct emitter *emitter, const struct x86_op *op) {
  struct wasm_code *code = emitter->code;
  const struct x86_x87 *x87 = &emitter->cpu->x87;
  emit_pointer(emitter, &x87->instruction);
  emit_anchor(emitter);
  wasm_i64(code, emitter->page + op->offset);
  wasm_byte(code, WASM_I64_ADD);
  wasm_memory(code, WASM_I64_STORE, 0);
  emit_pointer(emitter, &x87->opcode);
  wasm_i64(code, (op->detail & NOTE_OPCODE) << 8 | op->size);
  wasm_memory(code, WASM_I64_STORE16, 0);
  if (!(op->detail & NOTE_OPERAND))
    return true;
  if (!emit_address(emitter, op, true))
    return false;
  emit_pointer(emitter, &x87->operand);
  wasm_get(code, LOCAL_ADDRESS);
  if (op->detail & (NOTE_ADDRESS16 | NOTE_ADDRESS32)) {
    wasm_i64(code, (int64_t)x86_size_mask(op->detail & NOTE_ADDRESS16 ? 1 : 2));
    wasm_byte(code, WASM_I64_AND);
  }
  wasm_memory(code, WASM_I64_STORE, 0);
  return true;
}

static bool store_control(struct emitter *emitter, const struct x86_op *op) {
  emit_pointer(emitter, &emitter->cpu->x87.control);
  wasm_memory(emitter->code, WASM_I64_LOAD16_U, 0);
  return emit_write(emitter, op->rd, 1);
}

static bool store_status(struct emitter *emitter, const struct x86_op *op) {
  struct wasm_code *code = emitter->code;
  emit_pointer(emitter, &emitter->cpu->x87.status);
  wasm_memory(code, WASM_I64_LOAD16_U, 0);
  emit_pointer(emitter, &emitter->cpu->x87.top);
  wasm_memory(code, WASM_I64_LOAD8_U, 0);
  wasm_i64(code, STATUS_TOP_SHIFT);
  wasm_byte(code, WASM_I64_SHL);
  wasm_byte(code, WASM_I64_OR);
  return emit_write(emitter, op->rd, 1);
}

// The interpreter's function looks in the TLB itself, and finds there what was found here.
static bool extended(struct emitter *emitter, const struct x86_op *op, enum tlb_kind kind) {
  wasm_get(emitter->code, LOCAL_EFFECTIVE);
  wasm_set(emitter->code, LOCAL_ADDRESS);
  emit_lookup(emitter, kind, EXTENDED_BYTES);
  return emit_handler(emitter, op);
}

bool emit_x87(struct emitter *emitter, const struct x86_op *op) {
  switch (op->code) {
  case X86_F_NOTE: return note(emitter, op);
  case X86_FNSTCW: return store_control(emitter, op);
  case X86_FNSTSW: return store_status(emitter, op);
  case X86_FLD_EXTENDED: return extended(emitter, op, TLB_READ);
  case X86_FSTP_EXTENDED: return extended(emitter, op, TLB_WRITE);
  default: return false;
  }
}
