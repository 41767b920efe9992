// The launch description: docs/FORMATS.md, "Launch description".
#ifndef INIT_LAUNCH_H
#define INIT_LAUNCH_H

#include "text.h"

struct launch {
  struct string_list entrypoint; // after docker's rules: run.entrypoint in place of the image's
  struct string_list command;    // likewise: run.arg in place of cmd
  struct string_list env;
  struct string_list run_env;
  struct string_list volumes;
  struct string_list mounts; // `TAG PATH`
  // What options say; a word is NULL where none does.
#define PASSED_WORD(name, valid, expected) char *name;
#define PASSED_FLAG(name) bool name;
#include "passed.inc"
  char *network;                // `ADDRESS/PREFIX GATEWAY DNS`, or NULL where there is none
  char *network6;               // `ADDRESS/PREFIX GATEWAY` of IPv6, likewise
  struct string_list hosts;     // `NAME ADDRESS`
  struct string_list resolving; // lines of /etc/resolv.conf
  uint16_t rows;                // 0 where the host did not say
  uint16_t columns;
  uint64_t time_ns; // since 1970, at reset; 0 where the host did not say
};

// Reads the description from a file; one that is not in the format ends the run.
void launch_read(const char *path, struct launch *launch);

// Reads `ROWS COLS`; false, and nothing changed, where it is not that.
bool parse_window_size(char *text, uint16_t *rows, uint16_t *columns);

#endif
