#include "ports.h"

#include "report.h"
#include "sys.h"
#include "text.h"
#include <linux/inotify.h>

enum { WAIT_SECONDS = 10 };

/*
 * The driver makes a port's device when the engine announces the port, maybe after init has started: wait for
 * it on `watch`, which tells of new files in /dev.
 */
static int open_port(const char *path, int watch) {
  for (;;) {
    int port = sys_open(path, O_RDWR | O_NONBLOCK, 0);
    if (port >= 0)
      return port;
    struct pollfd created = {.fd = watch, .events = POLLIN};
    struct __kernel_timespec patience = {.tv_sec = WAIT_SECONDS};
    if (port != -ENOENT || sys_poll(&created, 1, &patience) <= 0)
      fail(EXIT_INIT_FAILED, "opening the console port", path, port);
    char events[1024];
    sys_read(watch, events, sizeof events);
  }
}

/*
 * A port that the engine has not connected yet looks like one at its end. The engine connects the ports in
 * the order of their numbers and never disconnects the last: once that is connected, an end is an end.
 */
static void wait_until_connected(const char *path, int port) {
  enum { STEP_NS = 1000000, STEPS = WAIT_SECONDS * 1000 };
  const struct __kernel_timespec step = {.tv_nsec = STEP_NS};
  struct pollfd state = {.fd = port, .events = POLLOUT};
  struct __kernel_timespec now = {0};
  for (int i = 0; i < STEPS; i++) {
    sys_poll(&state, 1, &now);
    if ((state.revents & POLLHUP) == 0)
      return;
    sys_sleep(&step);
  }
  fail(EXIT_INIT_FAILED, "waiting for the engine at the console port", path, -ETIMEDOUT);
}

void ports_open(struct ports *ports) {
  static const char CONTROL[] = "/dev/vport0p4";
  int watch = sys_watch_start();
  int result = watch < 0 ? watch : sys_watch_add(watch, "/dev", IN_CREATE);
  if (result < 0)
    fail(EXIT_INIT_FAILED, "watching", "/dev", result);
  ports->control = open_port(CONTROL, watch);
  wait_until_connected(CONTROL, ports->control);
  report_to(ports->control);
  ports->in = open_port("/dev/vport0p1", watch);
  ports->out = open_port("/dev/vport0p2", watch);
  ports->err = open_port("/dev/vport0p3", watch);
  sys_close(watch);
}
