// Decoder of the 32-bit instructions, driven by insn.inc and format.inc.
#include "decode.h"

#include "decode_compressed.h"

#include <stdbool.h>

enum immediate { IMM_RAW, IMM_I, IMM_S, IMM_B, IMM_U, IMM_J, IMM_SHAMT5, IMM_SHAMT6 };

static const struct riscv_format_info FORMATS[] = {
#define FORMAT(name, rd, rs1, rs2, imm) {RV_OPERAND_##rd, RV_OPERAND_##rs1, RV_OPERAND_##rs2, IMM_##imm},
#include "format.inc"
#undef FORMAT
};

struct row {
  uint32_t mask, match;
  uint16_t code;
  uint8_t format;
  const char *mnemonic;
};

static const struct row ROWS[] = {
#define INSN(code, mask, match, format, mnemonic, extension) {mask, match, RV_##code, RV_FMT_##format, mnemonic},
#include "insn.inc"
#undef INSN
};

enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0], FIRST_ROW_CODE = RV_ILLEGAL + 1, BUCKETS = 256 };
_Static_assert(ROW_COUNT < UINT8_MAX, "bucket lists hold row numbers in a byte");

// Rows that can match a given major opcode and funct3, in table order; 0 ends a list (row numbers are one up).
enum { BUCKET_ROWS = 64 };
static uint8_t buckets[BUCKETS][BUCKET_ROWS];

static unsigned bucket_of(uint32_t bits) {
  return (bits >> 2 & 31) << 3 | (bits >> 12 & 7);
}

void riscv_decode_init(void) {
  for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
    const uint32_t fields = (bucket >> 3) << 2 | (bucket & 7) << 12 | 3;
    unsigned used = 0;
    for (unsigned row = 0; row < ROW_COUNT; row++) {
      const uint32_t fixed = ROWS[row].mask & 0x707f;
      if ((fields & fixed) == (ROWS[row].match & fixed) && used < BUCKET_ROWS - 1)
        buckets[bucket][used++] = (uint8_t)(row + 1);
    }
    buckets[bucket][used] = 0;
  }
  riscv_decode_compressed_init();
}

static int32_t sign_extend(uint32_t value, unsigned width) {
  const uint32_t sign = 1U << (width - 1);
  return (int32_t)((value ^ sign) - sign);
}

// Immediate encodings: unprivileged specification 2.3, figure "types of immediate produced".
static int32_t immediate_of(uint32_t bits, uint8_t kind) {
  switch (kind) {
  case IMM_I: return (int32_t)bits >> 20;
  case IMM_S: return ((int32_t)bits >> 25) * 32 + (int32_t)(bits >> 7 & 31);
  case IMM_B:
    return sign_extend((bits >> 31) << 12 | (bits >> 7 & 1) << 11 | (bits >> 25 & 63) << 5 | (bits >> 8 & 15) << 1, 13);
  case IMM_U: return (int32_t)(bits & 0xfffff000);
  case IMM_J:
    return sign_extend(
        (bits >> 31) << 20 | (bits >> 12 & 255) << 12 | (bits >> 20 & 1) << 11 | (bits >> 21 & 1023) << 1, 21);
  case IMM_SHAMT5: return (int32_t)(bits >> 20 & 31);
  case IMM_SHAMT6: return (int32_t)(bits >> 20 & 63);
  default: return (int32_t)bits;
  }
}

static const struct row *row_of(uint32_t bits) {
  for (const uint8_t *entry = buckets[bucket_of(bits)]; *entry; entry++) {
    const struct row *row = &ROWS[*entry - 1];
    if ((bits & row->mask) == row->match)
      return row;
  }
  return NULL;
}

struct riscv_insn riscv_decode(uint32_t bits) {
  if (riscv_length(bits) == 2)
    return riscv_decode_compressed((uint16_t)bits);
  const struct row *row = row_of(bits);
  struct riscv_insn insn = {.code = RV_ILLEGAL, .format = RV_FMT_NONE, .length = 4, .imm = (int32_t)bits};
  if (!row)
    return insn;
  const struct riscv_format_info *format = &FORMATS[row->format];
  insn.code = row->code;
  insn.format = row->format;
  insn.rd = format->rd ? bits >> 7 & 31 : 0;
  insn.rs1 = format->rs1 ? bits >> 15 & 31 : 0;
  insn.rs2 = format->rs2 ? bits >> 20 & 31 : 0;
  insn.imm = immediate_of(bits, format->imm);
  return insn;
}

static const struct row *row_of_code(uint16_t code) {
  return code >= FIRST_ROW_CODE && code < FIRST_ROW_CODE + ROW_COUNT ? &ROWS[code - FIRST_ROW_CODE] : NULL;
}

const struct riscv_format_info *riscv_format_of(uint16_t code) {
  const struct row *row = row_of_code(code);
  return &FORMATS[row ? row->format : RV_FMT_NONE];
}

const char *riscv_mnemonic_of(uint16_t code) {
  const struct row *row = row_of_code(code);
  return row ? row->mnemonic : "illegal";
}
