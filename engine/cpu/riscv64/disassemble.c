// Instructions as text, for tests and debugging. Operand order follows the format, as objdump prints it.
#include "disassemble.h"

#include "decode.h"
#include "decode_compressed.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct text {
  char *at;
  size_t left;
};

__attribute__((format(printf, 2, 3))) static void print(struct text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(text->at, text->left, format, arguments);
  va_end(arguments);
  const size_t used = length < 0 ? 0 : (size_t)length < text->left ? (size_t)length : text->left - 1;
  text->at += used;
  text->left -= used;
}

static void print_csr(struct text *text, unsigned number) {
  switch (number) {
#define CSR(name, number, string)                                                                                      \
  case number: print(text, string); break;
#include "csr.inc"
#undef CSR
  default: print(text, "0x%x", number);
  }
}

static void print_fence_set(struct text *text, unsigned set) {
  print(text, "%s%s%s%s%s", set & 8 ? "i" : "", set & 4 ? "o" : "", set & 2 ? "r" : "", set & 1 ? "w" : "",
        set ? "" : "unknown");
}

// Nothing for the dynamic mode.
static void print_rounding(struct text *text, uint32_t bits) {
  static const char *const NAMES[] = {",rne", ",rtz", ",rdn", ",rup", ",rmm", ",unknown", ",unknown", ""};
  print(text, "%s", NAMES[bits >> 12 & 7]);
}

static void print_ordering(struct text *text, uint32_t bits) {
  static const char *const NAMES[] = {"", ".rl", ".aq", ".aqrl"};
  print(text, "%s", NAMES[bits >> 25 & 3]);
}

static void print_operands(struct text *text, const struct riscv_insn *insn, uint32_t bits, uint64_t pc) {
  const unsigned rd = insn->rd, rs1 = insn->rs1, rs2 = insn->rs2;
  const int imm = insn->imm;
  switch (insn->format) {
  case RV_FMT_R: print(text, " x%u,x%u,x%u", rd, rs1, rs2); break;
  case RV_FMT_I: print(text, " x%u,x%u,%d", rd, rs1, imm); break;
  case RV_FMT_SH5:
  case RV_FMT_SH6: print(text, " x%u,x%u,0x%x", rd, rs1, (unsigned)imm); break;
  case RV_FMT_L:
  case RV_FMT_JR: print(text, " x%u,%d(x%u)", rd, imm, rs1); break;
  case RV_FMT_S: print(text, " x%u,%d(x%u)", rs2, imm, rs1); break;
  case RV_FMT_B: print(text, " x%u,x%u,0x%llx", rs1, rs2, (unsigned long long)pc + (unsigned long long)imm); break;
  case RV_FMT_U: print(text, " x%u,0x%x", rd, (unsigned)imm >> 12); break;
  case RV_FMT_J: print(text, " x%u,0x%llx", rd, (unsigned long long)pc + (unsigned long long)imm); break;
  case RV_FMT_FENCE:
    print(text, " ");
    print_fence_set(text, bits >> 24 & 15);
    print(text, ",");
    print_fence_set(text, bits >> 20 & 15);
    break;
  case RV_FMT_SFENCE: print(text, " x%u,x%u", rs1, rs2); break;
  case RV_FMT_CSR:
  case RV_FMT_CSRI:
    print(text, " x%u,", rd);
    print_csr(text, bits >> 20);
    print(text, insn->format == RV_FMT_CSR ? ",x%u" : ",%u", bits >> 15 & 31);
    break;
  case RV_FMT_LR: print(text, " x%u,(x%u)", rd, rs1); break;
  case RV_FMT_AMO: print(text, " x%u,x%u,(x%u)", rd, rs2, rs1); break;
  case RV_FMT_FL: print(text, " f%u,%d(x%u)", rd, imm, rs1); break;
  case RV_FMT_FS: print(text, " f%u,%d(x%u)", rs2, imm, rs1); break;
  case RV_FMT_F1: print(text, " f%u,f%u", rd, rs1); break;
  case RV_FMT_FR:
  case RV_FMT_FR2: print(text, " f%u,f%u,f%u", rd, rs1, rs2); break;
  case RV_FMT_F4: print(text, " f%u,f%u,f%u,f%u", rd, rs1, rs2, bits >> 27); break;
  case RV_FMT_FC: print(text, " x%u,f%u,f%u", rd, rs1, rs2); break;
  case RV_FMT_FTOI:
  case RV_FMT_FMVX: print(text, " x%u,f%u", rd, rs1); break;
  case RV_FMT_ITOF:
  case RV_FMT_XMVF: print(text, " f%u,x%u", rd, rs1); break;
  default: break;
  }
}

static bool has_rounding(const struct riscv_insn *insn) {
  return insn->format == RV_FMT_F1 || insn->format == RV_FMT_FR || insn->format == RV_FMT_F4 ||
         insn->format == RV_FMT_FTOI || insn->format == RV_FMT_ITOF;
}

static void print_compressed(struct text *text, const struct riscv_compressed_row *row, uint16_t bits, uint64_t pc) {
  const struct riscv_insn insn = riscv_decode_compressed(bits);
  const unsigned rd = insn.rd, rs1 = insn.rs1, rs2 = insn.rs2;
  const int imm = insn.imm;
  print(text, "%s", row->mnemonic);
  switch (row->format) {
  case C_CIW: print(text, " x%u,x2,%d", rd, imm); break;
  case C_CL_W:
  case C_CL_D:
  case C_CLSP_W:
  case C_CLSP_D: print(text, " x%u,%d(x%u)", rd, imm, rs1); break;
  case C_CL_FD:
  case C_CLSP_FD: print(text, " f%u,%d(x%u)", rd, imm, rs1); break;
  case C_CS_W:
  case C_CS_D:
  case C_CSSP_W:
  case C_CSSP_D: print(text, " x%u,%d(x%u)", rs2, imm, rs1); break;
  case C_CS_FD:
  case C_CSSP_FD: print(text, " f%u,%d(x%u)", rs2, imm, rs1); break;
  case C_CI16SP: print(text, " x2,%d", imm); break;
  case C_CI:
  case C_CLI:
  case C_CB_I: print(text, " x%u,%d", rd, imm); break;
  case C_CLUI: print(text, " x%u,0x%x", rd, (unsigned)imm >> 12); break;
  case C_CI_SH:
  case C_CB_SH: print(text, " x%u,0x%x", rd, (unsigned)imm); break;
  case C_CA:
  case C_CMV:
  case C_CR: print(text, " x%u,x%u", rd, rs2); break;
  case C_CJ: print(text, " 0x%llx", (unsigned long long)pc + (unsigned long long)imm); break;
  case C_CB: print(text, " x%u,0x%llx", rs1, (unsigned long long)pc + (unsigned long long)imm); break;
  case C_CJR:
  case C_CJALR: print(text, " x%u", rs1); break;
  default: break;
  }
}

void riscv_disassemble(uint32_t bits, uint64_t pc, char *buffer, size_t size) {
  struct text text = {buffer, size};
  if (riscv_length(bits) == 2) {
    const struct riscv_compressed_row *row = riscv_compressed_row_of((uint16_t)bits);
    if (row)
      print_compressed(&text, row, (uint16_t)bits, pc);
    else
      print(&text, "reserved");
    return;
  }
  const struct riscv_insn insn = riscv_decode(bits);
  print(&text, "%s", riscv_mnemonic_of(insn.code));
  if (insn.format == RV_FMT_AMO || insn.format == RV_FMT_LR)
    print_ordering(&text, bits);
  print_operands(&text, &insn, bits, pc);
  if (has_rounding(&insn))
    print_rounding(&text, bits);
}
