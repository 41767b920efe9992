#include "net/dns.h"

#include "net/wire.h"

#include <string.h>

enum { HEADER = 12, NAME_MAX = 253, LABEL_MAX = 63, RECORD = 12, ADDRESS_MAX = 16 };
enum { TYPE_A = 1, TYPE_AAAA = 28, CLASS_IN = 1, TTL_SECONDS = 30, POINTER_TO_NAME = 0xc000 | HEADER };
enum { FLAG_RESPONSE = 0x8000, OPCODE_MASK = 0x7800, FLAG_CUT = 0x0200 };
enum { FLAG_RECURSION_WANTED = 0x0100, FLAG_RECURSION = 0x0080, DATAGRAM_MAX = 512 };
enum { MALFORMED = 1, NOT_IMPLEMENTED = 4 };
#define PATIENCE_NS UINT64_C(30000000000)

static uint16_t type_of(const struct dns_question *question) {
  return wire_get16(question->bytes + question->length - 4);
}

static bool is_address(uint16_t type) {
  return type == TYPE_A || type == TYPE_AAAA;
}

static size_t address_size(uint16_t type) {
  return type == TYPE_AAAA ? 16 : 4;
}

// Answers with the question, the code and records.
static void answer(struct dns *dns, const struct dns_question *question, unsigned code, const uint8_t *records,
                   size_t size, size_t count, uint64_t now) {
  uint8_t message[DNS_ANSWER_MAX];
  memcpy(message, question->bytes, question->length);
  const unsigned asked = wire_get16(message + 2) & (OPCODE_MASK | FLAG_RECURSION_WANTED);
  wire_put16(message + 2, (uint16_t)(FLAG_RESPONSE | FLAG_RECURSION | asked | code));
  wire_put16(message + 4, question->length > HEADER);
  wire_put16(message + 6, (uint16_t)count);
  memset(message + 8, 0, HEADER - 8);
  if (size)
    memcpy(message + question->length, records, size);
  const size_t length = question->length + size;
  const struct dns_asker *asker = &question->asker;
  if (asker->stream)
    dns->answer(dns->owner, asker->stream, message, length, now);
  else
    udp_answer(dns->link, asker->server, DNS_PORT, asker->guest_port, message, length);
}

static void answer_nothing(struct dns *dns, const struct dns_question *question, unsigned code, uint64_t now) {
  answer(dns, question, code, NULL, 0, 0, now);
}

static void answer_addresses(struct dns *dns, const struct dns_question *question, const uint8_t *addresses,
                             size_t length, uint64_t now) {
  uint8_t records[DNS_ADDRESSES_MAX * (RECORD + ADDRESS_MAX)];
  const uint16_t type = type_of(question);
  const size_t size = address_size(type);
  const size_t found = length / size, count = found < DNS_ADDRESSES_MAX ? found : DNS_ADDRESSES_MAX;
  uint8_t *at = records;
  for (size_t i = 0; i < count; i++, at += RECORD + size) {
    wire_put16(at, POINTER_TO_NAME);
    wire_put16(at + 2, type);
    wire_put16(at + 4, CLASS_IN);
    wire_put32(at + 6, TTL_SECONDS);
    wire_put16(at + 10, (uint16_t)size);
    memcpy(at + RECORD, addresses + i * size, size);
  }
  answer(dns, question, NET_NAME_FOUND, records, (size_t)(at - records), count, now);
}

// What is too long for a datagram is asked for again by TCP.
static void answer_records(struct dns *dns, const struct dns_question *question, const struct net_event *event,
                           uint64_t now) {
  if (!question->asker.stream && question->length + event->length > DATAGRAM_MAX)
    answer_nothing(dns, question, FLAG_CUT | event->rcode, now);
  else
    answer(dns, question, event->rcode, event->bytes, event->length, event->count, now);
}

// The name with dots in place of lengths; its end in the message, or 0 if it is malformed.
static size_t read_name(const uint8_t *bytes, size_t length, char name[NAME_MAX + 2], size_t *name_length) {
  size_t at = HEADER, used = 0;
  for (;;) {
    if (at >= length)
      return 0;
    const size_t label = bytes[at++];
    if (label == 0)
      break;
    if (label > LABEL_MAX || label > length - at || used + label + 1 > NAME_MAX + 1)
      return 0;
    memcpy(name + used, bytes + at, label);
    used += label;
    name[used++] = '.';
    at += label;
  }
  *name_length = used ? used - 1 : 0;
  return at;
}

// Letters, digits and what names have besides: no other byte reaches the host's resolver.
static bool is_name(const char *name, size_t length) {
  for (size_t i = 0; i < length; i++) {
    const char c = name[i], letter = (char)(c | 0x20);
    if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
      return false;
  }
  return length != 0 && name[0] != '.';
}

static struct dns_question *place(struct dns *dns, uint64_t now) {
  for (unsigned i = 0; i < DNS_QUESTIONS; i++) {
    struct dns_question *question = &dns->questions[i];
    if (!question->stream || (question->until < now && !question->asker.stream))
      return question;
  }
  return NULL;
}

bool dns_read(struct dns *dns, const struct dns_asker *asker, const uint8_t *bytes, size_t length, uint64_t now) {
  char name[NAME_MAX + 2];
  size_t name_length;
  if (length < HEADER || wire_get16(bytes + 2) & FLAG_RESPONSE)
    return false;
  const bool query = !(wire_get16(bytes + 2) & OPCODE_MASK) && wire_get16(bytes + 4) == 1;
  const size_t end = query ? read_name(bytes, length, name, &name_length) : 0;
  const bool whole = end && length - end >= 4;
  struct dns_question asked = {
      .asker = *asker, .length = (uint16_t)(whole ? end + 4 : HEADER), .until = now + PATIENCE_NS};
  memcpy(asked.bytes, bytes, asked.length);
  const uint16_t type = type_of(&asked);
  if (!whole) {
    answer_nothing(dns, &asked, query ? MALFORMED : NOT_IMPLEMENTED, now);
  } else if (wire_get16(bytes + end + 2) != CLASS_IN) {
    answer_nothing(dns, &asked, NET_NAME_FOUND, now);
  } else if (!is_name(name, name_length)) {
    // Of what is no address there is nothing: musl takes an error for a failure of all.
    answer_nothing(dns, &asked, is_address(type) ? NET_NAME_UNKNOWN : NET_NAME_FOUND, now);
  } else {
    struct dns_question *question = place(dns, now);
    if (!question)
      return false; // who asks so much may ask again
    *question = asked;
    question->stream = is_address(type) ? host_net_resolve(name, name_length, type == TYPE_A ? NET_IPV4 : NET_IPV6)
                                        : host_net_ask(name, name_length, type);
    if (!question->stream)
      answer_nothing(dns, &asked, NET_NAME_FOUND, now); // as above
  }
  return true;
}

void dns_forget(struct dns *dns, uint32_t stream) {
  for (unsigned i = 0; i < DNS_QUESTIONS; i++) {
    if (dns->questions[i].asker.stream == stream)
      dns->questions[i].stream = 0;
  }
}

bool dns_event(struct dns *dns, const struct net_event *event, uint64_t now) {
  for (unsigned i = 0; i < DNS_QUESTIONS; i++) {
    struct dns_question *question = &dns->questions[i];
    if (question->stream != event->stream || !event->stream)
      continue;
    const bool addresses = event->type == NET_ADDRESSES;
    const bool known = event->rcode == NET_NAME_FOUND || event->rcode == NET_NAME_UNKNOWN;
    question->stream = 0;
    if (!known || addresses != is_address(type_of(question)))
      answer_nothing(dns, question, NET_NAME_FAILED, now);
    else if (!addresses)
      answer_records(dns, question, event, now);
    else if (event->rcode == NET_NAME_FOUND)
      answer_addresses(dns, question, event->bytes, event->length, now);
    else
      answer_nothing(dns, question, event->rcode, now);
    return true;
  }
  return false;
}
