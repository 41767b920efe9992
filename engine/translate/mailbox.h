// Where the engine leaves WebAssembly modules for a host that installs them while the guest runs: docs/FORMATS.md,
// "The mailbox". A host that does not know of it is asked once at most, and never without the option --translator.
#ifndef TRANSLATE_MAILBOX_H
#define TRANSLATE_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

enum {
  MAILBOX_UNIT_MIN = 16,
  MAILBOX_UNIT_DEFAULT = 400,
  MAILBOX_UNIT_MAX = 1024,
  MAILBOX_LOCALS_DEFAULT = 300,
  MAILBOX_LOG_MAX = 9999
};

// What the host takes: the value of --translator.
struct mailbox_host {
  bool simd;
  uint32_t unit_limit; // guest instructions in a unit, at most; 0: no host
  // Of a unit whose registers are locals from its beginning to its end. In larger ones the values at exits, and where
  // ways meet, take compilers longer than what moves them to and from memory.
  uint32_t locals_limit;
  uint32_t log; // it wants what is recorded, for so many seconds of guest time; 0: it does not
};

// Reads a list like "simd,unit=400,locals=300,log=30"; false if it is none.
bool mailbox_parse(const char *text, struct mailbox_host *host);

// Has no effect where the host has no way to look.
void mailbox_enable(const struct mailbox_host *host);
// The same where nothing is offered (replay.h): the host need not know the mailbox.
void mailbox_enable_alone(const struct mailbox_host *host);
bool mailbox_enabled(void);
const struct mailbox_host *mailbox_host(void);

// Has the host install a module that imports env.memory and env.table and exports functions "0", "1", … True: they are
// in the table from *first_index on. False: the host has refused it, or (mailbox_enabled is false then) cannot.
bool mailbox_offer(const uint8_t *bytes, uint32_t length, uint32_t functions, uint32_t *first_index);

// Gives the host a recording (log.h); length 0: the time for it is over.
void mailbox_tell(const uint8_t *bytes, uint32_t length);

#endif
