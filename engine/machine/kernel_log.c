#include "machine/kernel_log.h"

#include "host/host.h"

void kernel_log_put(struct kernel_log *log, char byte) {
  if (byte == '\r') // the kernel's console ends lines for a terminal
    return;
  log->ring[log->written++ % KERNEL_LOG_SIZE] = byte;
  log->line[log->line_length++] = byte;
  if (byte != '\n' && log->line_length < sizeof log->line)
    return;
  if (log->show)
    host_write(HOST_STDERR, (const uint8_t *)log->line, log->line_length);
  log->line[log->line_length - 1] = '\0';
  log->line_length = 0;
  if (log->said)
    log->said(log->owner, log->line);
}

void kernel_log_print_tail(const struct kernel_log *log) {
  const uint64_t oldest = log->written > KERNEL_LOG_SIZE ? log->written - KERNEL_LOG_SIZE : 0;
  uint64_t start = log->written;
  for (unsigned lines = 0; start > oldest; start--) {
    if (log->ring[(start - 1) % KERNEL_LOG_SIZE] == '\n' && start != log->written && ++lines == KERNEL_LOG_TAIL_LINES)
      break;
  }
  for (uint64_t at = start; at < log->written; at++)
    host_write(HOST_STDERR, (const uint8_t *)&log->ring[at % KERNEL_LOG_SIZE], 1);
}
