#include "host/component/rules.h"

#include "host/host.h"

#include <string.h>

enum { GIVEN_MAX = 256 };
#define KEPT_NS UINT64_C(600000000000)

static const struct net_address GATEWAY = {.family = NET_IPV4, .bytes = {10, 0, 2, 2}};
// The same by IPv6: fd00:6f32::2.
static const struct net_address GATEWAY_IPV6 = {.family = NET_IPV6, .bytes = {0xfd, 0, 0x6f, 0x32, [15] = 2}};
static const struct net_address LOOPBACK = {.family = NET_IPV4, .bytes = {127, 0, 0, 1}};
static const char HOST_GATEWAY[] = "host-gateway";

struct given {
  struct net_address address;
  uint64_t since;
};

// One --allow: for a name or a block.
struct rule {
  struct rule *next;
  bool named;
  char name[ADDRESS_NAME_MAX + 1];
  struct address_block block;
  uint16_t port; // 0: every one
  struct given given[GIVEN_MAX];
  size_t given_count;
};

// One --add-host.
struct pinned {
  struct pinned *next;
  char name[ADDRESS_NAME_MAX + 1];
  struct net_address address;
};

static struct {
  bool bridge;
  struct rule *allowed;
  struct pinned *pinned, **pinned_end;
} rules = {.pinned_end = &rules.pinned};

void rules_forget(void) {
  rules.bridge = false;
  rules.allowed = NULL;
  rules.pinned = NULL;
  rules.pinned_end = &rules.pinned;
}

bool rules_any(void) {
  return rules.bridge || rules.allowed;
}

const char *rules_network(const char *value) {
  rules.bridge = strcmp(value, "bridge") == 0;
  return rules.bridge || strcmp(value, "none") == 0 ? NULL : "none or bridge";
}

static const char NO_MEMORY[] = "less: the host has not enough memory";

const char *rules_allow(const char *value) {
  static const char EXPECTED[] =
      "HOST[:PORT] or CIDR[:PORT], for example registry.example:443, 10.1.2.0/24 or [fd00::1]:5432";
  char host[ADDRESS_NAME_MAX + 8];
  const char *bracket = *value == '[' ? strchr(value, ']') : NULL;
  const char *colon = bracket ? strchr(bracket, ':') : strchr(value, ':');
  if (!bracket && colon && strchr(colon + 1, ':'))
    colon = NULL; // IPv6 without a port
  size_t length = colon ? (size_t)(colon - value) : strlen(value);
  if (length >= sizeof host)
    return EXPECTED;
  memcpy(host, value, length);
  if (bracket) {
    const size_t inside = (size_t)(bracket - value) - 1;
    memmove(host, host + 1, inside);
    memmove(host + inside, host + inside + 2, length - inside - 2);
    length -= 2;
  }
  struct rule *rule = host_allocate(sizeof *rule);
  if (!rule)
    return NO_MEMORY;
  rule->port = colon ? address_parse_port(colon + 1, strlen(colon + 1)) : 0;
  if (colon && !rule->port)
    return EXPECTED;
  rule->named = !address_parse_block(host, length, &rule->block);
  if (rule->named && !address_parse_name(host, length, rule->name))
    return EXPECTED;
  if (rule->named && strcmp(rule->name, HOST_GATEWAY) == 0 && !rule->port)
    return "host-gateway:PORT";
  rule->next = rules.allowed;
  rules.allowed = rule;
  return NULL;
}

const char *rules_add_host(const char *value) {
  static const char EXPECTED[] = "NAME:IP or NAME:host-gateway, for example db:10.1.2.3";
  const char *colon = strchr(value, ':');
  struct pinned *pinned = host_allocate(sizeof *pinned);
  if (!pinned)
    return NO_MEMORY;
  if (!colon || !address_parse_name(value, (size_t)(colon - value), pinned->name))
    return EXPECTED;
  if (strcmp(colon + 1, HOST_GATEWAY) == 0)
    pinned->address = GATEWAY;
  else if (!address_parse(colon + 1, strlen(colon + 1), &pinned->address))
    return EXPECTED;
  *rules.pinned_end = pinned;
  rules.pinned_end = &pinned->next;
  return NULL;
}

size_t rules_pinned(const char *text, size_t length, struct net_address addresses[RULES_ADDRESSES]) {
  char name[ADDRESS_NAME_MAX + 1];
  size_t count = 0;
  if (!address_parse_name(text, length, name))
    return 0;
  for (const struct pinned *each = rules.pinned; each && count < RULES_ADDRESSES; each = each->next) {
    if (strcmp(each->name, name) == 0)
      addresses[count++] = each->address;
  }
  return count;
}

static bool is_pinned(const char *name, const struct net_address *address) {
  const struct pinned *each = rules.pinned;
  while (each && !(strcmp(each->name, name) == 0 && address_same(&each->address, address)))
    each = each->next;
  return each != NULL;
}

bool rules_may_resolve(const char *text, size_t length) {
  char name[ADDRESS_NAME_MAX + 1];
  if (!address_parse_name(text, length, name))
    return false;
  const struct rule *rule = rules.allowed;
  while (rule && rule->named && strcmp(rule->name, name) != 0)
    rule = rule->next;
  return rules.bridge || rule;
}

// A block names special addresses only if it is a part of their block: who allows 0.0.0.0/0 does not mean loopback.
static bool covers(const struct rule *rule, const struct net_address *address) {
  return !rule->named && address_in(&rule->block, address) && rule->block.bits >= address_special(address);
}

static void remember(struct rule *rule, const struct net_address *address, uint64_t now) {
  size_t at = 0;
  while (at < rule->given_count && !address_same(&rule->given[at].address, address))
    at++;
  if (at == rule->given_count && at < GIVEN_MAX)
    rule->given_count++;
  else if (at == GIVEN_MAX) { // the oldest is forgotten
    at = 0;
    for (size_t i = 1; i < GIVEN_MAX; i++)
      at = rule->given[i].since < rule->given[at].since ? i : at;
  }
  rule->given[at] = (struct given){*address, now};
}

static bool was_given(const struct rule *rule, const struct net_address *address, uint64_t now) {
  for (size_t i = 0; i < rule->given_count; i++) {
    if (address_same(&rule->given[i].address, address))
      return now - rule->given[i].since < KEPT_NS;
  }
  return false;
}

size_t rules_give(const char *text, size_t length, struct net_address *answers, size_t count, uint64_t now) {
  char name[ADDRESS_NAME_MAX + 1];
  size_t told = 0;
  if (!address_parse_name(text, length, name))
    return 0;
  for (size_t i = 0; i < count; i++) {
    const struct net_address answer = address_unmapped(&answers[i]);
    const bool is_public = address_special(&answer) == 0;
    bool may = is_public && rules.bridge;
    for (const struct rule *rule = rules.allowed; rule; rule = rule->next)
      may = may || covers(rule, &answer) || (is_public && rule->named && strcmp(rule->name, name) == 0);
    if (!may)
      continue;
    answers[told++] = answer;
    // What a block alone permits is not remembered: the name's rule has other ports.
    for (struct rule *rule = rules.allowed; rule && is_public; rule = rule->next) {
      if (rule->named && strcmp(rule->name, name) == 0)
        remember(rule, &answer, now);
    }
  }
  return told;
}

bool rules_target(const struct net_address *to, struct net_address *target, uint64_t now) {
  *target = address_unmapped(to);
  const bool gateway = address_same(target, &GATEWAY) || address_same(target, &GATEWAY_IPV6);
  bool may = rules.bridge && !gateway && address_special(target) == 0;
  for (const struct rule *rule = rules.allowed; rule && !may; rule = rule->next) {
    if (rule->port && rule->port != to->port)
      continue;
    if (gateway)
      may = rule->port && rule->named && (strcmp(rule->name, HOST_GATEWAY) == 0 || is_pinned(rule->name, &GATEWAY));
    else if (rule->named)
      may = is_pinned(rule->name, target) || was_given(rule, target, now);
    else
      may = covers(rule, target);
  }
  if (gateway) {
    *target = LOOPBACK;
    target->port = to->port;
  }
  return may && to->port;
}
