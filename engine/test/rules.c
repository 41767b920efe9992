// The rules of a component's network for rules.py: a line is a word and its values, separated by tabs; each gives one
// line. Sets of rules begin with "new".
#include "host/component/rules.h"
#include "host/component/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 64, LINE = 8192 };

static uint64_t now;

static void print_address(const struct net_address *address) {
  for (size_t i = 0; i < address_size(address); i++)
    printf("%02x", address->bytes[i]);
}

static void print_addresses(const struct net_address *addresses, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (i)
      putchar(' ');
    print_address(&addresses[i]);
  }
}

static struct net_address address_of(const char *text) {
  struct net_address made;
  if (!address_parse(text, strlen(text), &made)) {
    printf("no address: %s\n", text);
    exit(1);
  }
  return made;
}

static void print_expected(const char *expected) {
  fputs(expected ? expected : "good", stdout);
}

static void publish(const char *word) {
  static struct published ports[PUBLISH_MOST];
  size_t count = 0;
  const char *expected = publish_parse(word, ports, &count);
  print_expected(expected);
  for (size_t i = 0; i < count && !expected; i++) {
    putchar(' ');
    print_address(&ports[i].bind);
    printf(":%u:%u:%s", ports[i].bind.port, ports[i].guest_port, ports[i].kind == NET_UDP ? "udp" : "tcp");
  }
}

static void answer(char **words, size_t count) {
  struct net_address addresses[RULES_ADDRESSES];
  const char *word = words[0], *value = count > 1 ? words[1] : "";
  const size_t length = strlen(value);
  if (strcmp(word, "address") == 0) {
    struct net_address made;
    fputs(!address_parse(value, length, &made) ? "none" : address_special(&made) ? "special" : "public", stdout);
  } else if (strcmp(word, "parse") == 0) {
    const struct net_address made = address_of(value);
    print_address(&made);
  } else if (strcmp(word, "new") == 0) {
    rules_forget();
    now = 1;
  } else if (strcmp(word, "network") == 0) {
    print_expected(rules_network(value));
  } else if (strcmp(word, "allow") == 0) {
    print_expected(rules_allow(value));
  } else if (strcmp(word, "add-host") == 0) {
    print_expected(rules_add_host(value));
  } else if (strcmp(word, "seconds") == 0) {
    now += strtoull(value, NULL, 10) * UINT64_C(1000000000);
  } else if (strcmp(word, "resolve") == 0) {
    fputs(rules_may_resolve(value, length) ? "true" : "false", stdout);
  } else if (strcmp(word, "pinned") == 0) {
    print_addresses(addresses, rules_pinned(value, length, addresses));
  } else if (strcmp(word, "give") == 0) {
    for (size_t i = 2; i < count; i++)
      addresses[i - 2] = address_of(words[i]);
    print_addresses(addresses, rules_give(value, length, addresses, count - 2, now));
  } else if (strcmp(word, "connect") == 0) {
    struct net_address to = address_of(value), target;
    to.port = (uint16_t)atoi(words[2]);
    if (rules_target(&to, &target, now)) {
      print_address(&target);
      printf(":%u", target.port);
    }
  } else {
    publish(value);
  }
}

int main(void) {
  char line[LINE];
  while (fgets(line, sizeof line, stdin)) {
    char *words[WORDS] = {line}, *tab = line;
    size_t count = 1;
    line[strcspn(line, "\n")] = 0;
    while (count < WORDS && (tab = strchr(tab, '\t'))) {
      *tab++ = 0;
      words[count++] = tab;
    }
    answer(words, count);
    putchar('\n');
  }
  return 0;
}
