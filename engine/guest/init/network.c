#include "network.h"

#include "report.h"
#include "sys.h"
#include <linux/sockios.h>

void network_loopback_up(void) {
  enum { FAMILY_INET = 2, TYPE_DATAGRAM = 2, FLAG_UP = 1 };
  // struct ifreq of netdevice(7): the kernel's header for it needs a C library's.
  struct {
    char name[16];
    int16_t flags;
    char unused[22];
  } request = {.name = "lo", .flags = FLAG_UP};

  int socket = sys_socket(FAMILY_INET, TYPE_DATAGRAM);
  int result = socket < 0 ? socket : sys_ioctl(socket, SIOCSIFFLAGS, &request);
  if (result < 0)
    fail(EXIT_INIT_FAILED, "turning on the network interface", request.name, result);
  sys_close(socket);
}
