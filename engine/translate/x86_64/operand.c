// Operands and addresses.
#include "operand.h"
#include "simd.h"

#include "translate/mailbox.h"
#include "translate/registers.h"

enum { TEMPORARY = X86_REGISTERS }; // of LOCAL_NARROW and the bits of struct emitter

// The register that a pointer leads into, or -1; `*byte` is where in it.
static int register_at(const struct emitter *emitter, const void *pointer, unsigned *byte) {
  const uintptr_t offset = (uintptr_t)pointer - (uintptr_t)emitter->cpu->r;
  *byte = (unsigned)offset & 7;
  return offset < sizeof emitter->cpu->r ? (int)(offset / 8) : -1;
}

void emit_cut(struct wasm_code *code, unsigned size) {
  if (size == 3)
    return;
  wasm_i64(code, (int64_t)x86_size_mask(size));
  wasm_byte(code, WASM_I64_AND);
}

static void shift_down(struct wasm_code *code, unsigned bytes) {
  if (bytes == 0)
    return;
  wasm_i64(code, 8 * (int)bytes);
  wasm_byte(code, WASM_I64_SHR_U);
}

// An element of a vector, extended with zeros.
static void read_lane(struct emitter *emitter, const void *from, unsigned size, unsigned byte) {
  static const uint32_t EXTRACT[] = {I8X16_EXTRACT_U, I16X8_EXTRACT_U, I32X4_EXTRACT, I64X2_EXTRACT};
  if (!mailbox_host()->simd) {
    emit_load_half(emitter, from);
    shift_down(emitter->code, byte % 8);
    emit_cut(emitter->code, size);
    return;
  }
  emit_load_vector(emitter, from);
  wasm_simd(emitter->code, EXTRACT[size]);
  wasm_byte(emitter->code, byte >> size);
  if (size < 3)
    wasm_byte(emitter->code, WASM_I64_EXTEND_I32_U);
}

static bool in_processor(const struct emitter *emitter, const void *pointer) {
  return (uintptr_t)pointer - (uintptr_t)emitter->cpu < sizeof *emitter->cpu;
}

static void read_register(struct emitter *emitter, int number, unsigned byte) {
  emit_get_register(emitter, (unsigned)number);
  shift_down(emitter->code, byte);
}

void emit_register(struct emitter *emitter, unsigned number) {
  read_register(emitter, (int)number, 0);
}

// V8 has an instruction for each i32.wrap_i64: so what is wrapped once is kept.
static void read_narrow(struct emitter *emitter, int number) {
  struct wasm_code *code = emitter->code;
  const uint32_t local = LOCAL_NARROW + (uint32_t)number;
  if (emitter->narrow >> number & 1) {
    wasm_get(code, local);
    return;
  }
  if (number == TEMPORARY) {
    wasm_get(code, LOCAL_TEMPORARY);
    wasm_byte(code, WASM_I32_WRAP_I64);
  } else if (emit_is_in_memory(emitter, (unsigned)number)) {
    emitter->registers |= 1U << number;
    emit_pointer(emitter, &emitter->cpu->r[number]);
    wasm_memory(code, WASM_I32_LOAD, 0);
  } else {
    read_register(emitter, number, 0);
    wasm_byte(code, WASM_I32_WRAP_I64);
  }
  wasm_tee(code, local);
  emitter->narrow |= 1U << number;
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
    if (size < 2 && emit_is_in_memory(emitter, (unsigned)number)) {
      emit_pointer(emitter, from);
      wasm_memory(code, LOADS[size], 0);
      return true;
    }
    const bool is_narrow = emitter->narrow >> number & 1;
    if (size == 2 && !byte &&
        (is_narrow ? !(emitter->clean >> number & 1) : emit_is_in_memory(emitter, (unsigned)number))) {
      read_narrow(emitter, number);
      wasm_byte(code, WASM_I64_EXTEND_I32_U);
      return true;
    }
    read_register(emitter, number, byte);
    if (size != 2 || !(emitter->clean >> number & 1))
      emit_cut(code, size);
  } else if (from == &cpu->temporary || from == &cpu->effective) {
    wasm_get(code, from == &cpu->temporary ? LOCAL_TEMPORARY : LOCAL_EFFECTIVE);
    emit_cut(code, size);
  } else if (from == &cpu->page_address) {
    emit_anchor(emitter);
    wasm_i64(code, emitter->page);
    wasm_byte(code, WASM_I64_ADD);
    emit_cut(code, size);
  } else if (emit_vector_number(emitter, from, &byte) >= 0) {
    if (byte % (1U << size))
      return false;
    read_lane(emitter, from, size, byte);
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
  const int number = from == &emitter->cpu->temporary ? TEMPORARY : register_at(emitter, from, &byte);
  if (op && from == &op->imm) {
    wasm_i32(emitter->code, (int32_t)(uint32_t)op->imm);
  } else if (number == TEMPORARY || (number >= 0 && !byte)) {
    read_narrow(emitter, number);
  } else {
    if (!emit_read(emitter, op, from, 2))
      return false;
    wasm_byte(emitter->code, WASM_I32_WRAP_I64);
  }
  return true;
}

bool emit_read_small(struct emitter *emitter, const struct x86_op *op, const void *from, unsigned size) {
  unsigned byte;
  const int number = register_at(emitter, from, &byte);
  if (op && from == &op->imm) {
    wasm_i32(emitter->code, (int32_t)(op->imm & x86_size_mask(size)));
    return true;
  }
  if (number >= 0 && byte) {
    if (!emit_read(emitter, op, from, size))
      return false;
    wasm_byte(emitter->code, WASM_I32_WRAP_I64);
    return true;
  }
  if (!emit_read_32(emitter, op, from))
    return false;
  wasm_i32(emitter->code, (int32_t)x86_size_mask(size));
  wasm_byte(emitter->code, WASM_I32_AND);
  return true;
}

bool emit_read_to_cut(struct emitter *emitter, const struct x86_op *op, const void *from, unsigned size) {
  unsigned byte;
  const int number = register_at(emitter, from, &byte);
  if (number < 0)
    return emit_read(emitter, op, from, size);
  read_register(emitter, number, byte);
  return true;
}

bool emit_can_write(const struct emitter *emitter, const void *to) {
  unsigned byte;
  return register_at(emitter, to, &byte) >= 0 || to == &emitter->cpu->temporary || to == &emitter->cpu->effective;
}

// What is known of a register behind a write of a size.
static void note_written(struct emitter *emitter, int number, unsigned size) {
  emitter->narrow &= ~(1U << number);
  if (size == 2)
    emitter->clean |= 1U << number;
  else if (size == 3)
    emitter->clean &= ~(1U << number);
}

void emit_sign_extend(struct wasm_code *code, unsigned size) {
  static const enum wasm_opcode OPCODES[] = {WASM_I64_EXTEND8_S, WASM_I64_EXTEND16_S, WASM_I64_EXTEND32_S};
  if (size < 3)
    wasm_byte(code, OPCODES[size]);
}

bool emit_write(struct emitter *emitter, const void *to, unsigned size) {
  struct wasm_code *code = emitter->code;
  unsigned byte;
  const int number = register_at(emitter, to, &byte);
  if (number < 0) {
    if (!emit_can_write(emitter, to))
      return false;
    if (to == &emitter->cpu->temporary)
      emitter->narrow &= ~(1U << TEMPORARY);
    wasm_set(code, to == &emitter->cpu->temporary ? LOCAL_TEMPORARY : LOCAL_EFFECTIVE);
    return true;
  }
  if (size < 2) {
    if (byte) {
      wasm_i64(code, 8 * (int)byte);
      wasm_byte(code, WASM_I64_SHL);
    }
    emit_get_register(emitter, (unsigned)number);
    wasm_i64(code, (int64_t)~(x86_size_mask(size) << 8 * byte));
    wasm_byte(code, WASM_I64_AND);
    wasm_byte(code, WASM_I64_OR);
  }
  emit_set_register(emitter, (unsigned)number);
  note_written(emitter, number, size);
  return true;
}

bool emit_write_32(struct emitter *emitter, const void *to) {
  struct wasm_code *code = emitter->code;
  unsigned byte;
  const int number = to == &emitter->cpu->temporary ? TEMPORARY : register_at(emitter, to, &byte);
  if (!emit_can_write(emitter, to))
    return false;
  if (number >= 0)
    wasm_tee(code, LOCAL_NARROW + (uint32_t)number);
  wasm_byte(code, WASM_I64_EXTEND_I32_U);
  emit_write(emitter, to, 2);
  if (number >= 0)
    emitter->narrow |= 1U << number;
  return true;
}

void emit_copy(struct emitter *emitter, const void *to) {
  unsigned byte;
  const int number = register_at(emitter, to, &byte);
  if (number < 0 || !emit_is_in_memory(emitter, (unsigned)number))
    return;
  emit_get_register(emitter, (unsigned)number);
  wasm_set(emitter->code, LOCAL_R + (uint32_t)number);
}

void emit_forget(struct emitter *emitter, const void *to) {
  unsigned byte;
  const int number = to == &emitter->cpu->temporary ? TEMPORARY : register_at(emitter, to, &byte);
  if (number < 0)
    return;
  emitter->narrow &= ~(1U << number);
  emitter->clean &= ~(1U << number);
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
    emit_anchor(emitter);
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

bool emit_access(struct emitter *emitter, const struct x86_op *op, bool indexed, enum tlb_kind kind, unsigned bytes) {
  if (emit_together(emitter, op))
    return true;
  if (!emit_address(emitter, op, indexed))
    return false;
  emit_alone(emitter, kind, bytes);
  return true;
}
