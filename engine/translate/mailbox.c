#include "translate/mailbox.h"

#include "host/host.h"

#include <stdlib.h>
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

static bool parse_number(const char *text, size_t length, uint32_t limit, uint32_t *number) {
  uint64_t value = 0;
  for (size_t i = 0; i < length; i++) {
    if (text[i] < '0' || text[i] > '9')
      return false;
    value = value * 10 + (uint64_t)(text[i] - '0');
    if (value > limit)
      return false;
  }
  *number = (uint32_t)value;
  return length > 0;
}

static bool parse_item(const char *item, size_t length, struct mailbox_host *parsed) {
  static const char SIMD[] = "simd", UNIT[] = "unit=", TYPE[] = "type=";
  enum { NAME = sizeof UNIT - 1 };
  if (length == sizeof SIMD - 1 && memcmp(item, SIMD, length) == 0) {
    parsed->simd = true;
    return true;
  }
  if (length > NAME && memcmp(item, UNIT, NAME) == 0)
    return parse_number(item + NAME, length - NAME, MAILBOX_UNIT_MAX, &parsed->unit_limit) &&
           parsed->unit_limit >= MAILBOX_UNIT_MIN;
  return length > NAME && memcmp(item, TYPE, NAME) == 0 &&
         parse_number(item + NAME, length - NAME, UINT16_MAX, &parsed->function_type);
}

bool mailbox_parse(const char *text, struct mailbox_host *parsed) {
  *parsed = (struct mailbox_host){.unit_limit = MAILBOX_UNIT_DEFAULT, .function_type = MAILBOX_ANY_TYPE};
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
  *first_index = translation_mailbox.first_index;
  return state == INSTALLED;
}
