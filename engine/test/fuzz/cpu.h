// Fuzzing a whole machine: processor, page tables, interrupt controllers and devices run random programs in user and
// kernel mode. Every case runs on two machines that start alike. One runs as always; the other executes each
// instruction alone, decoded anew. Both must be in the same state whenever the first one pauses.
#ifndef TEST_FUZZ_CPU_H
#define TEST_FUZZ_CPU_H

#include "random.h"

// How a case ended.
enum fuzz_end {
  FUZZ_AGREED,
  // Nothing to compare any more: the program changed its page tables, which a TLB need not notice at once.
  FUZZ_UNCOMPARED
};

struct fuzz_count {
  uint64_t cases, uncompared, instructions, waits, shutdowns;
  uint64_t modules, functions; // translated
};

extern struct fuzz_count fuzz_count;

// The architecture's part. Ends the program with fuzz_finding() if the case shows something.
void fuzz_init(void);
enum fuzz_end fuzz_case(struct dice *dice);

// cpu.c: prints what was found and the case's seed, and ends the program.
_Noreturn void fuzz_finding(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Ends the program as a finding if the values differ.
void fuzz_same(const char *what, unsigned number, uint64_t normal, uint64_t stepped);
// Is what happens to be said on stderr?
bool fuzz_shows(void);

#endif
