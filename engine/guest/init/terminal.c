#include "terminal.h"

#include "file.h"
#include "report.h"
#include "sys.h"
#include "text.h"
#include <asm/ioctls.h>
#include <asm/termios.h>
#include <linux/mount.h>

void terminal_make(struct terminal *terminal) {
  int number;
  int locked = 0;
  terminal->master = sys_open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
  int result = terminal->master;
  if (result >= 0)
    result = sys_ioctl(terminal->master, TIOCSPTLCK, &locked);
  if (result >= 0)
    result = sys_ioctl(terminal->master, TIOCGPTN, &number);
  if (result < 0)
    fail(EXIT_INIT_FAILED, "making a terminal with", "/dev/pts/ptmx", result);
  terminal->path = concat("/dev/pts/", decimal((uint64_t)number), NULL);
  terminal->slave = sys_open(terminal->path, O_RDWR | O_NOCTTY, 0);
  if (terminal->slave < 0)
    fail(EXIT_INIT_FAILED, "opening the terminal", terminal->path, terminal->slave);

  file_replace("/dev/console", "");
  result = sys_mount(terminal->path, "/dev/console", NULL, MS_BIND, NULL);
  if (result < 0)
    fail(EXIT_INIT_FAILED, "mounting the terminal at", "/dev/console", result);
}

void terminal_take(const struct terminal *terminal) {
  int file = sys_open(terminal->path, O_RDWR | O_NOCTTY, 0);
  int result = file < 0 ? file : sys_ioctl(file, TIOCSCTTY, NULL);
  for (int stream = 0; stream <= 2 && result >= 0; stream++)
    result = sys_duplicate(file, stream);
  if (result < 0)
    fail(EXIT_INIT_FAILED, "taking the terminal", terminal->path, result);
}

void terminal_resize(const struct terminal *terminal, uint16_t rows, uint16_t columns) {
  struct winsize size = {.ws_row = rows, .ws_col = columns};
  sys_ioctl(terminal->master, TIOCSWINSZ, &size);
}
