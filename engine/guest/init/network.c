#include "network.h"

#include "file.h"
#include "report.h"
#include "sys.h"
#include "text.h"
#include <linux/sockios.h>

enum { FAMILY_INET = 2, FAMILY_INET6 = 10, TYPE_DATAGRAM = 2, FLAG_UP = 1, ROUTE_UP = 1, ROUTE_GATEWAY = 2 };

// struct sockaddr_in, ifreq and rtentry of ip(7), netdevice(7) and <net/route.h>, and in6_ifreq and in6_rtmsg of
// <linux/ipv6.h> and <linux/ipv6_route.h>: the kernel's headers for them need a C library's.
struct address {
  uint16_t family, port;
  uint8_t bytes[4], unused[8];
};

struct request {
  char name[16];
  union {
    int16_t flags;
    int32_t index;
    struct address address;
    char unused[24];
  };
};

struct route {
  unsigned long unused;
  struct address to, gateway, mask;
  uint16_t flags;
  char rest[64];
};

struct request6 {
  uint8_t address[16];
  uint32_t prefix;
  int32_t index;
};

struct route6 {
  uint8_t to[16], from[16], gateway[16];
  uint32_t type;
  uint16_t to_length, from_length;
  uint32_t metric;
  unsigned long info;
  uint32_t flags;
  int32_t index;
};

static int open_socket(void) {
  return sys_socket(FAMILY_INET, TYPE_DATAGRAM);
}

void network_loopback_up(void) {
  struct request request = {.name = "lo", .flags = FLAG_UP};
  int socket = open_socket();
  int result = socket < 0 ? socket : sys_ioctl(socket, SIOCSIFFLAGS, &request);
  if (result < 0)
    fail(EXIT_INIT_FAILED, "turning on the network interface", request.name, result);
  sys_close(socket);
}

static bool parse_address(const char *text, uint8_t bytes[4]) {
  char *rest = concat(text, NULL);
  for (size_t i = 0; i < 4; i++) {
    char *part = next_field(&rest, '.');
    uint64_t value;
    if (part == NULL || !parse_decimal(part, 255, &value))
      return false;
    bytes[i] = (uint8_t)value;
  }
  return rest == NULL;
}

// Eight groups; the short form is not read.
static bool parse_address6(char *text, uint8_t bytes[16]) {
  for (size_t i = 0; i < 16; i += 2) {
    const char *group = next_field(&text, ':');
    uint64_t value;
    if (group == NULL || !parse_hexadecimal(group, UINT16_MAX, &value))
      return false;
    bytes[i] = (uint8_t)(value >> 8);
    bytes[i + 1] = (uint8_t)value;
  }
  return text == NULL;
}

void network_read6(char *record, struct network *network) {
  enum { LONGEST_PREFIX = 128 };
  char *gateway = concat(record, NULL);
  char *prefix = next_field(&gateway, ' ');
  char *address = next_field(&prefix, '/');
  uint64_t bits;
  if (gateway == NULL || prefix == NULL || !parse_decimal(prefix, LONGEST_PREFIX, &bits) ||
      !parse_address6(address, network->bytes6) || !parse_address6(gateway, network->gateway6))
    fail(EXIT_INIT_FAILED, "reading the launch description: malformed run.net6", record, 0);
  network->prefix6 = (uint32_t)bits;
}

void network_read(char *record, struct network *network) {
  enum { LONGEST_PREFIX = 32 };
  char *rest = concat(record, NULL);
  char *address = next_field(&rest, ' ');
  char *gateway = next_field(&rest, ' ');
  network->name_server = rest;
  network->address = next_field(&address, '/');
  uint64_t prefix;
  uint8_t unused[4];
  if (rest == NULL || address == NULL || !parse_decimal(address, LONGEST_PREFIX, &prefix) ||
      !parse_address(network->address, network->bytes) || !parse_address(gateway, network->gateway) ||
      !parse_address(rest, unused))
    fail(EXIT_INIT_FAILED, "reading the launch description: malformed run.net", record, 0);
  for (unsigned bit = 0; bit < prefix; bit++)
    network->mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

static struct address address_of(const uint8_t bytes[4]) {
  struct address address = {.family = FAMILY_INET};
  memcpy(address.bytes, bytes, sizeof address.bytes);
  return address;
}

static int up6(const struct network *network) {
  enum { METRIC = 1024 };
  int socket = sys_socket(FAMILY_INET6, TYPE_DATAGRAM);
  if (socket < 0)
    return socket;
  struct request eth0 = {.name = "eth0"};
  int result = sys_ioctl(socket, SIOCGIFINDEX, &eth0);
  struct request6 address = {.prefix = network->prefix6, .index = eth0.index};
  struct route6 route = {.metric = METRIC, .flags = ROUTE_UP | ROUTE_GATEWAY, .index = eth0.index};
  memcpy(address.address, network->bytes6, sizeof address.address);
  memcpy(route.gateway, network->gateway6, sizeof route.gateway);
  if (result == 0)
    result = sys_ioctl(socket, SIOCSIFADDR, &address);
  if (result == 0)
    result = sys_ioctl(socket, SIOCADDRT, &route);
  sys_close(socket);
  return result;
}

void network_up(const struct network *network) {
  // There is one neighbour: nobody else can have the address, and one of the link's own would be of no use.
  file_write("/proc/sys/net/ipv6/conf/eth0/accept_dad", "0");
  file_write("/proc/sys/net/ipv6/conf/eth0/addr_gen_mode", "1");
  struct request address = {.name = "eth0", .address = address_of(network->bytes)};
  struct request mask = {.name = "eth0", .address = address_of(network->mask)};
  struct request up = {.name = "eth0", .flags = FLAG_UP};
  struct route route = {.to.family = FAMILY_INET,
                        .mask.family = FAMILY_INET,
                        .gateway = address_of(network->gateway),
                        .flags = ROUTE_UP | ROUTE_GATEWAY};
  int socket = open_socket();
  int result = socket < 0 ? socket : sys_ioctl(socket, SIOCSIFADDR, &address);
  if (result == 0)
    result = sys_ioctl(socket, SIOCSIFNETMASK, &mask);
  if (result == 0)
    result = sys_ioctl(socket, SIOCSIFFLAGS, &up);
  if (result == 0)
    result = sys_ioctl(socket, SIOCADDRT, &route);
  if (result == 0 && network->prefix6)
    result = up6(network);
  if (result < 0)
    fail(EXIT_INIT_FAILED, "setting up the network interface", "eth0", result);
  sys_close(socket);
}
