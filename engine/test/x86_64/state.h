// What a test case sees of a processor, natively and emulated: user registers, and a few pages at fixed addresses that
// both have.
#ifndef TEST_X86_64_STATE_H
#define TEST_X86_64_STATE_H

#include <stdint.h>

// | unmapped | data 0, data 1: read and write | data 2: read only | unmapped | ... | code |
enum {
  DATA_BASE = 0x10000000,
  DATA_WRITABLE = 2 * 4096,
  DATA_SIZE = 3 * 4096,
  CODE_BASE = 0x10010000,
  CODE_SIZE = 4096,
  GS_BASE = 0x40,
  // Of a case with segments: that of ES is where 16-bit addresses reach the data from.
  DS_BASE = 0x100,
  ES_BASE = DATA_BASE
};

// What kind of code a case is: of 64 bits, or of 32 bits, with bases of 0 or not in DS and ES.
enum code { CODE_LONG, CODE_32, CODE_32_SEGMENTS };

// Where execution stops: two bytes that are no instruction (UD2) fill the code page behind the case.
enum { VECTOR_NONE = 0xff };

struct state {
  uint64_t r[16];
  uint64_t rip, flags;
  enum code code;
  uint8_t fxsave[512] __attribute__((aligned(16))); // SDM 1, table 10-2; the reserved end is not compared
  // After: the exception, VECTOR_NONE if UD2 was reached.
  uint32_t vector, error;
  uint64_t fault_address;
};

enum {
  FXSAVE_CONTROL = 0,
  FXSAVE_STATUS = 2,
  FXSAVE_TAG = 4,
  FXSAVE_INSTRUCTION = 8,
  FXSAVE_OPERAND = 16,
  FXSAVE_MXCSR = 24,
  FXSAVE_ST0 = 32,
  FXSAVE_XMM0 = 160
};

// native.c
void native_init(void);
void native_run(const struct state *before, struct state *after);
extern uint8_t *const native_data, *const native_code;

// machine.c: the same pages of the emulated machine.
void machine_init(void);
void machine_run(const struct state *before, struct state *after);
extern uint8_t *machine_data;
// The code page is about to be changed; returns where it is.
uint8_t *machine_code(void);

#endif
