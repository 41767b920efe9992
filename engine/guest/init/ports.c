#include "ports.h"

#include "report.h"
#include "sys.h"

enum { STEP_NS = 1000000, STEPS = 10000 };

// Lets the driver work; ends the run after STEPS of it.
static void wait_a_step(const char *path, int *step, long reason) {
  const struct __kernel_timespec time = {.tv_nsec = STEP_NS};
  if (++*step > STEPS)
    fail(EXIT_INIT_FAILED, "waiting for the engine at the console port", path, reason);
  sys_sleep(&time);
}

// The driver makes a port's device when the engine announces the port, maybe after init has started.
static int open_port(const char *path, int *step) {
  for (;;) {
    int port = sys_open(path, O_RDWR | O_NONBLOCK, 0);
    if (port >= 0)
      return port;
    // ENXIO: the device is there, but the driver has not finished with it.
    if (port != -ENOENT && port != -ENXIO)
      fail(EXIT_INIT_FAILED, "opening the console port", path, port);
    wait_a_step(path, step, port);
  }
}

// A port that the engine has not connected yet looks like one at its end. The engine connects the ports in
// the order of their numbers and never disconnects the last: once that is connected, an end is an end.
static void wait_until_connected(const char *path, int port, int *step) {
  struct pollfd state = {.fd = port, .events = POLLOUT};
  struct __kernel_timespec now = {0};
  while (sys_poll(&state, 1, &now) < 0 || (state.revents & POLLHUP) != 0)
    wait_a_step(path, step, -ETIMEDOUT);
}

void ports_open(struct ports *ports) {
  static const char CONTROL[] = "/dev/vport0p4";
  int step = 0;
  ports->control = open_port(CONTROL, &step);
  wait_until_connected(CONTROL, ports->control, &step);
  report_to(ports->control);
  ports->in = open_port("/dev/vport0p1", &step);
  ports->out = open_port("/dev/vport0p2", &step);
  ports->err = open_port("/dev/vport0p3", &step);
}
