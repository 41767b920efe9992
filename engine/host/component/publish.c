#include "host/component/publish.h"

#include <stdio.h>
#include <string.h>

static const char EXPECTED[] = "[[IP:][HOST]:]PORT[-PORT][/tcp|udp], for example 8080:80";

struct range {
  unsigned first, size;
};

static bool parse_range(const char *text, size_t length, struct range *range) {
  const char *dash = memchr(text, '-', length);
  const size_t end = dash ? (size_t)(dash - text) : length;
  const unsigned first = address_parse_port(text, end);
  const unsigned last = dash ? address_parse_port(dash + 1, length - end - 1) : first;
  *range = (struct range){first, last - first + 1};
  return first && last >= first;
}

static const char *last_colon(const char *text, size_t length) {
  while (length && text[length - 1] != ':')
    length--;
  return length ? text + length - 1 : NULL;
}

static bool parse_bind(const char *text, size_t length, struct net_address *bind) {
  static const struct net_address LOOPBACK = {.family = NET_IPV4, .bytes = {127, 0, 0, 1}};
  *bind = LOOPBACK;
  if (length == 0)
    return true;
  if (text[0] == '[')
    return length > 2 && text[length - 1] == ']' && memchr(text, ':', length) &&
           address_parse(text + 1, length - 2, bind);
  return !memchr(text, ':', length) && address_parse(text, length, bind);
}

const char *publish_parse(const char *word, struct published ports[PUBLISH_MOST], size_t *count) {
  size_t length = strlen(word);
  const char *slash = strchr(word, '/');
  const bool udp = slash && strcmp(slash, "/udp") == 0;
  if (slash && !udp && strcmp(slash, "/tcp") != 0)
    return EXPECTED;
  length = slash ? (size_t)(slash - word) : length;
  struct range guest, host = {0};
  struct net_address bind;
  const char *colon = last_colon(word, length);
  const char *port = colon ? colon + 1 : word;
  if (!parse_range(port, length - (size_t)(port - word), &guest))
    return EXPECTED;
  const size_t before = colon ? (size_t)(colon - word) : 0;
  const char *second = last_colon(word, before), *of_host = second ? second + 1 : word;
  const size_t host_length = before - (size_t)(of_host - word);
  if (host_length && !parse_range(of_host, host_length, &host))
    return EXPECTED;
  if (!parse_bind(word, second ? (size_t)(second - word) : 0, &bind))
    return "an IP address in digits before the ports";
  if (host_length && host.size != guest.size)
    return "as many ports of the host as of the container";
  if (guest.size > PUBLISH_MOST - *count)
    return "at most 1024 ports";
  for (unsigned i = 0; i < guest.size; i++) {
    struct published *made = &ports[(*count)++];
    *made = (struct published){bind, (uint16_t)(guest.first + i), udp ? NET_UDP : NET_TCP};
    made->bind.port = (uint16_t)(host_length ? host.first + i : 0);
  }
  return NULL;
}

void publish_text(const struct published *port, char text[PUBLISH_TEXT]) {
  const uint8_t *bytes = port->bind.bytes;
  char address[48];
  if (port->bind.family == NET_IPV4) {
    snprintf(address, sizeof address, "%d.%d.%d.%d", bytes[0], bytes[1], bytes[2], bytes[3]);
  } else {
    int at = 0;
    for (unsigned i = 0; i < 16; i += 2)
      at += snprintf(address + at, sizeof address - (size_t)at, "%c%x", i ? ':' : '[', bytes[i] << 8 | bytes[i + 1]);
    snprintf(address + at, sizeof address - (size_t)at, "]");
  }
  snprintf(text, PUBLISH_TEXT, "%s:%u->%u/%s", address, port->bind.port, port->guest_port,
           port->kind == NET_UDP ? "udp" : "tcp");
}
