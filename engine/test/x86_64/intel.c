#include "intel.h"

#include "cpu/x86_64/cpu.h"

#include <cpuid.h>
#include <string.h>

bool host_is_intel(void) {
  unsigned largest, ebx, ecx, edx;
  return __get_cpuid(0, &largest, &ebx, &ecx, &edx) && ebx == signature_INTEL_ebx;
}

bool host_has_sha(void) {
  enum { LEAF = 7, SHA = 1 << 29 };
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid_count(LEAF, 0, &eax, &ebx, &ecx, &edx) && (ebx & SHA);
}

static bool is_one_of(const struct x86_row *row, const char *const *list) {
  for (; *list; list++) {
    if (strcmp(row->mnemonic, *list) == 0)
      return true;
  }
  return false;
}

struct exceptions intel_exceptions(const struct test_case *test, const struct state *native,
                                   const struct state *emulated) {
  enum { OPERAND_MAX = 16 };
  static const char *const BOUNDS[] = {"bound", NULL};
  static const char *const SIGN_EXTENSIONS[] = {"movsxd", NULL};
  static const char *const CALLS[] = {"call", NULL};
  static const char *const COMPARISONS[] = {"cmps", "scas", NULL};
  static const char *const STRINGS[] = {"movs", "cmps", "stos", "lods", "scas", NULL};
  static const char *const MMX_STORES[] = {"movd", "movq", "movntq", NULL};
  static const char *const X87_STORES[] = {"fst", "fstp", "fist", "fistp", "fisttp", "fbstp", NULL};
  static const char *const X87_STORES_OF_80_BITS[] = {"fstp", "fbstp", NULL};
  static const char *const DOT_PRODUCTS[] = {"dpps", "dppd", NULL};
  static const char *const SEVERAL_ACCESSES[] = {"cmps", "enter", "pusha", "popa", NULL};
  static const char *const SEVERAL_STORES[] = {"enter", "pusha", NULL};
  const struct x86_row *row = test->insn.row;
  const bool page_fault = native->vector == VECTOR_PF && native->rip == CODE_BASE;
  const bool x87_pending = (native->fxsave[FXSAVE_STATUS] & 0x80) != 0;
  const bool both_protected = native->vector == VECTOR_GP && native->rip == CODE_BASE && emulated->vector == VECTOR_GP;
  const bool beyond_segment = emulated->vector == VECTOR_GP || emulated->vector == VECTOR_SS;
  // SDM 3A, 5.3: whether an operand that begins below 4 GB and ends above is beyond a segment's limit of 4 GB.
  const bool ends_above_limit = test->before.code != CODE_LONG && native->vector == VECTOR_PF &&
                                native->fault_address > UINT32_MAX - OPERAND_MAX && beyond_segment;
  // An unmasked numeric exception comes before the store's fault. MOVSXD of 16 bits reads no more. BOUND compares with
  // the first limit before it reads the second.
  const bool faults_less = (is_one_of(row, X87_STORES) && x87_pending) ||
                           (is_one_of(row, SIGN_EXTENSIONS) && test->insn.operand_size == 1) ||
                           (is_one_of(row, BOUNDS) && native->vector == VECTOR_BR);
  return (struct exceptions){
      .everything = faults_less && (emulated->vector == VECTOR_PF || beyond_segment),
      // SDM 2B, "REP": a fault within CMPS and SCAS leaves the flags from before the instruction.
      .flags = is_one_of(row, COMPARISONS) && (page_fault || both_protected),
      // In which order they are made was measured on AMD's processors only, and so was what stays of them.
      .which = (is_one_of(row, SEVERAL_ACCESSES) && emulated->vector != VECTOR_UD) || ends_above_limit,
      // The top of the stack is 0 already when the store faults.
      .x87 = is_one_of(row, MMX_STORES) && (page_fault || both_protected),
      // The two parts of a store across pages are made one by one. A call stores before it looks at its target.
      .memory = (is_one_of(row, X87_STORES_OF_80_BITS) && page_fault) || (is_one_of(row, CALLS) && both_protected) ||
                (is_one_of(row, SEVERAL_STORES) && emulated->vector != VECTOR_UD),
      // ECX is written even if no element is done.
      .counter_high = is_one_of(row, STRINGS) && test->insn.repeat != REPEAT_NONE && test->insn.address32 &&
                      (page_fault || (uint32_t)test->before.r[RCX] == 0),
      // SDM 2A, "DPPS": which one is left to the implementation.
      .nans = is_one_of(row, DOT_PRODUCTS),
  };
}
