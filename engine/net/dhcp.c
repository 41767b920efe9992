#include "net/dhcp.h"

#include "net/wire.h"

#include <string.h>

enum { BOOTP = 236, AT_XID = 4, AT_CLIENT = 12, AT_YOURS = 16, AT_SERVER = 20, AT_HARDWARE = 28, HARDWARE = 16 };
enum { OPTIONS = BOOTP + 4, OPTION_NOTHING = 0, OPTION_END = 255, ANSWER_MAX = OPTIONS + 64 };
enum { REQUEST = 1, REPLY = 2, CLIENT_PORT = 68, LEASE_SECONDS = 86400 };
enum option {
  OPTION_MASK = 1,
  OPTION_ROUTER = 3,
  OPTION_NAMES = 6,
  OPTION_WANTED = 50,
  OPTION_LEASE = 51,
  OPTION_TYPE = 53,
  OPTION_SERVER = 54
};
enum message { DISCOVER = 1, OFFER = 2, ASK = 3, ACKNOWLEDGE = 5, REFUSE = 6, INFORM = 8 };
static const uint8_t COOKIE[] = {99, 130, 83, 99};

// The option's content of that size; NULL if there is none.
static const uint8_t *find(const struct udp_datagram *datagram, enum option option, size_t size) {
  const uint8_t *at = datagram->data + OPTIONS, *end = datagram->data + datagram->length;
  while (at < end && *at != OPTION_END) {
    if (*at == OPTION_NOTHING) {
      at++;
      continue;
    }
    if (end - at < 2 || at[1] > end - at - 2)
      return NULL;
    if (at[0] == option && at[1] == size)
      return at + 2;
    at += 2 + at[1];
  }
  return NULL;
}

static uint8_t *put(uint8_t *at, enum option option, uint32_t value) {
  at[0] = (uint8_t)option;
  at[1] = sizeof value;
  wire_put32(at + 2, value);
  return at + 2 + sizeof value;
}

// What the client would have: named as an option while it asks, and in a field of its own when it has it.
static bool wants_another(const struct udp_datagram *datagram) {
  const uint8_t *option = find(datagram, OPTION_WANTED, 4);
  const uint32_t wanted = wire_get32(option ? option : datagram->data + AT_CLIENT);
  return wanted != 0 && wanted != IP_GUEST;
}

static void answer(struct link *link, const struct udp_datagram *datagram, enum message type, bool gives) {
  uint8_t message[ANSWER_MAX] = {REPLY, datagram->data[1], datagram->data[2]};
  const bool refuses = type == REFUSE;
  memcpy(message + AT_XID, datagram->data + AT_XID, 4);
  memcpy(message + AT_HARDWARE, datagram->data + AT_HARDWARE, HARDWARE);
  memcpy(message + BOOTP, COOKIE, sizeof COOKIE);
  memcpy(message + OPTIONS, (const uint8_t[]){OPTION_TYPE, 1, (uint8_t)type}, 3);
  uint8_t *at = put(message + OPTIONS + 3, OPTION_SERVER, IP_GATEWAY);
  if (!refuses) {
    wire_put32(message + AT_SERVER, IP_GATEWAY);
    at = put(at, OPTION_MASK, IP_MASK);
    at = put(at, OPTION_ROUTER, IP_GATEWAY);
    at = put(at, OPTION_NAMES, IP_NAMES);
  }
  if (gives) {
    wire_put32(message + AT_YOURS, IP_GUEST);
    at = put(at, OPTION_LEASE, LEASE_SECONDS);
  }
  *at++ = OPTION_END;
  udp_answer(link, IP_V4(IP_GATEWAY), DHCP_PORT, CLIENT_PORT, message, (size_t)(at - message));
}

void dhcp_read(struct link *link, const struct udp_datagram *datagram) {
  if (datagram->length < OPTIONS || datagram->data[0] != REQUEST ||
      memcmp(datagram->data + BOOTP, COOKIE, sizeof COOKIE) != 0)
    return;
  const uint8_t *type = find(datagram, OPTION_TYPE, 1), *server = find(datagram, OPTION_SERVER, 4);
  if (!type || (server && wire_get32(server) != IP_GATEWAY))
    return; // it is of BOOTP, or has taken another server's offer
  switch (*type) {
  case DISCOVER: answer(link, datagram, OFFER, true); break;
  case ASK: answer(link, datagram, wants_another(datagram) ? REFUSE : ACKNOWLEDGE, !wants_another(datagram)); break;
  case INFORM: answer(link, datagram, ACKNOWLEDGE, false); break;
  default: break;
  }
}
