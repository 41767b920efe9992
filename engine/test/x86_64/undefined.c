#include "undefined.h"

#include "cpu/x86_64/cpu.h"

#include <string.h>

enum condition { ALWAYS, COUNT_NOT_0, COUNT_NOT_1, COUNT_BEYOND };

static const struct {
  const char *mnemonic;
  enum condition condition;
  uint64_t flags;
} TABLE[] = {
    {"and", ALWAYS, FLAG_AF},
    {"or", ALWAYS, FLAG_AF},
    {"xor", ALWAYS, FLAG_AF},
    {"test", ALWAYS, FLAG_AF},
    {"shl", COUNT_NOT_0, FLAG_AF},
    {"shr", COUNT_NOT_0, FLAG_AF},
    {"sar", COUNT_NOT_0, FLAG_AF},
    {"shl", COUNT_NOT_1, FLAG_OF},
    {"shr", COUNT_NOT_1, FLAG_OF},
    {"sar", COUNT_NOT_1, FLAG_OF},
    {"shl", COUNT_BEYOND, FLAG_CF},
    {"shr", COUNT_BEYOND, FLAG_CF},
    {"sar", COUNT_BEYOND, FLAG_CF},
    {"rol", COUNT_NOT_1, FLAG_OF},
    {"ror", COUNT_NOT_1, FLAG_OF},
    {"rcl", COUNT_NOT_1, FLAG_OF},
    {"rcr", COUNT_NOT_1, FLAG_OF},
    {"shld", COUNT_NOT_0, FLAG_AF},
    {"shrd", COUNT_NOT_0, FLAG_AF},
    {"shld", COUNT_NOT_1, FLAG_OF},
    {"shrd", COUNT_NOT_1, FLAG_OF},
    {"shld", COUNT_BEYOND, FLAGS_ARITHMETIC},
    {"shrd", COUNT_BEYOND, FLAGS_ARITHMETIC},
    {"mul", ALWAYS, FLAG_SF | FLAG_ZF | FLAG_AF | FLAG_PF},
    {"imul", ALWAYS, FLAG_SF | FLAG_ZF | FLAG_AF | FLAG_PF},
    {"div", ALWAYS, FLAGS_ARITHMETIC},
    {"idiv", ALWAYS, FLAGS_ARITHMETIC},
    {"daa", ALWAYS, FLAG_OF},
    {"das", ALWAYS, FLAG_OF},
    {"aaa", ALWAYS, FLAG_OF | FLAG_SF | FLAG_ZF | FLAG_PF},
    {"aas", ALWAYS, FLAG_OF | FLAG_SF | FLAG_ZF | FLAG_PF},
    {"aam", ALWAYS, FLAG_OF | FLAG_AF | FLAG_CF},
    {"aad", ALWAYS, FLAG_OF | FLAG_AF | FLAG_CF},
    {"bt", ALWAYS, FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF},
    {"bts", ALWAYS, FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF},
    {"btr", ALWAYS, FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF},
    {"btc", ALWAYS, FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF},
    {"bsf", ALWAYS, FLAG_CF | FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF},
    {"bsr", ALWAYS, FLAG_CF | FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF},
};

// The shift count of the case, as it is used; 1 for what has none.
static unsigned count_of(const struct x86_insn *insn, const struct state *before) {
  const bool by_cl = strchr(insn->row->operands, 'K') != NULL;
  const uint64_t count = by_cl ? before->r[RCX] : insn->immediate;
  return (unsigned)count & (insn->operands[0].size == 3 ? 63 : 31);
}

uint64_t undefined_flags(const struct x86_insn *insn, const struct state *before) {
  const unsigned count = count_of(insn, before), bits = 8U << insn->operands[0].size;
  uint64_t flags = 0;
  for (unsigned i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
    if (strcmp(TABLE[i].mnemonic, insn->row->mnemonic) != 0)
      continue;
    switch (TABLE[i].condition) {
    case ALWAYS: flags |= TABLE[i].flags; break;
    case COUNT_NOT_0: flags |= count != 0 ? TABLE[i].flags : 0; break;
    case COUNT_NOT_1: flags |= count > 1 ? TABLE[i].flags : 0; break;
    case COUNT_BEYOND: flags |= count >= bits ? TABLE[i].flags : 0; break;
    }
  }
  return flags;
}

bool undefined_result(const struct x86_insn *insn, const struct state *before) {
  const char *mnemonic = insn->row->mnemonic;
  const bool jumps = insn->row->emit == EMIT_INDIRECT || insn->row->emit == EMIT_RETURN;
  if (jumps && insn->operand16 && !insn->compat)
    return true;
  return (strcmp(mnemonic, "shld") == 0 || strcmp(mnemonic, "shrd") == 0) && insn->operands[0].size == 1 &&
         count_of(insn, before) > 16;
}

static bool is_one_of(const char *mnemonic, const char *const *list) {
  for (; *list; list++) {
    if (strcmp(mnemonic, *list) == 0)
      return true;
  }
  return false;
}

bool is_approximate(const struct x86_row *row) {
  static const char *const LIST[] = {"f2xm1", "fyl2x", "fyl2xp1", "fptan", "fpatan", "fsin", "fcos", "fsincos", NULL};
  return is_one_of(row->mnemonic, LIST);
}

bool unknown_fault_address(const struct x86_insn *insn) {
  static const char *const LIST[] = {"maskmovq", "maskmovdqu", "fxsave", "fxrstor", "fnsave",
                                     "frstor",   "fnstenv",    "fldenv", NULL};
  // Processors do REPE CMPSB several bytes at a time, and the first operand before the second.
  const bool fast = insn->row->opcode == 0xa6 && insn->repeat == REPEAT_F3;
  return fast || is_one_of(insn->row->mnemonic, LIST);
}
