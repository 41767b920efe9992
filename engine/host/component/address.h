// Words of the command line that name addresses, hosts and ports, as docs/NETWORK.md has them.
#ifndef HOST_COMPONENT_ADDRESS_H
#define HOST_COMPONENT_ADDRESS_H

#include "host/net.h"

enum { ADDRESS_NAME_MAX = 253 };

struct address_block {
  struct net_address first;
  unsigned bits;
};

// Bytes of an address: 4 or 16.
size_t address_size(const struct net_address *address);
// The bytes of IPv6's groups.
void address_from_groups(const uint16_t groups[8], uint8_t bytes[16]);
// Addresses alone; ports do not count.
bool address_same(const struct net_address *one, const struct net_address *other);
// IPv4 written as IPv6 (::ffff:a.b.c.d) is that IPv4.
struct net_address address_unmapped(const struct net_address *address);
// An address in digits, with port 0. False if the text is anything else.
bool address_parse(const char *text, size_t length, struct net_address *address);
bool address_parse_block(const char *text, size_t length, struct address_block *block);
bool address_in(const struct address_block *block, const struct net_address *address);
// The length of the smallest block that is not the public internet and has the address in it; 0: it is public.
unsigned address_special(const struct net_address *address);
// A host's name in lower case without a dot at its end.
bool address_parse_name(const char *text, size_t length, char name[ADDRESS_NAME_MAX + 1]);
// 1 to 65535; 0 if the text is anything else.
uint16_t address_parse_port(const char *text, size_t length);

#endif
