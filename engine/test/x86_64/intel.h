// Where processors do otherwise than the emulator, and Intel's than AMD's, whose ways the emulator has.
#ifndef TEST_X86_64_INTEL_H
#define TEST_X86_64_INTEL_H

#include "generate.h"

struct exceptions {
  bool everything;   // another exception came first
  bool registers;    // general registers
  bool which;        // which exception it is, and where
  bool flags;        // arithmetic flags
  bool x87;          // x87 registers and their top
  bool memory;       // what was stored before the fault
  bool counter_high; // the upper half of RCX
  bool nans;         // which NaN a sum of several has
};

bool host_is_intel(void);
bool host_has_sha(void);
struct exceptions intel_exceptions(const struct test_case *test, const struct state *native,
                                   const struct state *emulated);

#endif
