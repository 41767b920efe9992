// A decoded instruction, and what the tables of instructions say.
#ifndef CPU_RISCV64_INSN_H
#define CPU_RISCV64_INSN_H

#include <stddef.h>
#include <stdint.h>

enum riscv_code {
  // Codes that stand for no instruction: the slots of a decoded page use them (code_cache.c).
  RV_DECODE, // nothing decoded here yet; zero, so that cleared memory means it
  RV_PAGE_END,
  RV_STRADDLE,
  RV_ILLEGAL,
#define INSN(code, mask, match, format, mnemonic, extension) RV_##code,
#include "insn.inc"
#undef INSN
  // Branches and jumps that leave their page.
  RV_BEQ_FAR,
  RV_BNE_FAR,
  RV_BLT_FAR,
  RV_BGE_FAR,
  RV_BLTU_FAR,
  RV_BGEU_FAR,
  RV_JAL_FAR,
  // Of the translator (translator.h).
  RV_TRANSLATED, // stands for another code
  RV_BACK,       // beside an op that is executed in another page than its own
  RV_CODES
};

enum riscv_format {
#define FORMAT(name, rd, rs1, rs2, imm) RV_FMT_##name,
#include "format.inc"
#undef FORMAT
};

enum riscv_operand { RV_OPERAND_NONE, RV_OPERAND_X, RV_OPERAND_F };

struct riscv_format_info {
  uint8_t rd, rs1, rs2; // enum riscv_operand
  uint8_t imm;
};

// The registers an instruction does not have are 0.
struct riscv_insn {
  uint16_t code;  // enum riscv_code
  uint8_t format; // enum riscv_format
  uint8_t length; // bytes: 2 or 4
  uint8_t rd, rs1, rs2;
  int32_t imm;
};

// Formats of the 16-bit instructions, named as in the specification: LSP and SSP are loads and stores relative to sp, W
// and D widths, FD floating-point doubles, SH shifts.
enum compressed_format {
  C_NONE,
  C_CIW,
  C_CL_W,
  C_CL_D,
  C_CL_FD,
  C_CS_W,
  C_CS_D,
  C_CS_FD,
  C_CI,
  C_CLI,
  C_CI16SP,
  C_CLUI,
  C_CB_SH,
  C_CB_I,
  C_CA,
  C_CJ,
  C_CB,
  C_CI_SH,
  C_CLSP_W,
  C_CLSP_D,
  C_CLSP_FD,
  C_CJR,
  C_CMV,
  C_CJALR,
  C_CR,
  C_CSSP_W,
  C_CSSP_D,
  C_CSSP_FD
};

// A row of compressed.inc, for the decoder and the disassembler.
struct riscv_compressed_row {
  uint16_t mask, match;
  uint16_t code;
  uint8_t format; // enum compressed_format
  const char *mnemonic;
};

#endif
