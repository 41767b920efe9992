#include "machine/options.h"

#include "host/host.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_DEFAULT (UINT64_C(512) << 20)
#define MEMORY_MIN (UINT64_C(64) << 20)
#define MEMORY_MAX (UINT64_C(3) << 30)
enum { EXIT_CODE_LIMIT = 255, MEMORY_UNIT = 4096, WINDOW_MAX = UINT16_MAX };

enum option {
  OPTION_ENTRYPOINT,
  OPTION_USER,
  OPTION_WORKDIR,
  OPTION_HOSTNAME,
  OPTION_ENV,
  OPTION_MEMORY,
  OPTION_EXIT_CODE_MAX,
  OPTION_WINDOW_SIZE,
  OPTION_CONTROL,
  OPTION_TRANSLATOR,
  OPTION_TTY, // from here on without a value
  OPTION_PRIVILEGED,
  OPTION_DETERMINISTIC,
  OPTION_STATS,
  OPTION_KERNEL_LOG,
  OPTION_COUNT
};

static const char *const NAMES[OPTION_COUNT] = {
    [OPTION_ENTRYPOINT] = "--entrypoint",
    [OPTION_USER] = "--user",
    [OPTION_WORKDIR] = "--workdir",
    [OPTION_HOSTNAME] = "--hostname",
    [OPTION_ENV] = "--env",
    [OPTION_MEMORY] = "--memory",
    [OPTION_EXIT_CODE_MAX] = "--exit-code-max",
    [OPTION_WINDOW_SIZE] = "--window-size",
    [OPTION_CONTROL] = "--control",
    [OPTION_TRANSLATOR] = "--translator",
    [OPTION_TTY] = "--tty",
    [OPTION_PRIVILEGED] = "--privileged",
    [OPTION_DETERMINISTIC] = "--deterministic",
    [OPTION_STATS] = "--stats",
    [OPTION_KERNEL_LOG] = "--kernel-log",
};

static bool parse_number(const char *text, uint64_t *value, const char **rest) {
  char *end;
  if (*text < '0' || *text > '9')
    return false;
  *value = strtoull(text, &end, 10);
  *rest = end;
  return true;
}

static bool is_memory(uint64_t bytes) {
  return bytes >= MEMORY_MIN && bytes <= MEMORY_MAX;
}

static bool parse_memory(const char *text, uint64_t *bytes) {
  const char *unit;
  uint64_t value;
  if (!parse_number(text, &value, &unit) || value > MEMORY_MAX)
    return false;
  switch (*unit) {
  case 'k': value <<= 10; break;
  case 'm': value <<= 20; break;
  case 'g': value <<= 30; break;
  case 0: break;
  default: return false;
  }
  if (*unit && unit[1])
    return false;
  *bytes = value;
  return is_memory(value);
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

static void set_flag(struct options *options, enum option option) {
  switch (option) {
  case OPTION_TTY: options->tty = true; break;
  case OPTION_PRIVILEGED: options->privileged = true; break;
  case OPTION_DETERMINISTIC: options->deterministic = true; break;
  case OPTION_STATS: options->stats = true; break;
  case OPTION_KERNEL_LOG: options->kernel_log = true; break;
  default: break;
  }
}

// Hosts give this option by themselves; whoever gives another one after that does not know what the host takes.
static const char *set_translator(struct options *options, const char *value) {
  if (options->translator.unit_limit)
    return "this option once, from the host";
  return mailbox_parse(value, &options->translator) ? NULL : "a list of simd and unit=N (16 to 1024)";
}

// NULL, or what was expected.
static const char *set_value(struct options *options, enum option option, const char *value) {
  switch (option) {
  case OPTION_ENTRYPOINT: options->entrypoint = value; return NULL;
  case OPTION_USER: options->user = value; return NULL;
  case OPTION_WORKDIR: options->workdir = value; return *value == '/' ? NULL : "an absolute path";
  case OPTION_HOSTNAME: options->hostname = value; return *value ? NULL : "a name";
  case OPTION_ENV: options->env[options->env_count++] = value; return strchr(value, '=') > value ? NULL : "NAME=VALUE";
  case OPTION_MEMORY: return parse_memory(value, &options->memory) ? NULL : "a size from 64m to 3g";
  case OPTION_WINDOW_SIZE: options->window_size = value; return is_window_size(value) ? NULL : "ROWS COLS";
  case OPTION_CONTROL: return parse_int(value, INT_MAX, &options->control) ? NULL : "a descriptor's number";
  case OPTION_TRANSLATOR: return set_translator(options, value);
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
  *options = (struct options){.exit_code_max = EXIT_CODE_LIMIT, .control = -1};
  options->env = host_allocate(((uint64_t)count + 1) * sizeof *options->env);
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
    if (option >= OPTION_TTY) {
      if (equals) {
        snprintf(error, error_size, "option %s takes no value", NAMES[option]);
        return false;
      }
      set_flag(options, option);
      continue;
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
