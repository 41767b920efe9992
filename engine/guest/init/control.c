#include "control.h"

#include "string.h"
#include "sys.h"
#include <linux/reboot.h>
#include <stdbool.h>

enum { CONSOLE = 1 };

static int report_file = CONSOLE;
static bool in_container;

void write_control(const char *line) {
  size_t left = strlen(line);
  while (left > 0) {
    long written = sys_write(report_file, line, left);
    if (written == -EAGAIN) {
      struct pollfd writable = {.fd = report_file, .events = POLLOUT};
      sys_poll(&writable, 1, NULL);
      continue;
    }
    // Nobody is left to tell.
    if (written < 0)
      return;
    line += written;
    left -= (size_t)written;
  }
}

_Noreturn void power_off(void) {
  sys_reboot((int)LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF);
  // Only without the privilege to do so, which the first process has; its end is a panic, and so an error too.
  sys_exit(EXIT_INIT_FAILED);
}

void report_to(int control) {
  report_file = control;
}

void report_from_container(void) {
  in_container = true;
}

void exit_container(enum exit_code code) {
  if (in_container)
    sys_exit(code);
}

void report_started(void) {
  write_control("started\n");
}

void fail_out_of_memory(void) {
  write_control("error init is out of memory: give the container more\n");
  exit_container(EXIT_INIT_FAILED);
  write_control("exit 125\n");
  power_off();
}
