// What of a run was translated, for --stats.
#ifndef TRANSLATE_COUNTS_H
#define TRANSLATE_COUNTS_H

#include <stdint.h>

struct translation_counts {
  uint64_t instructions;     // of the guest, executed by translated code
  uint64_t bytes;            // of the modules that were installed
  unsigned modules, refused; // by the host
  unsigned functions;        // of the installed modules
};

extern struct translation_counts translation_counts;

#endif
