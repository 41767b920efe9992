// IPv4 (RFC 791), and the addresses there are.
#ifndef NET_IP_H
#define NET_IP_H

#include "net/link.h"

#define IP_GUEST UINT32_C(0x0a00020f)   // 10.0.2.15
#define IP_GATEWAY UINT32_C(0x0a000202) // 10.0.2.2
#define IP_NAMES UINT32_C(0x0a000203)   // 10.0.2.3
#define IP_NETWORK UINT32_C(0x0a000200)
#define IP_MASK UINT32_C(0xffffff00)

enum { IP_HEADER = 20, IP_ICMP = 1, IP_TCP = 6, IP_UDP = 17, IP_LENGTH_MAX = 65535 };

// A whole datagram; what is in it is `payload`.
struct ip_packet {
  uint8_t protocol;
  uint32_t from, to;
  const uint8_t *payload;
  size_t length;
  const uint8_t *header; // and what follows it, as ICMP quotes it
};

// A datagram's place while it comes in pieces.
struct ip_pieces {
  uint64_t until; // ns; 0: free
  uint32_t from, to;
  uint16_t id;
  uint8_t protocol;
  size_t end;             // of the last piece, once it has come
  uint8_t came[8192 / 8]; // a bit for each 8 bytes
  uint8_t datagram[IP_HEADER + IP_LENGTH_MAX + 1];
};
enum { IP_PIECES = 8 };

// Reads a datagram that the guest sent; false if it is none, or only a piece that is kept.
bool ip_read(struct ip_pieces pieces[IP_PIECES], const uint8_t *bytes, size_t length, uint64_t now,
             struct ip_packet *packet);
// Writes Ethernet's and IP's header of a datagram to the guest.
void ip_header(const struct link *link, uint8_t header[LINK_HEADER + IP_HEADER], uint8_t protocol, uint32_t from,
               size_t payload);
// Sends one: `header` has LINK_HEADER + IP_HEADER bytes for ip_header and then `size` of the protocol's.
void ip_send(struct link *link, uint8_t protocol, uint32_t from, uint8_t *header, size_t size, const uint8_t *payload,
             size_t length);
// The pseudo header's sum for TCP and UDP.
uint64_t ip_pseudo_sum(uint8_t protocol, uint32_t from, uint32_t to, size_t length);
// The address by which the guest sees a client: its own, or the gateway's.
uint32_t ip_of_client(bool ipv4, const uint8_t *bytes);

#endif
