// IPv4 (RFC 791) and IPv6 (RFC 8200), and the addresses there are.
#ifndef NET_IP_H
#define NET_IP_H

#include "host/net.h"
#include "net/link.h"

// An address of either family; IPv4's is ::ffff:a.b.c.d.
struct ip_address {
  uint64_t high, low;
};

#define IP_V4(address) ((struct ip_address){0, UINT64_C(0xffff00000000) | (address)})
#define IP_V6(number) ((struct ip_address){IP6_NETWORK, (number)})

#define IP_GUEST UINT32_C(0x0a00020f)   // 10.0.2.15
#define IP_GATEWAY UINT32_C(0x0a000202) // 10.0.2.2
#define IP_NAMES UINT32_C(0x0a000203)   // 10.0.2.3
#define IP_NETWORK UINT32_C(0x0a000200)
#define IP_MASK UINT32_C(0xffffff00)
#define IP6_NETWORK UINT64_C(0xfd006f3200000000) // fd00:6f32::/64
enum { IP6_GATEWAY = 2, IP6_NAMES = 3, IP6_GUEST = 0x15 };

enum { IP_HEADER = 20, IP6_HEADER = 40, IP_ICMP = 1, IP_TCP = 6, IP_UDP = 17, IP_ICMP6 = 58, IP_LENGTH_MAX = 65535 };

// A whole datagram; what is in it is `payload`.
struct ip_packet {
  uint8_t protocol;
  struct ip_address from, to;
  const uint8_t *payload;
  size_t length;
  const uint8_t *header; // and what follows it, as ICMP quotes it
};

// A datagram's place while it comes in pieces.
struct ip_pieces {
  uint64_t until; // ns; 0: free
  struct ip_address from, to;
  uint32_t id;
  uint8_t protocol;
  size_t end;             // of the last piece, once it has come
  uint8_t came[8192 / 8]; // a bit for each 8 bytes
  uint8_t datagram[IP6_HEADER + IP_LENGTH_MAX + 1];
};
enum { IP_PIECES = 8 };

bool ip_is_v4(struct ip_address address);
bool ip_equals(struct ip_address one, struct ip_address other);
// The guest's, the gateway's and the name server's address of the family of `other`.
struct ip_address ip_guest(struct ip_address other);
struct ip_address ip_gateway(struct ip_address other);
bool ip_is_gateway(struct ip_address address);
bool ip_is_names(struct ip_address address);
// Has it more than one receiver?
bool ip_is_for_many(struct ip_address address);
// The size of the header of a datagram to or from `address`.
size_t ip_header_size(struct ip_address address);
struct net_address ip_to_host(struct ip_address address, uint16_t port);

// Reads a datagram that the guest sent; false if it is none, or only a piece that is kept.
bool ip_read(struct ip_pieces pieces[IP_PIECES], const uint8_t *bytes, size_t length, uint64_t now,
             struct ip_packet *packet);
// Writes IP's header of a datagram, and gives its size. Both addresses are of one family.
size_t ip_write(uint8_t *ip, uint8_t protocol, struct ip_address from, struct ip_address to, size_t payload);
// Writes Ethernet's and IP's header of a datagram to the guest.
size_t ip_header(const struct link *link, uint8_t *header, uint8_t protocol, struct ip_address from, size_t payload);
// Sends one: `header` has LINK_HEADER + ip_header_size bytes for ip_header and then `size` of the protocol's.
void ip_send(struct link *link, uint8_t protocol, struct ip_address from, uint8_t *header, size_t size,
             const uint8_t *payload, size_t length);
// The pseudo header's sum, of a datagram to or from the guest.
uint64_t ip_pseudo_sum(uint8_t protocol, struct ip_address remote, size_t length);
// The address by which the guest sees a client: its own, or the gateway's.
struct ip_address ip_of_client(const struct net_address *client);

#endif
