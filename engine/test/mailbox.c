// Offers hand-made modules to the host and says what came of it: mailbox [--translator=VALUE] HOST, where HOST is what
// the host must be like: `installs` modules, `ignores` them, or was `unasked`. Without a mailbox (natively): `none`.
#include "check.h"

#include "translate/mailbox.h"

#include <string.h>

extern volatile uint32_t translation_mailbox[6];

typedef int function(int64_t, int);

// (import "env" "memory" (memory 0)) (import "env" "table" (table 0 funcref))
// (func (export "0") (param i64 i32) (result i32)
//   (i32.add (i32.load (local.get 1)) (i32.wrap_i64 (local.get 0))))
// (func (export "1") (param i64 i32) (result i32)
//   (call_indirect (param i64 i32) (result i32) (i64.add (local.get 0) (i64.const 1)) (local.get 1)
//     (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32)))))
static const uint8_t MODULE[] = {
    0,  'a', 's',  'm',  1,    0,    0,    0,                                                              //
    1,  7,   1,    0x60, 2,    0x7e, 0x7f, 1,    0x7f,                                                     // type
    2,  29,  2,    3,    'e',  'n',  'v',  6,    'm',  'e',  'm',  'o',  'r', 'y',  2,    0,    0,         // import
    3,  'e', 'n',  'v',  5,    't',  'a',  'b',  'l',  'e',  1,    0x70, 0,   0,                           //
    3,  3,   2,    0,    0,                                                                                // function
    7,  9,   2,    1,    '0',  0,    0,    1,    '1',  0,    1,                                            // export
    10, 32,  2,                                                                                            // code
    11, 0,   0x20, 1,    0x28, 2,    0,    0x20, 0,    0xa7, 0x6a, 0x0b,                                   //
    18, 0,   0x20, 0,    0x42, 1,    0x7c, 0x20, 1,    0x20, 0,    0x42, 32,  0x88, 0xa7, 0x11, 0, 0, 0x0b //
};
enum { FUNCTIONS = 2, ADD = 0x6a, ADD_I64 = 0x7c };

static int64_t seen;

static int here(int64_t entry, int depth) {
  seen = entry;
  return depth + 1;
}

static function *at(uint32_t index) {
  return (function *)(uintptr_t)index;
}

static void should_call_what_was_installed(uint32_t first) {
  int number = 40;
  CHECK(at(first)(2, (int)(intptr_t)&number) == 42);
  const int64_t entry = (int64_t)(uintptr_t)here << 32 | 7;
  CHECK(at(first + 1)(entry, 10) == 11 && seen == entry + 1);
  const int64_t other = (int64_t)first << 32 | 1;
  CHECK(at(first + 1)(other, (int)(intptr_t)&number) == 42);
}

// A copy of the module with the last `old` byte replaced.
static const uint8_t *damaged(uint8_t old, uint8_t new) {
  static uint8_t copy[sizeof MODULE];
  memcpy(copy, MODULE, sizeof copy);
  size_t place = sizeof copy;
  while (copy[--place] != old)
    continue;
  copy[place] = new;
  return copy;
}

static bool refuses(const uint8_t *bytes, uint32_t length, uint32_t functions) {
  uint32_t first;
  return !mailbox_offer(bytes, length, functions, &first) && mailbox_enabled() && translation_mailbox[1] == 0;
}

static void should_install(void) {
  uint32_t first, second;
  CHECK(mailbox_enabled());
  CHECK(mailbox_host()->unit_limit >= MAILBOX_UNIT_MIN && mailbox_host()->unit_limit <= MAILBOX_UNIT_MAX);
  CHECK(mailbox_offer(MODULE, sizeof MODULE, FUNCTIONS, &first));
  CHECK(translation_mailbox[1] == 0);
  should_call_what_was_installed(first);
  CHECK(refuses(MODULE, sizeof MODULE - 1, FUNCTIONS));            // cut short
  CHECK(refuses(damaged(ADD, ADD_I64), sizeof MODULE, FUNCTIONS)); // does not validate
  CHECK(refuses(damaged('y', 'x'), sizeof MODULE, FUNCTIONS));     // imports what the host does not give
  CHECK(refuses(damaged('1', '2'), sizeof MODULE, FUNCTIONS));     // lacks a function
  CHECK(refuses(MODULE, sizeof MODULE, FUNCTIONS + 1));
  CHECK(refuses(MODULE, sizeof MODULE, UINT32_MAX));
  CHECK(refuses(MODULE, 0, FUNCTIONS));
  CHECK(refuses((const uint8_t *)-16, sizeof MODULE, FUNCTIONS)); // beyond memory
  CHECK(mailbox_offer(MODULE, sizeof MODULE, FUNCTIONS, &second));
  CHECK(second == first + FUNCTIONS); // what was refused has left nothing
  should_call_what_was_installed(first);
  should_call_what_was_installed(second);
}

static void should_ask_once(bool asked) {
  uint32_t first;
  CHECK(mailbox_enabled() == asked);
  CHECK(!mailbox_offer(MODULE, sizeof MODULE, FUNCTIONS, &first));
  CHECK(!mailbox_enabled() && translation_mailbox[1] == 0);
  translation_mailbox[4] = 0;
  CHECK(!mailbox_offer(MODULE, sizeof MODULE, FUNCTIONS, &first));
  CHECK(translation_mailbox[4] == 0); // nothing was offered
}

int main(int count, char **words) {
  static const char OPTION[] = "--translator=";
  struct mailbox_host host;
  const bool given = count > 2 && strncmp(words[1], OPTION, sizeof OPTION - 1) == 0;
  const char *expected = words[count - 1];
  if (given && mailbox_parse(words[1] + sizeof OPTION - 1, &host))
    mailbox_enable(&host);
  CHECK(given == (strcmp(expected, "unasked") != 0));
  if (strcmp(expected, "installs") == 0)
    should_install();
  else
    should_ask_once(strcmp(expected, "ignores") == 0);
  return check_result("mailbox");
}
