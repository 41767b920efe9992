#include "machine/options.h"

#include "device/scratch_format.h"
#include "host/host.h"
#include "host/net.h"
#include "host/words.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_DEFAULT (UINT64_C(512) << 20)
#define MEMORY_MIN (UINT64_C(64) << 20)
#define MEMORY_MAX (UINT64_C(3) << 30)
enum { EXIT_CODE_LIMIT = 255, MEMORY_UNIT = 4096, WINDOW_MAX = UINT16_MAX };

enum option {
#define PASSED_WORD(name, valid, expected) OPTION_##name,
#include "guest/init/passed.inc"
  OPTION_ENTRYPOINT,
  OPTION_ENV,
  OPTION_MEMORY,
  OPTION_EXIT_CODE_MAX,
  OPTION_WINDOW_SIZE,
  OPTION_CONTROL,
  OPTION_NET,
  OPTION_ADD_HOST,
  OPTION_DNS,
  OPTION_DNS_SEARCH,
  OPTION_PUBLISH,
  OPTION_PUBLISH_LONG,
  OPTION_NETWORK,
  OPTION_ALLOW,
  OPTION_TRANSLATOR,
  OPTION_DETERMINISTIC, // from here on without a value
  OPTION_STATS,
  OPTION_KERNEL_LOG,
  OPTION_REPLAY,
  OPTION_PUBLISH_ALL,
  OPTION_PUBLISH_ALL_LONG,
#define PASSED_FLAG(name) OPTION_##name,
#include "guest/init/passed.inc"
  OPTION_COUNT
};

static const char *const NAMES[OPTION_COUNT] = {
    [OPTION_ENTRYPOINT] = "--entrypoint",
    [OPTION_ENV] = "--env",
    [OPTION_MEMORY] = "--memory",
    [OPTION_EXIT_CODE_MAX] = "--exit-code-max",
    [OPTION_WINDOW_SIZE] = "--window-size",
    [OPTION_CONTROL] = "--control",
    [OPTION_NET] = "--net",
    [OPTION_ADD_HOST] = "--add-host",
    [OPTION_DNS] = "--dns",
    [OPTION_DNS_SEARCH] = "--dns-search",
    [OPTION_PUBLISH] = "-p",
    [OPTION_PUBLISH_LONG] = "--publish",
    [OPTION_NETWORK] = "--network",
    [OPTION_ALLOW] = "--allow",
    [OPTION_TRANSLATOR] = "--translator",
    [OPTION_DETERMINISTIC] = "--deterministic",
    [OPTION_STATS] = "--stats",
    [OPTION_KERNEL_LOG] = "--kernel-log",
    [OPTION_REPLAY] = "--replay",
    [OPTION_PUBLISH_ALL] = "-P",
    [OPTION_PUBLISH_ALL_LONG] = "--publish-all",
#define PASSED_WORD(name, valid, expected) [OPTION_##name] = "--" #name,
#define PASSED_FLAG(name) [OPTION_##name] = "--" #name,
#include "guest/init/passed.inc"
};

static bool parse_number(const char *text, uint64_t *value, const char **rest) {
  char *end;
  if (*text < '0' || *text > '9')
    return false;
  *value = strtoull(text, &end, 10);
  *rest = end;
  return true;
}

static bool parse_size(const char *text, uint64_t limit, uint64_t *bytes) {
  static const char UNITS[] = "kmgt";
  const char *unit;
  if (!parse_number(text, bytes, &unit) || *bytes > limit)
    return false;
  if (!*unit)
    return true;
  const char *found = strchr(UNITS, *unit);
  if (!found || unit[1])
    return false;
  const unsigned shift = 10 * (unsigned)(found - UNITS + 1);
  if (*bytes > limit >> shift)
    return false;
  *bytes <<= shift;
  return true;
}

static bool is_memory(uint64_t bytes) {
  return bytes >= MEMORY_MIN && bytes <= MEMORY_MAX;
}

static bool parse_memory(const char *text, uint64_t *bytes) {
  return parse_size(text, MEMORY_MAX, bytes) && is_memory(*bytes);
}

// SIZE, keep or keep=SIZE.
static bool parse_scratch(const char *text, struct options *options) {
  static const char KEEP[] = "keep";
  options->scratch_kept = strncmp(text, KEEP, strlen(KEEP)) == 0;
  if (options->scratch_kept) {
    text += strlen(KEEP);
    options->scratch_size = 0;
    if (!*text)
      return true;
    if (*text++ != '=')
      return false;
  }
  if (!parse_size(text, SCRATCH_SIZE_MAX, &options->scratch_size))
    return false;
  options->scratch_size -= options->scratch_size % SCRATCH_GROUP_SIZE;
  return options->scratch_size != 0;
}

static bool parse_int(const char *text, uint64_t limit, int *number) {
  const char *rest;
  uint64_t value;
  if (!parse_number(text, &value, &rest) || *rest || value > limit)
    return false;
  *number = (int)value;
  return true;
}

static bool is_window_size(const char *text) {
  uint64_t rows, columns;
  return parse_number(text, &rows, &text) && *text == ' ' && parse_number(text + 1, &columns, &text) && !*text &&
         rows - 1 < WINDOW_MAX && columns - 1 < WINDOW_MAX;
}

static const char *parse_control(const char *text, struct options *options) {
  return parse_int(text, INT_MAX, &options->control) ? host_word(HOST_WORD_CONTROL, text) : "a descriptor's number";
}

static const char *parse_net(const char *text, struct options *options) {
  options->net = true;
  options->net_descriptor = NET_STANDARD;
  const bool good = strcmp(text, "stdio") == 0 || parse_int(text, INT_MAX, &options->net_descriptor);
  return good ? host_word(HOST_WORD_NET, text) : "stdio or a descriptor's number";
}

static const char *add_host(const char *text, struct options *options) {
  options->hosts[options->host_count++] = text;
  return strchr(text, ':') > text ? host_word(HOST_WORD_ADD_HOST, text) : "NAME:ADDRESS";
}

// NULL, or what was expected.
static const char *set_flag(struct options *options, enum option option) {
  switch (option) {
  case OPTION_DETERMINISTIC: options->deterministic = true; return NULL;
  case OPTION_STATS: options->stats = true; return NULL;
  case OPTION_KERNEL_LOG: options->kernel_log = true; return NULL;
  case OPTION_REPLAY: options->replay = true; return NULL;
#define PASSED_FLAG(name)                                                                                              \
  case OPTION_##name: options->name = true; return NULL;
#include "guest/init/passed.inc"
  default: return host_word(HOST_WORD_PUBLISH_ALL, NULL);
  }
}

// Hosts give this option by themselves; whoever gives another one after that does not know what the host takes.
static const char *set_translator(struct options *options, const char *value) {
  if (options->translator.unit_limit)
    return "this option once, from the host";
  return mailbox_parse(value, &options->translator) ? NULL
                                                    : "a list of simd and unit=N (16 to 1024), and log=N (1 to 9999)";
}

// NULL, or what was expected.
static const char *set_value(struct options *options, enum option option, const char *value) {
  switch (option) {
  case OPTION_ENTRYPOINT: options->entrypoint = value; return NULL;
#define PASSED_WORD(name, valid, expected)                                                                             \
  case OPTION_##name: options->name = value; return (valid) ? NULL : (expected);
#include "guest/init/passed.inc"
  case OPTION_ENV: options->env[options->env_count++] = value; return strchr(value, '=') > value ? NULL : "NAME=VALUE";
  case OPTION_MEMORY: return parse_memory(value, &options->memory) ? NULL : "a size from 64m to 3g";
  case OPTION_WINDOW_SIZE: options->window_size = value; return is_window_size(value) ? NULL : "ROWS COLS";
  case OPTION_CONTROL: return parse_control(value, options);
  case OPTION_TRANSLATOR: return set_translator(options, value);
  case OPTION_NET: return parse_net(value, options);
  case OPTION_ADD_HOST: return add_host(value, options);
  case OPTION_DNS: return host_word(HOST_WORD_DNS, value);
  case OPTION_DNS_SEARCH: options->search[options->search_count++] = value; return *value ? NULL : "a domain";
  case OPTION_PUBLISH:
  case OPTION_PUBLISH_LONG: return host_word(HOST_WORD_PUBLISH, value);
  case OPTION_NETWORK: return host_word(HOST_WORD_NETWORK, value);
  case OPTION_ALLOW: return host_word(HOST_WORD_ALLOW, value);
  default: return parse_int(value, EXIT_CODE_LIMIT, &options->exit_code_max) ? NULL : "a number from 0 to 255";
  }
}

static enum option find(const char *word, size_t length) {
  unsigned option = 0;
  while (option < OPTION_COUNT && (strlen(NAMES[option]) != length || memcmp(NAMES[option], word, length) != 0))
    option++;
  return (enum option)option;
}

// The option, else what the bundle asks for, else the default.
static bool settle_memory(struct options *options, char *error, size_t error_size) {
  const uint64_t asked = host_bundle_memory();
  if (!options->memory && asked && !is_memory(asked)) {
    snprintf(error, error_size,
             "this bundle asks for %llu bytes of guest memory, expected 64m to 3g: give --memory, or convert its image "
             "again",
             (unsigned long long)asked);
    return false;
  }
  if (!options->memory) {
    options->memory = asked ? asked : MEMORY_DEFAULT;
    options->memory_is_default = !asked;
  }
  options->memory -= options->memory % MEMORY_UNIT;
  return true;
}

bool options_parse(struct options *options, int count, char **arguments, char *error, size_t error_size) {
  *options = (struct options){.exit_code_max = host_exit_code_max(), .control = -1};
  const uint64_t list_size = ((uint64_t)count + 1) * sizeof *options->env;
  options->env = host_allocate(list_size);
  options->hosts = host_allocate(list_size);
  options->search = host_allocate(list_size);
  int at = 0;
  while (at < count && arguments[at][0] == '-') {
    const char *word = arguments[at++];
    if (strcmp(word, "--") == 0)
      break;
    const char *equals = strchr(word, '=');
    const size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const enum option option = find(word, length);
    if (option == OPTION_COUNT) {
      snprintf(error, error_size, "unknown option %.*s (put -- before a command that begins with -)", (int)length,
               word);
      return false;
    }
    if (option >= OPTION_DETERMINISTIC) {
      if (equals) {
        snprintf(error, error_size, "option %s takes no value", NAMES[option]);
        return false;
      }
      const char *wrong = set_flag(options, option);
      if (!wrong)
        continue;
      snprintf(error, error_size, "option %s: expected %s", NAMES[option], wrong);
      return false;
    }
    if (!equals && at == count) {
      snprintf(error, error_size, "option %s needs a value", NAMES[option]);
      return false;
    }
    const char *value = equals ? equals + 1 : arguments[at++];
    const char *expected = set_value(options, option, value);
    if (expected) {
      snprintf(error, error_size, "option %s: found \"%s\", expected %s", NAMES[option], value, expected);
      return false;
    }
  }
  options->net = options->net || host_words_ask_net();
  if (options->net && options->deterministic) {
    snprintf(error, error_size, "a network and --deterministic exclude each other: a network's time is the host's");
    return false;
  }
  options->command = arguments + at;
  options->command_count = (size_t)(count - at);
  return settle_memory(options, error, error_size);
}

bool options_lower_memory(struct options *options) {
  const uint64_t half = options->memory / 2;
  if (!options->memory_is_default || !is_memory(half))
    return false;
  options->memory = half;
  return true;
}
