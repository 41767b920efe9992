// Writes WebAssembly code (core specification 1.0, chapter 5) into a buffer of a fixed size. A buffer that is full
// takes no more and says so: what is in it then is to be thrown away.
#ifndef TRANSLATE_WASM_H
#define TRANSLATE_WASM_H

#include <stdbool.h>
#include <stdint.h>

struct wasm_code {
  uint8_t *bytes;
  uint32_t used, size;
  bool full;
  uint32_t depth; // of the open blocks
};

// 5.4: the instructions that translated code is made of.
enum wasm_opcode {
  WASM_UNREACHABLE = 0x00,
  WASM_BLOCK = 0x02,
  WASM_LOOP = 0x03,
  WASM_IF = 0x04,
  WASM_ELSE = 0x05,
  WASM_END = 0x0b,
  WASM_BR = 0x0c,
  WASM_BR_IF = 0x0d,
  WASM_BR_TABLE = 0x0e,
  WASM_CALL_INDIRECT = 0x11,
  WASM_SELECT = 0x1b,
  WASM_LOCAL_GET = 0x20,
  WASM_LOCAL_SET = 0x21,
  WASM_LOCAL_TEE = 0x22,
  WASM_I32_LOAD = 0x28,
  WASM_I64_LOAD = 0x29,
  WASM_F32_LOAD = 0x2a,
  WASM_F64_LOAD = 0x2b,
  WASM_I32_LOAD8_S = 0x2c,
  WASM_I32_LOAD8_U = 0x2d,
  WASM_I32_LOAD16_S = 0x2e,
  WASM_I32_LOAD16_U = 0x2f,
  WASM_I64_LOAD8_S = 0x30,
  WASM_I64_LOAD8_U = 0x31,
  WASM_I64_LOAD16_S = 0x32,
  WASM_I64_LOAD16_U = 0x33,
  WASM_I64_LOAD32_S = 0x34,
  WASM_I64_LOAD32_U = 0x35,
  WASM_I32_STORE = 0x36,
  WASM_I64_STORE = 0x37,
  WASM_F32_STORE = 0x38,
  WASM_F64_STORE = 0x39,
  WASM_I64_STORE8 = 0x3c,
  WASM_I64_STORE16 = 0x3d,
  WASM_I64_STORE32 = 0x3e,
  WASM_I32_CONST = 0x41,
  WASM_I64_CONST = 0x42,
  WASM_F64_CONST = 0x44,
  WASM_I32_EQZ = 0x45,
  WASM_I32_EQ = 0x46,
  WASM_I32_NE = 0x47,
  WASM_I32_LT_S = 0x48,
  WASM_I32_LT_U = 0x49,
  WASM_I32_GT_S = 0x4a,
  WASM_I32_GT_U = 0x4b,
  WASM_I32_LE_S = 0x4c,
  WASM_I32_LE_U = 0x4d,
  WASM_I32_GE_S = 0x4e,
  WASM_I32_GE_U = 0x4f,
  WASM_I64_EQZ = 0x50,
  WASM_I64_EQ = 0x51,
  WASM_I64_NE = 0x52,
  WASM_I64_LT_S = 0x53,
  WASM_I64_LT_U = 0x54,
  WASM_I64_GT_S = 0x55,
  WASM_I64_GT_U = 0x56,
  WASM_I64_LE_S = 0x57,
  WASM_I64_LE_U = 0x58,
  WASM_I64_GE_S = 0x59,
  WASM_I64_GE_U = 0x5a,
  WASM_I32_ADD = 0x6a,
  WASM_I32_SUB = 0x6b,
  WASM_I32_MUL = 0x6c,
  WASM_I32_AND = 0x71,
  WASM_I32_OR = 0x72,
  WASM_I32_XOR = 0x73,
  WASM_I32_SHL = 0x74,
  WASM_I32_SHR_S = 0x75,
  WASM_I32_SHR_U = 0x76,
  WASM_I32_ROTL = 0x77,
  WASM_I32_ROTR = 0x78,
  WASM_I64_CLZ = 0x79,
  WASM_I64_CTZ = 0x7a,
  WASM_I64_POPCNT = 0x7b,
  WASM_I64_ADD = 0x7c,
  WASM_I64_SUB = 0x7d,
  WASM_I64_MUL = 0x7e,
  WASM_I64_DIV_S = 0x7f,
  WASM_I64_DIV_U = 0x80,
  WASM_I64_AND = 0x83,
  WASM_I64_OR = 0x84,
  WASM_I64_XOR = 0x85,
  WASM_I64_SHL = 0x86,
  WASM_I64_SHR_S = 0x87,
  WASM_I64_SHR_U = 0x88,
  WASM_I64_ROTL = 0x89,
  WASM_I64_ROTR = 0x8a,
  WASM_I32_WRAP_I64 = 0xa7,
  WASM_I64_EXTEND_I32_S = 0xac,
  WASM_I64_EXTEND_I32_U = 0xad,
  WASM_I32_REINTERPRET_F32 = 0xbc,
  WASM_I64_REINTERPRET_F64 = 0xbd,
  WASM_F32_REINTERPRET_I32 = 0xbe,
  WASM_F64_REINTERPRET_I64 = 0xbf,
  WASM_I32_EXTEND8_S = 0xc0,
  WASM_I32_EXTEND16_S = 0xc1,
  WASM_I64_EXTEND8_S = 0xc2,
  WASM_I64_EXTEND16_S = 0xc3,
  WASM_I64_EXTEND32_S = 0xc4
};

// Numbers of SIMD instructions (WebAssembly 2.0, 5.4.8), for wasm_simd.
enum wasm_simd_opcode { WASM_V128_LOAD = 0, WASM_V128_STORE = 11 };

enum wasm_type {
  WASM_VOID = 0x40,
  WASM_I32 = 0x7f,
  WASM_I64 = 0x7e,
  WASM_F32 = 0x7d,
  WASM_F64 = 0x7c,
  WASM_V128 = 0x7b
};

void wasm_byte(struct wasm_code *code, unsigned byte);
void wasm_bytes(struct wasm_code *code, const void *bytes, uint32_t count);
void wasm_unsigned(struct wasm_code *code, uint32_t value);
void wasm_i32(struct wasm_code *code, int32_t value); // i32.const
void wasm_i64(struct wasm_code *code, int64_t value); // i64.const
void wasm_f64(struct wasm_code *code, double value);  // f64.const
void wasm_get(struct wasm_code *code, uint32_t local);
void wasm_set(struct wasm_code *code, uint32_t local);
void wasm_tee(struct wasm_code *code, uint32_t local);
// Loads and stores: `offset` is added to the address on the stack.
void wasm_memory(struct wasm_code *code, enum wasm_opcode opcode, uint32_t offset);
void wasm_simd(struct wasm_code *code, uint32_t opcode);
void wasm_simd_memory(struct wasm_code *code, uint32_t opcode, uint32_t offset);
// Blocks, loops and conditions. A label is the depth behind it.
uint32_t wasm_open(struct wasm_code *code, enum wasm_opcode opcode, enum wasm_type type);
void wasm_end(struct wasm_code *code);
// BR or BR_IF.
void wasm_branch(struct wasm_code *code, enum wasm_opcode opcode, uint32_t label);

#endif
