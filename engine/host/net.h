// Sockets of the world outside, whatever carries them. Nothing here waits but host_net_start and a full pipe.
#ifndef HOST_NET_H
#define HOST_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum net_kind { NET_TCP = 1, NET_UDP = 2 };
enum net_family { NET_IPV4 = 4, NET_IPV6 = 6 };
enum net_reason { NET_REFUSED = 1, NET_UNREACHABLE, NET_DENIED, NET_TIMED_OUT, NET_LIMIT, NET_BROKEN };
// Answers of DNS to a name (RFC 1035, 4.1.1).
enum { NET_NAME_FOUND = 0, NET_NAME_FAILED = 2, NET_NAME_UNKNOWN = 3 };
// What records of a name may have.
enum { NET_RECORDS_MAX = 4096 };
// What a TCP stream may bring before host_net_taken.
enum { NET_CREDIT = 16384 };
// Streams that are the container's own, where the network carries them.
enum { NET_STDIN = 1, NET_STDOUT, NET_STDERR, NET_CONTROL, NET_CONSOLES };

struct net_address {
  enum net_family family;
  uint16_t port;
  uint8_t bytes[16]; // the first four with IPv4
};

struct net_setup {
  int descriptor; // of a stream both ways; or NET_STANDARD
};
enum { NET_STANDARD = -1 };

enum net_event_type {
  NET_INCOMING,  // kind, guest_port, address, credit
  NET_OPENED,    // credit
  NET_DATA,      // bytes
  NET_MORE,      // credit: so many bytes more
  NET_END,       // no more data comes
  NET_RESET,     // reason
  NET_ADDRESSES, // rcode; bytes: addresses
  NET_RECORDS,   // rcode; count; bytes: records as in an answer of DNS
  NET_GONE       // the network ended, and text says why
};

struct net_event {
  enum net_event_type type;
  uint32_t stream, credit;
  enum net_kind kind;
  uint16_t guest_port;
  struct net_address address;
  enum net_reason reason;
  uint8_t rcode;
  uint16_t count;
  const uint8_t *bytes; // until the next event
  size_t length;
  const char *text;
};

// Sets what streams of the container's own may send at first. False with the reason in `error`: there is no network
// here.
bool host_net_start(const struct net_setup *setup, uint32_t *credit, char *error, size_t error_size);
// A new stream's number.
uint32_t host_net_open(enum net_kind kind, const struct net_address *to);
// The guest took an incoming TCP stream.
void host_net_accept(uint32_t stream);
// TCP: at most the credit. UDP: one datagram.
void host_net_send(uint32_t stream, const uint8_t *bytes, size_t length);
// There is room for so much more.
void host_net_taken(uint32_t stream, uint32_t count);
void host_net_end(uint32_t stream);
void host_net_reset(uint32_t stream, enum net_reason reason);
// The answer has this number.
uint32_t host_net_resolve(const char *name, size_t length, enum net_family family);
// Asks for records that are no addresses, of a type of DNS. 0: nobody knows any here.
uint32_t host_net_ask(const char *name, size_t length, uint16_t type);
// host_wait has said HOST_INPUT_NET: something can be read once.
void host_net_ready(void);
// What has happened; false if nothing more is known.
bool host_net_next(struct net_event *event);
// Sends off what was said.
void host_net_flush(void);
// The run is over.
void host_net_finish(int exit_code);

#endif
