#include "translate/mailbox.h"

#include "host/host.h"
#include "translate/counts.h"

#include <string.h>

enum { MAGIC = 0x5432574f }; // "OW2T"
enum state { NOTHING, OFFERED, INSTALLED, REFUSED };

struct mailbox {
  uint32_t magic, state, bytes, length, functions, first_index;
};
_Static_assert(sizeof(struct mailbox) == 24, "as hosts read it");

// The host finds it by this name among the exports, and reads and writes it while the engine yields.
volatile struct mailbox translation_mailbox = {.magic = MAGIC};

static struct mailbox_host host;

// NAME=N with N from `least` to `most`.
static bool parse_number(const char *item, size_t length, const char *name, uint32_t least, uint32_t most,
                         uint32_t *number) {
  enum { DIGITS = 4 };
  const size_t name_length = strlen(name);
  if (length <= name_length || length > name_length + DIGITS || memcmp(item, name, name_length) != 0)
    return false;
  *number = 0;
  for (size_t i = name_length; i < length; i++) {
    if (item[i] < '0' || item[i] > '9')
      return false;
    *number = *number * 10 + (uint32_t)(item[i] - '0');
  }
  return *number >= least && *number <= most;
}

static bool parse_item(const char *item, size_t length, struct mailbox_host *parsed) {
  static const char SIMD[] = "simd";
  if (length == sizeof SIMD - 1 && memcmp(item, SIMD, length) == 0) {
    parsed->simd = true;
    return true;
  }
  return parse_number(item, length, "unit=", MAILBOX_UNIT_MIN, MAILBOX_UNIT_MAX, &parsed->unit_limit) ||
         parse_number(item, length, "locals=", 0, MAILBOX_UNIT_MAX, &parsed->locals_limit) ||
         parse_number(item, length, "log=", 1, MAILBOX_LOG_MAX, &parsed->log);
}

bool mailbox_parse(const char *text, struct mailbox_host *parsed) {
  *parsed = (struct mailbox_host){.unit_limit = MAILBOX_UNIT_DEFAULT, .locals_limit = MAILBOX_LOCALS_DEFAULT};
  for (;;) {
    const size_t length = strcspn(text, ",");
    if (!parse_item(text, length, parsed))
      return false;
    if (!text[length])
      return true;
    text += length + 1;
  }
}

void mailbox_enable(const struct mailbox_host *wanted) {
  if (host_yield())
    host = *wanted;
}

void mailbox_enable_alone(const struct mailbox_host *wanted) {
  host = *wanted;
}

bool mailbox_enabled(void) {
  return host.unit_limit != 0;
}

const struct mailbox_host *mailbox_host(void) {
  return &host;
}

// What the host has made of it.
static enum state offer(const uint8_t *bytes, uint32_t length, uint32_t functions) {
  translation_mailbox.bytes = (uint32_t)(uintptr_t)bytes;
  translation_mailbox.length = length;
  translation_mailbox.functions = functions;
  translation_mailbox.state = OFFERED;
  host_yield();
  const uint32_t state = translation_mailbox.state;
  translation_mailbox.state = NOTHING;
  if (state == OFFERED)
    host.unit_limit = 0;
  return (enum state)state;
}

void mailbox_tell(const uint8_t *bytes, uint32_t length) {
  if (mailbox_enabled())
    offer(bytes, length, 0);
}

bool mailbox_offer(const uint8_t *bytes, uint32_t length, uint32_t functions, uint32_t *first_index) {
  if (!mailbox_enabled())
    return false;
  if (offer(bytes, length, functions) != INSTALLED) {
    translation_counts.refused++;
    return false;
  }
  translation_counts.modules++;
  translation_counts.functions += functions;
  translation_counts.bytes += length;
  *first_index = translation_mailbox.first_index;
  return true;
}
