#include "net/dns.h"

#include "net/wire.h"

#include <string.h>

enum { HEADER = 12, NAME_MAX = 253, LABEL_MAX = 63, RECORD = 12 };
enum { TYPE_A = 1, TYPE_AAAA = 28, CLASS_IN = 1, TTL_SECONDS = 30, POINTER_TO_NAME = 0xc000 | HEADER };
enum { FLAG_RESPONSE = 0x8000, OPCODE_MASK = 0x7800, FLAG_RECURSION_WANTED = 0x0100, FLAG_RECURSION = 0x0080 };
enum { MALFORMED = 1, NOT_IMPLEMENTED = 4 };
#define PATIENCE_NS UINT64_C(30000000000)

static uint16_t type_of(const struct dns_question *question) {
  return wire_get16(question->bytes + question->length - 4);
}

static size_t address_size(uint16_t type) {
  return type == TYPE_AAAA ? 16 : 4;
}

// Answers with the question, the code and addresses of the type that was asked for.
static void answer(struct dns *dns, const struct dns_question *question, unsigned rcode, const uint8_t *addresses,
                   size_t count, uint64_t now) {
  uint8_t message[DNS_ANSWER_MAX];
  const uint16_t type = count ? type_of(question) : 0;
  const size_t size = address_size(type);
  memcpy(message, question->bytes, question->length);
  const unsigned asked = wire_get16(message + 2) & (OPCODE_MASK | FLAG_RECURSION_WANTED);
  wire_put16(message + 2, (uint16_t)(FLAG_RESPONSE | FLAG_RECURSION | asked | rcode));
  wire_put16(message + 4, question->length > HEADER);
  wire_put16(message + 6, (uint16_t)count);
  memset(message + 8, 0, HEADER - 8);
  uint8_t *at = message + question->length;
  for (size_t i = 0; i < count; i++, at += RECORD + size) {
    wire_put16(at, POINTER_TO_NAME);
    wire_put16(at + 2, type);
    wire_put16(at + 4, CLASS_IN);
    wire_put32(at + 6, TTL_SECONDS);
    wire_put16(at + 10, (uint16_t)size);
    memcpy(at + RECORD, addresses + i * size, size);
  }
  const size_t length = (size_t)(at - message);
  const struct dns_asker *asker = &question->asker;
  if (asker->stream)
    dns->answer(dns->owner, asker->stream, message, length, now);
  else
    udp_answer(dns->link, asker->server, DNS_PORT, asker->guest_port, message, length);
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
    answer(dns, &asked, query ? MALFORMED : NOT_IMPLEMENTED, NULL, 0, now);
  } else if ((type != TYPE_A && type != TYPE_AAAA) || wire_get16(bytes + end + 2) != CLASS_IN) {
    // Of what is no address there is nothing: musl takes an error for a failure of all.
    answer(dns, &asked, NET_NAME_FOUND, NULL, 0, now);
  } else if (!is_name(name, name_length)) {
    answer(dns, &asked, NET_NAME_UNKNOWN, NULL, 0, now);
  } else {
    struct dns_question *question = place(dns, now);
    if (!question)
      return false; // who asks so much may ask again
    *question = asked;
    question->stream = host_net_resolve(name, name_length, type == TYPE_A ? NET_IPV4 : NET_IPV6);
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
    const bool known = event->rcode == NET_NAME_FOUND || event->rcode == NET_NAME_UNKNOWN;
    const size_t count = event->rcode == NET_NAME_FOUND ? event->length / address_size(type_of(question)) : 0;
    question->stream = 0;
    answer(dns, question, known ? event->rcode : NET_NAME_FAILED, event->bytes,
           count < DNS_ADDRESSES_MAX ? count : DNS_ADDRESSES_MAX, now);
    return true;
  }
  return false;
}
