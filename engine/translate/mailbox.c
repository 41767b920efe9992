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

static bool parse_item(const char *item, size_t length, struct mailbox_host *parsed) {
  static const char SIMD[] = "simd", UNIT[] = "unit=";
  enum { NAME = sizeof UNIT - 1, DIGITS = 4 };
  if (length == sizeof SIMD - 1 && memcmp(item, SIMD, length) == 0) {
    parsed->simd = true;
    return true;
  }
  if (length <= NAME || length > NAME + DIGITS || memcmp(item, UNIT, NAME) != 0)
    return false;
  parsed->unit_limit = 0;
  for (size_t i = NAME; i < length; i++) {
    if (item[i] < '0' || item[i] > '9')
      return false;
    parsed->unit_limit = parsed->unit_limit * 10 + (uint32_t)(item[i] - '0');
  }
  return parsed->unit_limit >= MAILBOX_UNIT_MIN && parsed->unit_limit <= MAILBOX_UNIT_MAX;
}

bool mailbox_parse(const char *text, struct mailbox_host *parsed) {
  *parsed = (struct mailbox_host){.unit_limit = MAILBOX_UNIT_DEFAULT};
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

bool mailbox_enabled(void) {
  return host.unit_limit != 0;
}

const struct mailbox_host *mailbox_host(void) {
  return &host;
}

bool mailbox_offer(const uint8_t *bytes, uint32_t length, uint32_t functions, uint32_t *first_index) {
  if (!mailbox_enabled())
    return false;
  translation_mailbox.bytes = (uint32_t)(uintptr_t)bytes;
  translation_mailbox.length = length;
  translation_mailbox.functions = functions;
  translation_mailbox.state = OFFERED;
  host_yield();
  const uint32_t state = translation_mailbox.state;
  translation_mailbox.state = NOTHING;
  if (state == OFFERED)
    host.unit_limit = 0;
  if (state != INSTALLED) {
    translation_counts.refused++;
    return false;
  }
  translation_counts.modules++;
  translation_counts.functions += functions;
  translation_counts.bytes += length;
  *first_index = translation_mailbox.first_index;
  return true;
}
