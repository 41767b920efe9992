#include "net/dns_stream.h"

#include "net/wire.h"

#include <string.h>

enum { SIZE = 2 };

static struct dns_stream *at(struct dns_streams *all, uint32_t stream) {
  return &all->streams[stream - 1];
}

uint32_t dns_stream_open(struct dns_streams *all, struct ip_address server) {
  for (uint32_t number = 1; number <= DNS_STREAMS; number++) {
    if (at(all, number)->used)
      continue;
    *at(all, number) = (struct dns_stream){.server = server, .used = true, .opening = true, .credit = NET_CREDIT};
    return number;
  }
  return 0;
}

bool dns_stream_take(struct dns_streams *all, uint32_t stream, const uint8_t *bytes, size_t length, uint64_t now) {
  struct dns_stream *one = at(all, stream);
  one->owed += (uint32_t)length;
  while (length) {
    const size_t wanted = one->length < SIZE ? SIZE : SIZE + wire_get16(one->bytes);
    if (wanted > sizeof one->bytes)
      return false;
    const size_t lacks = wanted - one->length, part = lacks < length ? lacks : length;
    memcpy(one->bytes + one->length, bytes, part);
    one->length += part;
    bytes += part;
    length -= part;
    if (one->length < SIZE || one->length < (size_t)SIZE + wire_get16(one->bytes))
      continue;
    const struct dns_asker asker = {.server = one->server, .stream = stream};
    one->asked++;
    if (!dns_read(all->dns, &asker, one->bytes + SIZE, one->length - SIZE, now))
      one->asked--;
    one->length = 0;
  }
  return true;
}

void dns_stream_taken(struct dns_streams *all, uint32_t stream, uint32_t count) {
  at(all, stream)->credit += count;
}

void dns_stream_end(struct dns_streams *all, uint32_t stream) {
  at(all, stream)->ended = true;
}

void dns_stream_close(struct dns_streams *all, uint32_t stream) {
  dns_forget(all->dns, stream);
  at(all, stream)->used = false;
}

void dns_stream_answer(struct dns_streams *all, uint32_t stream, const uint8_t *message, size_t length, uint64_t now) {
  struct dns_stream *one = at(all, stream);
  uint8_t bytes[SIZE + DNS_ANSWER_MAX];
  one->asked--;
  if (one->credit < SIZE + length)
    return; // it asks and takes no answers
  one->credit -= (uint32_t)(SIZE + length);
  wire_put16(bytes, (uint16_t)length);
  memcpy(bytes + SIZE, message, length);
  const struct net_event event = {.type = NET_DATA, .stream = stream, .bytes = bytes, .length = SIZE + length};
  all->tell(all->owner, &event, now);
}

static void tell(struct dns_streams *all, uint32_t stream, enum net_event_type type, uint32_t credit, uint64_t now) {
  const struct net_event event = {.type = type, .stream = stream, .credit = credit};
  all->tell(all->owner, &event, now);
}

void dns_stream_flush(struct dns_streams *all, uint64_t now) {
  for (uint32_t number = 1; number <= DNS_STREAMS; number++) {
    struct dns_stream *one = at(all, number);
    if (!one->used)
      continue;
    if (one->opening)
      tell(all, number, NET_OPENED, NET_CREDIT, now);
    one->opening = false;
    if (one->owed)
      tell(all, number, NET_MORE, one->owed, now);
    one->owed = 0;
    if (one->ended && !one->asked && !one->told) {
      one->told = true;
      tell(all, number, NET_END, 0, now);
    }
  }
}
