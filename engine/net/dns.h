// The name server of the guest (RFC 1035): questions go to the host's resolver, which answers by addresses or records.
#ifndef NET_DNS_H
#define NET_DNS_H

#include "net/udp.h"

enum { DNS_PORT = 53 };
enum { DNS_QUESTIONS = 32, DNS_QUESTION_MAX = 12 + 255 + 4, DNS_ADDRESSES_MAX = 16 };
enum { DNS_ANSWER_MAX = DNS_QUESTION_MAX + NET_RECORDS_MAX };

struct dns_asker {
  struct ip_address server; // the address that was asked
  uint16_t guest_port;      // by UDP
  uint32_t stream;          // by TCP; 0: by UDP
};

// One that waits for the resolver.
struct dns_question {
  uint32_t stream; // of the resolver's answer; 0: free
  struct dns_asker asker;
  uint16_t length;
  uint8_t bytes[DNS_QUESTION_MAX]; // header, name, type, class
  uint64_t until;                  // ns
};

struct dns {
  struct link *link;
  // An answer that goes by TCP.
  void (*answer)(void *owner, uint32_t stream, const uint8_t *message, size_t length, uint64_t now);
  void *owner;
  struct dns_question questions[DNS_QUESTIONS];
};

// A message of the guest for port 53. False if there will be no answer.
bool dns_read(struct dns *dns, const struct dns_asker *asker, const uint8_t *message, size_t length, uint64_t now);
// Nobody waits for answers to this stream any more.
void dns_forget(struct dns *dns, uint32_t stream);
// The resolver's answer; false if nobody asked.
bool dns_event(struct dns *dns, const struct net_event *event, uint64_t now);

#endif
