// Operands and addresses.
#include "operand.h"

// The register that a pointer leads into, or -1; `*byte` is where in it.
static int register_at(const struct emitter *emitter, const void *pointer, unsigned *byte) {
  const uintptr_t offset = (uintptr_t)pointer - (uintptr_t)emitter->cpu->r;
  *byte = (unsigned)offset & 7;
  return offset < sizeof emitter->cpu->r ? (int)(offset / 8) : -1;
}

static bool in_processor(const struct emitter *emitter, const void *pointer) {
  return (uintptr_t)pointer - (uintptr_t)emitter->cpu < sizeof *emitter->cpu;
}

static void mask(struct wasm_code *code, unsigned size) {
  if (size == 3)
    return;
  wasm_i64(code, (int64_t)x86_size_mask(size));
  wasm_byte(code, WASM_I64_AND);
}

static void read_register(struct emitter *emitter, int number, unsigned byte) {
  emitter->registers |= 1U << number;
  wasm_get(emitter->code, LOCAL_R + (uint32_t)number);
  if (byte) {
    wasm_i64(emitter->code, 8 * (int)byte);
    wasm_byte(emitter->code, WASM_I64_SHR_U);
  }
}

bool emit_read(struct emitter *emitter, const struct x86_op *op, const void *from, unsigned size) {
  static const enum wasm_opcode LOADS[] = {WASM_I64_LOAD8_U, WASM_I64_LOAD16_U, WASM_I64_LOAD32_U, WASM_I64_LOAD};
  struct wasm_code *code = emitter->code;
  const struct x86_cpu *cpu = emitter->cpu;
  unsigned byte;
  const int number = register_at(emitter, from, &byte);
  if (op && from == &op->imm) {
    wasm_i64(code, (int64_t)(op->imm & x86_size_mask(size)));
  } else if (from == &cpu->zero) {
    wasm_i64(code, 0);
  } else if (number >= 0) {
    read_register(emitter, number, byte);
    mask(code, size);
  } else if (from == &cpu->temporary || from == &cpu->effective) {
    wasm_get(code, from == &cpu->temporary ? LOCAL_TEMPORARY : LOCAL_EFFECTIVE);
    mask(code, size);
  } else if (from == &cpu->page_address) {
    wasm_get(code, LOCAL_ANCHOR);
    wasm_i64(code, emitter->page);
    wasm_byte(code, WASM_I64_ADD);
    mask(code, size);
  } else if (in_processor(emitter, from)) {
    emit_pointer(emitter, from);
    wasm_memory(code, LOADS[size], 0);
  } else {
    return false;
  }
  return true;
}

bool emit_read_32(struct emitter *emitter, const struct x86_op *op, const void *from) {
  unsigned byte;
  const int number = register_at(emitter, from, &byte);
  if (from == &op->imm)
    wasm_i32(emitter->code, (int32_t)(uint32_t)op->imm);
  else if (number >= 0 && !byte)
    read_register(emitter, number, 0);
  else if (!emit_read(emitter, op, from, 2))
    return false;
  if (from != &op->imm)
    wasm_byte(emitter->code, WASM_I32_WRAP_I64);
  return true;
}

bool emit_can_write(const struct emitter *emitter, const void *to) {
  unsigned byte;
  return register_at(emitter, to, &byte) >= 0 || to == &emitter->cpu->temporary || to == &emitter->cpu->effective;
}

bool emit_write(struct emitter *emitter, const void *to, unsigned size) {
  struct wasm_code *code = emitter->code;
  unsigned byte;
  const int number = register_at(emitter, to, &byte);
  if (number < 0) {
    if (!emit_can_write(emitter, to))
      return false;
    wasm_set(code, to == &emitter->cpu->temporary ? LOCAL_TEMPORARY : LOCAL_EFFECTIVE);
    return true;
  }
  const uint32_t local = LOCAL_R + (uint32_t)number;
  emitter->registers |= 1U << number;
  emitter->written |= 1U << number;
  if (size < 2) {
    if (byte) {
      wasm_i64(code, 8 * (int)byte);
      wasm_byte(code, WASM_I64_SHL);
    }
    wasm_get(code, local);
    wasm_i64(code, (int64_t)~(x86_size_mask(size) << 8 * byte));
    wasm_byte(code, WASM_I64_AND);
    wasm_byte(code, WASM_I64_OR);
  }
  wasm_set(code, local);
  return true;
}

static bool add(struct emitter *emitter, const struct x86_op *op, const void *from, unsigned shift) {
  struct wasm_code *code = emitter->code;
  if (from == &emitter->cpu->zero)
    return true;
  if (!emit_read(emitter, op, from, 3))
    return false;
  if (shift) {
    wasm_i64(code, (int)shift);
    wasm_byte(code, WASM_I64_SHL);
  }
  wasm_byte(code, WASM_I64_ADD);
  return true;
}

bool emit_address(struct emitter *emitter, const struct x86_op *op, bool indexed) {
  struct wasm_code *code = emitter->code;
  int64_t displacement = (int64_t)op->imm;
  if (op->base == &emitter->cpu->page_address) {
    displacement += emitter->page;
    wasm_get(code, LOCAL_ANCHOR);
  } else if (!emit_read(emitter, op, op->base, 3)) {
    return false;
  }
  if (indexed && !add(emitter, op, op->index, op->shift))
    return false;
  if (displacement) {
    wasm_i64(code, displacement);
    wasm_byte(code, WASM_I64_ADD);
  }
  wasm_set(code, LOCAL_ADDRESS);
  return true;
}
