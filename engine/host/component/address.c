#include "host/component/address.h"

#include <string.h>

enum { V4 = 4, V6 = 16, GROUPS_MAX = 32, LABEL_MAX = 63, PORT_DIGITS = 5 };

size_t address_size(const struct net_address *address) {
  return address->family == NET_IPV4 ? V4 : V6;
}

void address_from_groups(const uint16_t groups[V6 / 2], uint8_t bytes[V6]) {
  for (unsigned i = 0; i < V6 / 2; i++) {
    bytes[2 * i] = (uint8_t)(groups[i] >> 8);
    bytes[2 * i + 1] = (uint8_t)groups[i];
  }
}

bool address_same(const struct net_address *one, const struct net_address *other) {
  return one->family == other->family && memcmp(one->bytes, other->bytes, address_size(one)) == 0;
}

struct net_address address_unmapped(const struct net_address *address) {
  static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff};
  struct net_address made = *address;
  if (address->family == NET_IPV6 && memcmp(address->bytes, MAPPED, sizeof MAPPED) == 0) {
    made = (struct net_address){.family = NET_IPV4, .port = address->port};
    memcpy(made.bytes, address->bytes + sizeof MAPPED, V4);
  }
  return made;
}

static bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

// Four numbers without leading zeros: programs read others differently.
static bool parse_v4(const char *text, size_t length, uint8_t bytes[V4]) {
  size_t at = 0;
  for (unsigned part = 0; part < V4; part++) {
    unsigned value = 0, digits = 0;
    if (part && (at == length || text[at++] != '.'))
      return false;
    for (; at < length && is_digit(text[at]) && digits < 3; at++, digits++) {
      if (digits && value == 0)
        return false;
      value = value * 10 + (unsigned)(text[at] - '0');
    }
    if (!digits || value > UINT8_MAX)
      return false;
    bytes[part] = (uint8_t)value;
  }
  return at == length;
}

static int hex_value(char letter) {
  if (is_digit(letter))
    return letter - '0';
  const char lower = (char)(letter | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool parse_group(const char *text, size_t length, uint8_t bytes[2]) {
  unsigned value = 0;
  if (length == 0 || length > 4)
    return false;
  for (size_t i = 0; i < length; i++) {
    const int digit = hex_value(text[i]);
    if (digit < 0)
      return false;
    value = value << 4 | (unsigned)digit;
  }
  bytes[0] = (uint8_t)(value >> 8);
  bytes[1] = (uint8_t)value;
  return true;
}

// Groups between colons; the last of all may be an IPv4 address. Gives the count of bytes, or -1.
static int parse_groups(const char *text, size_t length, bool last_of_all, uint8_t bytes[GROUPS_MAX]) {
  int count = 0;
  for (size_t at = 0; length && at <= length;) {
    const char *colon = at < length ? memchr(text + at, ':', length - at) : NULL;
    const size_t end = colon ? (size_t)(colon - text) : length;
    if (count > V6)
      return -1;
    if (parse_group(text + at, end - at, bytes + count))
      count += 2;
    else if (last_of_all && end == length && parse_v4(text + at, end - at, bytes + count))
      count += V4;
    else
      return -1;
    at = end + 1;
  }
  return count;
}

static const char *find_gap(const char *text, size_t length) {
  for (size_t i = 0; i + 1 < length; i++) {
    if (text[i] == ':' && text[i + 1] == ':')
      return text + i;
  }
  return NULL;
}

bool address_parse(const char *text, size_t length, struct net_address *address) {
  uint8_t head[GROUPS_MAX], tail[GROUPS_MAX];
  *address = (struct net_address){.family = NET_IPV4};
  if (!memchr(text, ':', length))
    return parse_v4(text, length, address->bytes);
  const char *gap = find_gap(text, length);
  const size_t head_length = gap ? (size_t)(gap - text) : length;
  const int first = parse_groups(text, head_length, !gap, head);
  const int last = gap ? parse_groups(gap + 2, length - head_length - 2, true, tail) : 0;
  if (first < 0 || last < 0 || (gap ? first + last > V6 - 2 : first != V6))
    return false;
  struct net_address made = {.family = NET_IPV6};
  memcpy(made.bytes, head, (size_t)first);
  memcpy(made.bytes + V6 - last, tail, (size_t)last);
  *address = address_unmapped(&made);
  return true;
}

bool address_parse_block(const char *text, size_t length, struct address_block *block) {
  const char *slash = memchr(text, '/', length);
  const size_t end = slash ? (size_t)(slash - text) : length;
  if (!address_parse(text, end, &block->first))
    return false;
  const unsigned all = (unsigned)address_size(&block->first) * 8;
  block->bits = all;
  if (!slash)
    return true;
  const size_t digits = length - end - 1;
  block->bits = 0;
  for (size_t i = 0; i < digits; i++) {
    if (!is_digit(slash[1 + i]))
      return false;
    block->bits = block->bits * 10 + (unsigned)(slash[1 + i] - '0');
  }
  return digits >= 1 && digits <= 3 && block->bits <= all;
}

bool address_in(const struct address_block *block, const struct net_address *address) {
  const unsigned whole = block->bits / 8, rest = block->bits % 8;
  return block->first.family == address->family && memcmp(block->first.bytes, address->bytes, whole) == 0 &&
         (rest == 0 || ((block->first.bytes[whole] ^ address->bytes[whole]) >> (8 - rest)) == 0);
}

// IANA's registries of special-purpose addresses. ::/96, 2001::/23 (Teredo) and 2002::/16 (6to4) hide IPv4; of IPv6
// only 2000::/3 is public.
static const struct {
  uint8_t family, bits, start[6];
} SPECIAL[] = {
    {NET_IPV4, 8, {0}},                          // this network
    {NET_IPV4, 8, {10}},                         // private
    {NET_IPV4, 10, {100, 64}},                   // carriers' shared space
    {NET_IPV4, 8, {127}},                        // loopback
    {NET_IPV4, 16, {169, 254}},                  // link-local; 169.254.169.254 has the cloud's secrets
    {NET_IPV4, 12, {172, 16}},                   // private
    {NET_IPV4, 24, {192, 0, 0}},                 // protocols
    {NET_IPV4, 24, {192, 0, 2}},                 // documentation
    {NET_IPV4, 24, {192, 88, 99}},               // relays of 6to4
    {NET_IPV4, 16, {192, 168}},                  // private
    {NET_IPV4, 15, {198, 18}},                   // benchmarks
    {NET_IPV4, 24, {198, 51, 100}},              // documentation
    {NET_IPV4, 24, {203, 0, 113}},               // documentation
    {NET_IPV4, 4, {224}},                        // multicast
    {NET_IPV4, 4, {240}},                        // reserved, and broadcast
    {NET_IPV6, 96, {0}},                         // unspecified, loopback; ::a.b.c.d is IPv4
    {NET_IPV6, 48, {0, 0x64, 0xff, 0x9b, 0, 1}}, // NAT64 of a local network
    {NET_IPV6, 23, {0x20, 0x01}},                // protocols; 2001::/32, Teredo, is IPv4
    {NET_IPV6, 32, {0x20, 0x01, 0x0d, 0xb8}},    // documentation
    {NET_IPV6, 16, {0x20, 0x02}},                // 6to4 is IPv4
    {NET_IPV6, 20, {0x3f, 0xff}},                // documentation
    {NET_IPV6, 7, {0xfc}},                       // private
    {NET_IPV6, 10, {0xfe, 0x80}},                // link-local
    {NET_IPV6, 10, {0xfe, 0xc0}},                // private, of old
    {NET_IPV6, 8, {0xff}},                       // multicast
    {NET_IPV6, 3, {0}},
    {NET_IPV6, 2, {0x40}},
    {NET_IPV6, 1, {0x80}},
};

unsigned address_special(const struct net_address *address) {
  static const struct address_block LOOPBACK = {{.family = NET_IPV6, .bytes = {[15] = 1}}, 128};
  static const struct address_block TRANSLATED = {{.family = NET_IPV6, .bytes = {[8] = 0xff, [9] = 0xff}}, 96};
  static const struct address_block NAT64 = {{.family = NET_IPV6, .bytes = {0, 0x64, 0xff, 0x9b}}, 96};
  const uint8_t *bytes = address->bytes;
  if (address_in(&NAT64, address)) {
    struct net_address inner = {.family = NET_IPV4};
    memcpy(inner.bytes, bytes + V6 - V4, V4);
    return address_special(&inner) ? NAT64.bits : 0;
  }
  // RFC 5214: ...:0:5efe:a.b.c.d, a tunnel to an IPv4 address under any prefix.
  const bool isatap =
      address->family == NET_IPV6 && (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
  if (isatap || address_in(&LOOPBACK, address))
    return V6 * 8;
  unsigned most = address_in(&TRANSLATED, address) ? TRANSLATED.bits : 0;
  for (size_t i = 0; i < sizeof SPECIAL / sizeof *SPECIAL; i++) {
    struct address_block block = {{.family = (enum net_family)SPECIAL[i].family}, SPECIAL[i].bits};
    memcpy(block.first.bytes, SPECIAL[i].start, sizeof SPECIAL[i].start);
    if (block.bits > most && address_in(&block, address))
      most = block.bits;
  }
  return most;
}

static bool is_name_letter(char letter) {
  return is_digit(letter) || (letter >= 'a' && letter <= 'z') || letter == '_';
}

static bool is_label(const char *label, size_t length) {
  if (length == 0 || length > LABEL_MAX || !is_name_letter(label[0]) || !is_name_letter(label[length - 1]))
    return false;
  size_t at = 0;
  while (at < length && (is_name_letter(label[at]) || label[at] == '-'))
    at++;
  return at == length;
}

bool address_parse_name(const char *text, size_t length, char name[ADDRESS_NAME_MAX + 1]) {
  length -= length && text[length - 1] == '.';
  if (length > ADDRESS_NAME_MAX)
    return false;
  for (size_t i = 0; i < length; i++)
    name[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
  name[length] = 0;
  size_t start = 0;
  for (const char *dot; (dot = memchr(name + start, '.', length - start)); start = (size_t)(dot - name) + 1) {
    if (!is_label(name + start, (size_t)(dot - name) - start))
      return false;
  }
  // A last label of digits only would be read as an address.
  size_t digits = 0;
  while (start + digits < length && is_digit(name[start + digits]))
    digits++;
  return is_label(name + start, length - start) && start + digits < length;
}

uint16_t address_parse_port(const char *text, size_t length) {
  unsigned value = 0;
  for (size_t i = 0; i < length && length <= PORT_DIGITS; i++) {
    if (!is_digit(text[i]))
      return 0;
    value = value * 10 + (unsigned)(text[i] - '0');
  }
  return length >= 1 && length <= PORT_DIGITS && value <= UINT16_MAX ? (uint16_t)value : 0;
}
