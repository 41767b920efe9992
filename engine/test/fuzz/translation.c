#include "translation.h"

#include "cpu.h"
#include "translate/body.h"
#include "translate/log.h"
#include "translate/mailbox.h"
#include "translate/module.h"
#include "wasm_validate.h"

#include <string.h>

// CODE_SIZE, LOCALS and UNITS are what translator.c has room for; a unit is much smaller than its limit of instructions
// would allow if each were as long as BYTES_PER_INSTRUCTION.
enum { CODE_SIZE = 1 << 20, UNITS = 16, BYTES_PER_INSTRUCTION = 1024, BYTES_PER_UNIT = 8192 };

static struct mailbox_host host;
static struct dice chosen;
static struct region region;
static struct unit units[UNITS];
static struct entry entries[UNIT_ENTRIES_MAX];
static uint8_t code_bytes[CODE_SIZE], bodies_bytes[CODE_SIZE], module_bytes[CODE_SIZE];

// In place of translate/mailbox.c: a host for the translator to ask about, which takes no offer.
bool mailbox_parse(const char *text, struct mailbox_host *parsed) {
  (void)text;
  (void)parsed;
  return false;
}

void mailbox_enable(const struct mailbox_host *wanted) {
  (void)wanted;
}

bool mailbox_enabled(void) {
  return false;
}

const struct mailbox_host *mailbox_host(void) {
  return &host;
}

bool mailbox_offer(const uint8_t *bytes, uint32_t length, uint32_t functions, uint32_t *first_index) {
  (void)bytes;
  (void)length;
  (void)functions;
  (void)first_index;
  return false;
}

// What a host is told must be as long as its parts.
void mailbox_tell(const uint8_t *bytes, uint32_t length) {
  struct log_header header;
  memcpy(&header, bytes, sizeof header);
  const size_t expected = sizeof header + header.pages * (sizeof(struct log_page) + PAGE_SIZE) +
                          header.leaders * sizeof(struct log_leader) + header.edges * sizeof(struct log_edge);
  if (length != expected || header.pages > LOG_PAGES_MAX)
    fuzz_finding("a recording of %u bytes, expected %zu", (unsigned)length, expected);
  for (uint32_t i = 0; i < header.leaders; i++) {
    struct log_leader leader;
    memcpy(&leader, bytes + sizeof header + header.pages * sizeof(struct log_page) + i * sizeof leader, sizeof leader);
    if (leader.page >= header.pages || leader.offset >= PAGE_SIZE)
      fuzz_finding("a leader at %u of page %u", (unsigned)leader.offset, (unsigned)leader.page);
  }
}

void fuzz_translation_case(struct dice dice) {
  chosen = dice;
  host.simd = one_in(&chosen, 2);
  host.locals_limit = one_in(&chosen, 2) ? MAILBOX_UNIT_MAX : 0;
  host.unit_limit = MAILBOX_UNIT_MIN + (uint32_t)roll(&chosen, MAILBOX_UNIT_MAX - MAILBOX_UNIT_MIN);
}

void fuzz_translation_begin(void) {
  if (one_in(&chosen, 2))
    record_begin(*processor()->pc);
}

static void check(const struct wasm_code *module, unsigned functions) {
  fuzz_count.modules++;
  fuzz_count.functions += functions;
  const struct wasm_validated found = wasm_validate(module->bytes, module->used);
  if (found.error)
    fuzz_finding("a module that is not valid, at %zu: %s", found.offset, found.error);
  if (found.functions != functions)
    fuzz_finding("%u functions, expected %u", (unsigned)found.functions, functions);
  if (found.largest_body > host.unit_limit * BYTES_PER_INSTRUCTION + BYTES_PER_UNIT)
    fuzz_finding("a unit of %u bytes", (unsigned)found.largest_body);
  const struct processor *state = processor();
  if (found.most_locals != LOCALS_SHARED + state->i64_locals + state->i32_locals + state->f64_locals +
                               state->f32_locals + state->more_locals)
    fuzz_finding("%u locals", (unsigned)found.most_locals);
}

static uint32_t worth_of(const void *op, uint32_t count) {
  (void)op;
  return count;
}

static enum coverage coverage_of(const void *op) {
  (void)op;
  return COVERAGE_NONE;
}

static bool is_missed(const void *op) {
  (void)op;
  return false;
}

static void translate(void) {
  struct wasm_code code = {.bytes = code_bytes, .size = CODE_SIZE}, bodies = {.bytes = bodies_bytes, .size = CODE_SIZE},
                   module = {.bytes = module_bytes, .size = CODE_SIZE};
  struct emitter emitter = {.code = &code, .tlb = record_now()->tlb, .kind = KIND_UNKNOWN};
  int16_t blocks[LAYOUT_BLOCKS_MAX];
  unsigned made = 0, count;
  emit_begin(&emitter);
  region_build(&region, &emitter, coverage_of, worth_of);
  for (unsigned i = 0; i < region.count; i++)
    region.blocks[i].count *= 1024; // cases are short: everything is hot
  for (int number = 0; made < UNITS; number++) {
    count = region_take(&region, number, 1, host.unit_limit, blocks);
    if (!count)
      break;
    units[made] = (struct unit){.tlb = emitter.tlb};
    made += body_write(&emitter, &region, blocks, count, &units[made], entries, &bodies) != 0;
  }
  if (!made)
    return;
  module_write(&module, made, &bodies);
  if (!module.full)
    check(&module, made);
}

void fuzz_translation_end(void) {
  if (!record_now()->active)
    return;
  record_end();
  log_tell(is_missed);
  translate();
}
