// The name server of the guest (RFC 1035): questions go to the host's resolver.
#ifndef NET_DNS_H
#define NET_DNS_H

#include "net/udp.h"

enum { DNS_QUESTIONS = 32, DNS_QUESTION_MAX = 12 + 255 + 4 };

// One that waits for the resolver.
struct dns_question {
  uint32_t stream;          // of the resolver's answer; 0: free
  struct ip_address server; // the address that was asked
  uint16_t guest_port;
  uint16_t length;
  uint8_t bytes[DNS_QUESTION_MAX]; // header, name, type, class
  uint64_t until;                  // ns
};

struct dns {
  struct link *link;
  struct dns_question questions[DNS_QUESTIONS];
};

// A datagram of the guest for port 53 of `server`.
void dns_read(struct dns *dns, struct ip_address server, const struct udp_datagram *datagram, uint64_t now);
// The resolver's answer; false if nobody asked.
bool dns_event(struct dns *dns, const struct net_event *event);

#endif
