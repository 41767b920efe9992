// Questions for names by TCP (RFC 7766): the name server is at the other end, where a stream of the host is else.
#ifndef NET_DNS_STREAM_H
#define NET_DNS_STREAM_H

#include "net/dns.h"

// Their numbers are those of the container's own streams, which TCP never has.
enum { DNS_STREAMS = NET_CONSOLES - 1, DNS_STREAM_MESSAGE = 512 };

struct dns_stream {
  struct ip_address server;
  bool used, opening, ended, told;
  unsigned asked;  // questions without an answer
  uint32_t credit; // what the connection takes
  uint32_t owed;   // bytes that it may send again
  size_t length;   // of what has come of a message, after its length in two bytes
  uint8_t bytes[2 + DNS_STREAM_MESSAGE];
};

struct dns_streams {
  struct dns *dns;
  // Tells the connection.
  void (*tell)(void *owner, const struct net_event *event, uint64_t now);
  void *owner;
  struct dns_stream streams[DNS_STREAMS];
};

// A connection to this address of the name server; 0: too many.
uint32_t dns_stream_open(struct dns_streams *all, struct ip_address server);
// The guest sent bytes. False if they are no questions.
bool dns_stream_take(struct dns_streams *all, uint32_t stream, const uint8_t *bytes, size_t length, uint64_t now);
// There is room for so much more.
void dns_stream_taken(struct dns_streams *all, uint32_t stream, uint32_t count);
// The guest asks no more.
void dns_stream_end(struct dns_streams *all, uint32_t stream);
// The connection is over.
void dns_stream_close(struct dns_streams *all, uint32_t stream);
// An answer to one of its questions.
void dns_stream_answer(struct dns_streams *all, uint32_t stream, const uint8_t *message, size_t length, uint64_t now);
// Tells what has become of the connections.
void dns_stream_flush(struct dns_streams *all, uint64_t now);

#endif
