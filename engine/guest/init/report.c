#include "report.h"

#include "errno_text.h"
#include "sys.h"
#include "text.h"
#include <linux/reboot.h>

enum { CONSOLE = 1 };

static int report_file = CONSOLE;
static bool in_container;

static void write_line(const char *line) {
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

static _Noreturn void power_off(void) {
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

void report_started(void) {
  write_line("started\n");
}

void report_error(const char *text) {
  char *line = concat("error ", text, NULL);
  // An object's name may hold anything; the message is one line.
  for (char *c = line; *c != '\0'; c++) {
    if ((unsigned char)*c < ' ')
      *c = '?';
  }
  write_line(line);
  write_line("\n");
}

void finish(uint8_t code) {
  write_line(concat("exit ", decimal(code), "\n", NULL));
  power_off();
}

void fail(enum exit_code code, const char *what, const char *object, long error) {
  report_error(concat(what, object == NULL ? "" : " ", object == NULL ? "" : object, error == 0 ? "" : ": ",
                      error == 0 ? "" : errno_text(error), NULL));
  if (in_container)
    sys_exit(code);
  finish((uint8_t)code);
}

void fail_out_of_memory(void) {
  write_line("error init is out of memory: give the container more\n");
  if (in_container)
    sys_exit(EXIT_INIT_FAILED);
  write_line("exit 125\n");
  power_off();
}
