// The command line of a bundle: docs/FORMATS.md, "Host contract".
#ifndef MACHINE_OPTIONS_H
#define MACHINE_OPTIONS_H

#include "translate/mailbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
  const char *entrypoint;  // NULL, as words that are passed on: the image's
  const char *window_size; // "ROWS COLS", or NULL
  int control;             // a descriptor of the host's, or -1
  bool net;                // there is a network
  int net_descriptor;      // its stream, or NET_STANDARD
  const char **hosts;      // NAME:ADDRESS
  size_t host_count;
  const char **search; // domains for names without one
  size_t search_count;
  const char **env; // NAME=VALUE
  size_t env_count;
  struct mailbox_host translator; // unit_limit is 0 without the option
  bool deterministic, stats, kernel_log;
  bool replay; // makes a bundle's translations instead of running
#define PASSED_WORD(name, valid, expected) const char *name;
#define PASSED_FLAG(name) bool name;
#include "guest/init/passed.inc"
  bool scratch_kept;     // its disk stays after the run
  uint64_t scratch_size; // bytes; 0: as the disk is
  uint64_t memory;       // bytes
  bool memory_is_default;
  int exit_code_max;
  char **command; // what follows the options
  size_t command_count;
};

// `arguments` are those after the module's name. On failure `*error` says what is wrong.
bool options_parse(struct options *options, int count, char **arguments, char *error, size_t error_size);

// Halves the memory, where neither the command line nor the bundle asked for it; false where it stays.
bool options_lower_memory(struct options *options);

#endif
