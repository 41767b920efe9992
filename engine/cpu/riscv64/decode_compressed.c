// Decoder of the 16-bit instructions, driven by compressed.inc: each becomes the 32-bit instruction it stands for.
#include "decode_compressed.h"

static const struct riscv_compressed_row ROWS[] = {
#define RVC(code, mask, match, format, mnemonic) {mask, match, RV_##code, C_##format, mnemonic},
#include "compressed.inc"
#undef RVC
};

enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0], BUCKETS = 32, BUCKET_ROWS = 16 };

// As in decode.c, by funct3 and quadrant.
static uint8_t buckets[BUCKETS][BUCKET_ROWS];

void riscv_decode_compressed_init(void) {
  for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
    const unsigned fields = (bucket >> 2) << 13 | (bucket & 3);
    unsigned used = 0;
    for (unsigned row = 0; row < ROW_COUNT; row++) {
      const unsigned fixed = ROWS[row].mask & 0xe003U;
      if ((fields & fixed) == (ROWS[row].match & fixed) && used < BUCKET_ROWS - 1)
        buckets[bucket][used++] = (uint8_t)(row + 1);
    }
    buckets[bucket][used] = 0;
  }
}

const struct riscv_compressed_row *riscv_compressed_row_of(uint16_t bits) {
  for (const uint8_t *entry = buckets[(bits >> 13) << 2 | (bits & 3)]; *entry; entry++) {
    const struct riscv_compressed_row *row = &ROWS[*entry - 1];
    if ((bits & row->mask) == row->match)
      return row;
  }
  return NULL;
}

// `count` bits of the instruction from bit `from`, moved to bit `to`.
static unsigned field(unsigned bits, unsigned from, unsigned count, unsigned to) {
  return (bits >> from & ((1U << count) - 1)) << to;
}

static int32_t sign_extend(unsigned value, unsigned width) {
  const unsigned sign = 1U << (width - 1);
  return (int32_t)((value ^ sign) - sign);
}

static int32_t imm6(unsigned bits) {
  return sign_extend(field(bits, 12, 1, 5) | field(bits, 2, 5, 0), 6);
}

static uint8_t full_register(unsigned bits, unsigned from) {
  return (uint8_t)field(bits, from, 5, 0);
}

static uint8_t short_register(unsigned bits, unsigned from) {
  return (uint8_t)(8 + field(bits, from, 3, 0));
}

static int32_t offset_of(unsigned bits, uint8_t format) {
  switch (format) {
  case C_CL_W:
  case C_CS_W: return (int32_t)(field(bits, 10, 3, 3) | field(bits, 6, 1, 2) | field(bits, 5, 1, 6));
  case C_CL_D:
  case C_CL_FD:
  case C_CS_D:
  case C_CS_FD: return (int32_t)(field(bits, 10, 3, 3) | field(bits, 5, 2, 6));
  case C_CLSP_W: return (int32_t)(field(bits, 12, 1, 5) | field(bits, 4, 3, 2) | field(bits, 2, 2, 6));
  case C_CLSP_D:
  case C_CLSP_FD: return (int32_t)(field(bits, 12, 1, 5) | field(bits, 5, 2, 3) | field(bits, 2, 3, 6));
  case C_CSSP_W: return (int32_t)(field(bits, 9, 4, 2) | field(bits, 7, 2, 6));
  case C_CSSP_D:
  case C_CSSP_FD: return (int32_t)(field(bits, 10, 3, 3) | field(bits, 7, 3, 6));
  case C_CIW:
    return (int32_t)(field(bits, 11, 2, 4) | field(bits, 7, 4, 6) | field(bits, 6, 1, 2) | field(bits, 5, 1, 3));
  case C_CI16SP:
    return sign_extend(field(bits, 12, 1, 9) | field(bits, 6, 1, 4) | field(bits, 5, 1, 6) | field(bits, 3, 2, 7) |
                           field(bits, 2, 1, 5),
                       10);
  case C_CJ:
    return sign_extend(field(bits, 12, 1, 11) | field(bits, 11, 1, 4) | field(bits, 9, 2, 8) | field(bits, 8, 1, 10) |
                           field(bits, 7, 1, 6) | field(bits, 6, 1, 7) | field(bits, 3, 3, 1) | field(bits, 2, 1, 5),
                       12);
  case C_CB:
    return sign_extend(field(bits, 12, 1, 8) | field(bits, 10, 2, 3) | field(bits, 5, 2, 6) | field(bits, 3, 2, 1) |
                           field(bits, 2, 1, 5),
                       9);
  case C_CI:
  case C_CLI:
  case C_CB_I: return imm6(bits);
  case C_CLUI: return imm6(bits) * 4096;
  case C_CI_SH:
  case C_CB_SH: return imm6(bits) & 63;
  default: return 0;
  }
}

enum { ZERO = 0, RA = 1, SP = 2 };

struct riscv_insn riscv_decode_compressed(uint16_t bits) {
  const struct riscv_compressed_row *row = riscv_compressed_row_of(bits);
  struct riscv_insn insn = {.code = RV_ILLEGAL, .format = RV_FMT_NONE, .length = 2, .imm = bits};
  if (!row || row->format == C_NONE) {
    insn.code = row ? row->code : RV_ILLEGAL;
    return insn;
  }
  insn.code = row->code;
  insn.imm = offset_of(bits, row->format);
  switch (row->format) {
  case C_CIW: insn.rd = short_register(bits, 2), insn.rs1 = SP; break;
  case C_CL_W:
  case C_CL_D:
  case C_CL_FD: insn.rd = short_register(bits, 2), insn.rs1 = short_register(bits, 7); break;
  case C_CS_W:
  case C_CS_D:
  case C_CS_FD: insn.rs2 = short_register(bits, 2), insn.rs1 = short_register(bits, 7); break;
  case C_CI:
  case C_CI16SP:
  case C_CI_SH: insn.rd = insn.rs1 = full_register(bits, 7); break;
  case C_CLI:
  case C_CLUI: insn.rd = full_register(bits, 7); break;
  case C_CB_SH:
  case C_CB_I: insn.rd = insn.rs1 = short_register(bits, 7); break;
  case C_CA: insn.rd = insn.rs1 = short_register(bits, 7), insn.rs2 = short_register(bits, 2); break;
  case C_CB: insn.rs1 = short_register(bits, 7); break;
  case C_CLSP_W:
  case C_CLSP_D:
  case C_CLSP_FD: insn.rd = full_register(bits, 7), insn.rs1 = SP; break;
  case C_CSSP_W:
  case C_CSSP_D:
  case C_CSSP_FD: insn.rs2 = full_register(bits, 2), insn.rs1 = SP; break;
  case C_CJR: insn.rs1 = full_register(bits, 7); break;
  case C_CJALR: insn.rd = RA, insn.rs1 = full_register(bits, 7); break;
  case C_CMV: insn.rd = full_register(bits, 7), insn.rs2 = full_register(bits, 2); break;
  case C_CR: insn.rd = insn.rs1 = full_register(bits, 7), insn.rs2 = full_register(bits, 2); break;
  default: break; // C_CJ: x0 throughout
  }
  return insn;
}
