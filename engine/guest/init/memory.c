#include "memory.h"

#include "report.h"
#include "sys.h"
#include "text.h"

uint64_t memory_total(void) {
  struct sysinfo info = {0};
  int result = sys_system_info(&info);
  if (result < 0)
    fail(EXIT_INIT_FAILED, "asking for the size of memory", NULL, result);
  return (uint64_t)info.totalram * info.mem_unit;
}

// The name in the kernel's last line about a process that it killed to have memory: `… Killed process ID (NAME) …`.
static char *last_killed(char *log) {
  static const char MARK[] = "Out of memory: Killed process ";
  char *name = NULL;
  for (char *line; (line = next_field(&log, '\n')) != NULL;) {
    for (char *rest = line; (rest = strchr(rest, 'O')) != NULL; rest++) {
      char *after = after_prefix(rest, MARK);
      if (after == NULL || (after = strchr(after, '(')) == NULL)
        continue;
      name = after + 1;
      char *end = strchr(name, ')');
      if (end != NULL)
        *end = '\0';
      break;
    }
  }
  return name;
}

void memory_report_kills(void) {
  enum { CAPACITY = 65536, MEGABYTE = 1 << 20 }; // more than the kernel's log has
  char *log = take_memory(CAPACITY + 1);
  if (sys_read_kernel_log(log, CAPACITY) <= 0)
    return;
  const char *name = last_killed(log);
  if (name != NULL)
    report_error(concat("out of memory: the guest has ", decimal(memory_total() / MEGABYTE),
                        " MB, and its kernel killed ", name, " to go on: give it more with --memory", NULL));
}
