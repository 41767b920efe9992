// The guest kernel's console: kept for the report of a panic, shown with --kernel-log.
#ifndef MACHINE_KERNEL_LOG_H
#define MACHINE_KERNEL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KERNEL_LOG_SIZE = 8192, KERNEL_LOG_TAIL_LINES = 48 };

struct kernel_log {
  bool show;
  uint64_t written; // bytes in all; the last KERNEL_LOG_SIZE of them are kept
  char ring[KERNEL_LOG_SIZE];
  size_t line_length;
  char line[256]; // being put together; a longer one comes in pieces
  // The board's, if it wants to know: each line without its end.
  void (*said)(void *owner, const char *line);
  void *owner;
};

void kernel_log_put(struct kernel_log *log, char byte);
// Writes the last lines to standard error.
void kernel_log_print_tail(const struct kernel_log *log);

#endif
