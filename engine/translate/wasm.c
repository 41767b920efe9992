#include "wasm.h"

#include <string.h>

void wasm_byte(struct wasm_code *code, unsigned byte) {
  if (code->used == code->size)
    code->full = true;
  else
    code->bytes[code->used++] = (uint8_t)byte;
}

void wasm_bytes(struct wasm_code *code, const void *bytes, uint32_t count) {
  if (count > code->size - code->used) {
    code->full = true;
    return;
  }
  memcpy(code->bytes + code->used, bytes, count);
  code->used += count;
}

// LEB128 (5.2.2).
void wasm_unsigned(struct wasm_code *code, uint32_t value) {
  for (; value >= 128; value >>= 7)
    wasm_byte(code, (value & 127) | 128);
  wasm_byte(code, value);
}

static void put_signed(struct wasm_code *code, int64_t value) {
  for (; value < -64 || value >= 64; value >>= 7)
    wasm_byte(code, ((unsigned)value & 127) | 128);
  wasm_byte(code, (unsigned)value & 127);
}

void wasm_i32(struct wasm_code *code, int32_t value) {
  wasm_byte(code, WASM_I32_CONST);
  put_signed(code, value);
}

void wasm_i64(struct wasm_code *code, int64_t value) {
  wasm_byte(code, WASM_I64_CONST);
  put_signed(code, value);
}

void wasm_f64(struct wasm_code *code, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  wasm_byte(code, WASM_F64_CONST);
  for (unsigned i = 0; i < sizeof bits; i++)
    wasm_byte(code, bits >> 8 * i & 0xff);
}

void wasm_get(struct wasm_code *code, uint32_t local) {
  wasm_byte(code, WASM_LOCAL_GET);
  wasm_unsigned(code, local);
}

void wasm_set(struct wasm_code *code, uint32_t local) {
  wasm_byte(code, WASM_LOCAL_SET);
  wasm_unsigned(code, local);
}

void wasm_tee(struct wasm_code *code, uint32_t local) {
  wasm_byte(code, WASM_LOCAL_TEE);
  wasm_unsigned(code, local);
}

// Guests' addresses have any alignment, so none is promised.
void wasm_memory(struct wasm_code *code, enum wasm_opcode opcode, uint32_t offset) {
  wasm_byte(code, opcode);
  wasm_unsigned(code, 0);
  wasm_unsigned(code, offset);
}

void wasm_simd(struct wasm_code *code, uint32_t opcode) {
  wasm_byte(code, 0xfd);
  wasm_unsigned(code, opcode);
}

void wasm_simd_memory(struct wasm_code *code, uint32_t opcode, uint32_t offset) {
  wasm_simd(code, opcode);
  wasm_unsigned(code, 0);
  wasm_unsigned(code, offset);
}

uint32_t wasm_open(struct wasm_code *code, enum wasm_opcode opcode, enum wasm_type type) {
  wasm_byte(code, opcode);
  wasm_byte(code, type);
  return ++code->depth;
}

void wasm_end(struct wasm_code *code) {
  wasm_byte(code, WASM_END);
  code->depth--;
}

void wasm_branch(struct wasm_code *code, enum wasm_opcode opcode, uint32_t label) {
  wasm_byte(code, opcode);
  wasm_unsigned(code, code->depth - label);
}
