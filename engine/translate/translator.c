#include "translator.h"

#include "apart.h"
#include "body.h"
#include "heat.h"
#include "host/host.h"
#include "log.h"
#include "record.h"
#include "trained.h"
#include "translate/counts.h"
#include "translate/mailbox.h"
#include "translate/module.h"

#include <string.h>

enum {
  UNITS_MAX = 4096,
  MODULE_UNITS_MAX = 16, // of one recording
  CODE_MAX = 1 << 20,    // bytes of a unit, and of a module
  KERNEL_UNIT_MAX = 400, // instructions: short processes use the kernel, but none of it for long
  SAMPLES = 1024,        // places that are told apart
  SAMPLES_HOT = 3,       // of a place, until it is recorded
  LOOP_SAMPLES = 8,      // of a place, where a loop is,
  LOOP_ONE_IN = 4,       // if one in so many slices, or more, ended there since the first of them
  RECORD_SLICES = 8,     // how long
  RECORDED_ONE_IN = 128, // slices that the kernel is recorded
  SEED_MAX = 256,        // executions in a recording for which a unit is made, at first,
  SEED_MIN = 64,         // when recordings find nothing else,
  SEED_LEAST = 8,        // and of what was executed PAYS times, if it always was as hot
  PAYS = 160000,
  WAIT_BITS = 9,           // the longest wait between recordings is RECORD_SLICES << WAIT_BITS slices
  EXITS_MANY = 1000,       // in a slice: then leaving is what takes time
  SLICES_BEFORE = 400,     // until then nothing: the boot, and what is over soon
  SLICE = 65536,           // instructions, of boards
  INTERPRETED_MANY = 2048, // instructions in a slice
  // Guest instructions translated: so many at once, and one for so many that were executed. Beyond a number that most
  // programs do not need, one for so many that were executed in translated code, less what going there costs. So code
  // of which each piece is executed a little does not take much longer than interpreted.
  FREE_INSTRUCTIONS = 1500,
  EXECUTED_FOR_ONE = 50000,
  TRUSTED_INSTRUCTIONS = 16000,
  EARNED_FOR_ONE = 32000,
  // Of a program whose work was not the same long before, fewer are trusted. Beyond them, a unit is only made for what
  // is executed so often in a recording.
  TRUSTED_UNSTEADY = 2000,
  SEED_UNSTEADY = 1024,
  // What going into translated code costs, and from unit to unit, as instructions that are executed there.
  ENTRY_COST = 25,
  HOP_COST = 12,
  ENTERED_MANY = 4096, // times, until it is seen whether a unit pays
  EXECUTED_MIN = 8,    // instructions each time, on average
  ENTRY_BITS = 16,
  COVERED = 1 << 17,
  NOWHERE = 1, // no page's address
  WAYS = 4096,
  MISSED = 256,    // places that are told apart
  MISSED_MANY = 8, // times that a place was seen
  MISSED_STEP = 16 // one in so many is looked at
};

typedef uint32_t unit_function(uint64_t entry, uint32_t depth);

struct translator {
  unsigned unit_count;
  struct region region;
  struct entry entries[MODULE_UNITS_MAX][UNIT_ENTRIES_MAX];
  unsigned entry_counts[MODULE_UNITS_MAX];
  int16_t blocks[MODULE_UNITS_MAX][LAYOUT_BLOCKS_MAX];
  unsigned block_counts[MODULE_UNITS_MAX];
  // The instructions of units, and the last unit that has each. A recording may begin, or enter a block, anywhere.
  struct {
    const void *op;
    unsigned unit;
  } covered[COVERED];
  unsigned covered_count;
  // Where translated code is left for the interpreter, though an entry might be there.
  struct {
    const void *op;
    unsigned count;
  } missed[MISSED];
  unsigned misses;
  uint8_t code[CODE_MAX], bodies[CODE_MAX], module[CODE_MAX];
  struct sample {
    uint64_t place, since; // slices when it was first seen, behind its last recording
    uint16_t count, wanted;
  } samples[SAMPLES];
  // Where one unit has led to another: by address, without looking at what is decoded there.
  struct way {
    uint64_t pc, anchor;
    uint32_t where; // unit and entry; 0: none
  } ways[WAYS];
  unsigned slices_left; // of the recording
  uint64_t slices;      // that have ended
  uint64_t recorded;    // slices, while the kernel was recorded
  unsigned seed;        // SEED_MIN to SEED_MAX
  unsigned interpreted; // slices in a row
  // For code of which some is translated, and for code of which nothing is, as when a program has come to other work:
  struct wait {
    unsigned vain;  // recordings in a row of which no unit came
    uint64_t until; // slices that have to end before the next one
  } waits[2];
  struct wait *wait;     // the present recording's
  uint64_t instructions; // translated so far
  int64_t earned;        // instructions executed in units, less what going there costs
  // Of the present slice:
  uint32_t exits;
  uint32_t translated; // instructions
  uint64_t left_at;    // where an exit was
};

static struct translator *translator;
// Translated code has addresses in it, also that of a bundle (trained.h).
static struct unit units[UNITS_MAX];
// Bodies of units for a bundle, and the index of the first one in the engine's table. NULL: a host installs them.
static struct wasm_code *collected;
static uint32_t collected_first;

// ---- Running ----

static bool all_in_tlb(const struct unit *unit, uint64_t anchor) {
  for (unsigned i = 0; i < unit->page_count; i++) {
    const struct code_page *page = walk_page(anchor + (uint64_t)unit->pages[i].offset);
    if (!page || page != unit->pages[i].page)
      return false;
  }
  return true;
}

// May a jump of code there be to an address that has more than 48 bits? On x86-64 it faults, and a unit does not look.
static bool is_near_the_edge(uint64_t anchor) {
  const uint64_t farthest[] = {anchor + (UINT64_C(1) << 32), anchor - (UINT64_C(1) << 32)};
  for (unsigned i = 0; i < 2; i++) {
    if ((uint64_t)((int64_t)(farthest[i] << 16) >> 16) != farthest[i])
      return true;
  }
  return false;
}

// Behind a flush the TLB has none of the pages. Two of them may want the same entry.
static bool is_where_it_was(struct unit *unit, uint64_t anchor) {
  if (is_near_the_edge(anchor))
    return false;
  for (unsigned i = 0; i < unit->page_count; i++) {
    const uint64_t address = anchor + (uint64_t)unit->pages[i].offset;
    if (unit->pages[i].page && !walk_page(address) && !processor_look(address, unit->pages[i].page))
      return false;
  }
  if (!all_in_tlb(unit, anchor))
    return false;
  unit->anchor = anchor;
  unit->epoch = processor()->tlb_set->epoch;
  return true;
}

static struct unit *unit_at(uint32_t where, unsigned page_number, uint64_t page_address) {
  struct unit *unit = &units[where >> ENTRY_BITS];
  const uint64_t anchor = page_address - (uint64_t)unit->pages[page_number].offset;
  if (!unit->alive || unit->tlb != *processor()->tlb)
    return NULL;
  if (unit->epoch == processor()->tlb_set->epoch && unit->anchor == anchor)
    return unit;
  return is_where_it_was(unit, anchor) ? unit : NULL;
}

// Drops a unit that is left so soon that going in and out takes longer than what it saves.
static void note_gain(struct unit *unit, uint32_t instructions) {
  unit->executed += instructions;
  if (++unit->entered < ENTERED_MANY)
    return;
  unit->alive = unit->alive && unit->executed >= ENTERED_MANY * EXECUTED_MIN;
  unit->entered = unit->executed = 0;
}

static unsigned missed_slot(const void *op) {
  return walk_hash(op) % MISSED;
}

// `helps`: an entry there would have helped. Else an instruction was left to the interpreter.
static void note_miss(const void *op, uint64_t address, bool helps) {
  if (++translator->misses % MISSED_STEP || !helps)
    return;
  translator->left_at = address;
  const unsigned slot = missed_slot(op);
  if (translator->missed[slot].op == op) {
    translator->missed[slot].count++;
    return;
  }
  translator->missed[slot].op = op;
  translator->missed[slot].count = 1;
}

// A unit was left at an op. An instruction that uses two pages leaves it each time that it does, so that an entry
// behind it would help.
static void note_left(void *op, uint64_t page_address, bool jumped) {
  struct code_page *page = walk_page(page_address);
  struct instruction instruction;
  if (jumped || !page || !walk_crosses(page, op)) {
    note_miss(op, *processor()->pc, jumped);
    return;
  }
  walk_instruction(page, op, &instruction);
  void *behind = instruction.flow == FLOW_NEXT && instruction.next ? walk_links(instruction.next) : NULL;
  if (behind && walk_is_instruction(behind))
    note_miss(behind, page_address + instruction.end, true);
}

static struct way *way_to(uint64_t pc) {
  return &translator->ways[(unsigned)(pc ^ pc >> PAGE_BITS) % WAYS];
}

// The unit that was entered at an address, if all is as it was then.
static struct unit *known_unit(uint64_t pc, uint32_t *where) {
  const struct processor *state = processor();
  const struct way *way = way_to(pc);
  struct unit *unit = &units[way->where >> ENTRY_BITS];
  *where = way->where;
  return way->where && way->pc == pc && unit->alive && unit->tlb == *state->tlb &&
                 unit->epoch == state->tlb_set->epoch && unit->anchor == way->anchor
             ? unit
             : NULL;
}

// The same by the mark at an op.
static struct unit *marked_unit(const void *op, uint64_t page_address, uint32_t *where) {
  unsigned page_number;
  return op && mark_entry_at(op, where, &page_number) ? unit_at(*where, page_number, page_address) : NULL;
}

// What it has is translated again. A bundle's units are not.
static void drop_unit(struct unit *unit) {
  if ((unsigned)(unit - units) < trained_units())
    return;
  unit->alive = false;
  unit->forgotten = true;
}

// Has a unit been left too often at an address, because it looks up together what lies in two pages? So many
// instructions are not counted yet.
static bool is_apart_often(uint64_t pc, uint32_t instructions) {
  struct code_page *page;
  const void *op = walk_op_at(pc, &page);
  return op && apart_left(walk_links((void *)(uintptr_t)op), translation_counts.instructions + instructions);
}

// What a unit was left for. Only behind a jump that looks at the budget may the interpreter look for itself.
static void *op_at(struct code_page *page, uint32_t offset, uint32_t kind) {
  return kind == EXIT_JUMP ? walk_known(page, offset) : processor_reach(page, offset);
}

void *translator_enter(void *op, uint64_t *page_address) {
  if (record_now()->active)
    return record_hit(op, *page_address);
  const struct processor *state = processor();
  const int32_t budget = *state->budget;
  uint32_t where;
  struct unit *unit = marked_unit(op, *page_address, &where);
  bool jumped = false;
  translator->earned -= unit ? ENTRY_COST : 0;
  while (unit) {
    const int32_t before = *state->budget;
    unit_function *function = (unit_function *)(uintptr_t)unit->function;
    const uint32_t kind = function(where & ((1 << ENTRY_BITS) - 1), 0);
    const uint64_t pc = *state->pc;
    *page_address = pc & TLB_PAGE_MASK;
    translator->exits++;
    translator->earned -= HOP_COST;
    if (kind != EXIT_APART)
      note_gain(unit, (uint32_t)(before - *state->budget));
    op = NULL;
    jumped = kind == EXIT_JUMP || kind == EXIT_ON;
    if (kind == EXIT_JUMP && *state->budget <= 0)
      break;
    // What leaves a unit at its own entry has not got on: the interpreter is to execute that instruction.
    const struct unit *left = jumped ? NULL : unit;
    if (kind == EXIT_APART && is_apart_often(pc, (uint32_t)(budget - *state->budget)))
      drop_unit(unit);
    unit = known_unit(pc, &where);
    if (unit && unit != left)
      continue;
    struct code_page *page = walk_page(pc);
    op = page ? op_at(page, (uint32_t)pc & (PAGE_SIZE - 1), kind) : NULL;
    unit = marked_unit(op, *page_address, &where);
    if (unit)
      *way_to(pc) = (struct way){pc, unit->anchor, where};
    if (unit == left)
      break;
  }
  translator->translated += (uint32_t)(budget - *state->budget);
  translator->earned += budget - *state->budget;
  translation_counts.instructions += (uint32_t)(budget - *state->budget);
  unsigned page_number;
  if (op && mark_entry_at(op, &where, &page_number))
    return mark_covered(op);
  if (op)
    note_left(op, *page_address, jumped);
  return op;
}

// ---- Translating ----

// The interpreter goes on entering the unit that has an entry there already, if that is not dropped: a loop stays whole
// when a piece of it is translated again.
static void cover_entry(const struct entry *entry, unsigned unit, unsigned number) {
  const struct block *block = &translator->region.blocks[entry->block];
  uint32_t where;
  unsigned page_number;
  if (!mark_entry_at(block->op, &where, &page_number) || !units[where >> ENTRY_BITS].alive)
    mark_entry(block->page, block->op, unit << ENTRY_BITS | number, entry->page);
}

static unsigned covered_slot(const void *op) {
  unsigned slot = walk_hash(op) % COVERED;
  while (translator->covered[slot].op && translator->covered[slot].op != op)
    slot = (slot + 1) % COVERED;
  return slot;
}

// A unit that was dropped because it did not pay still counts.
static bool is_covered(const void *op) {
  const unsigned slot = covered_slot(op);
  return translator->covered[slot].op && !units[translator->covered[slot].unit].forgotten;
}

static bool is_missed(const void *op) {
  const unsigned slot = missed_slot(op);
  uint32_t where;
  unsigned page_number;
  return !mark_entry_at(op, &where, &page_number) && translator->missed[slot].op == op &&
         translator->missed[slot].count >= MISSED_MANY;
}

static enum coverage coverage_of(const void *op) {
  if (is_missed(op))
    return COVERAGE_MISSED;
  return is_covered(op) ? COVERAGE_SOME : COVERAGE_NONE;
}

static void cover(const void *op, unsigned unit) {
  const unsigned slot = covered_slot(op);
  if (!translator->covered[slot].op) {
    if (translator->covered_count == COVERED / 2)
      return;
    translator->covered_count++;
  }
  translator->covered[slot].op = op;
  translator->covered[slot].unit = unit;
}

// The unit was installed: what it has is covered, and counts as translated.
static void cover_unit(unsigned unit, unsigned taken) {
  for (unsigned i = 0; i < translator->block_counts[taken]; i++) {
    const struct block *block = &translator->region.blocks[translator->blocks[taken][i]];
    translator->instructions += block->instructions;
    void *op = block->op;
    for (unsigned k = 0; k < block->instructions; k++) {
      struct instruction instruction;
      cover(op, unit);
      walk_instruction(block->page, op, &instruction);
      op = walk_links(instruction.next);
    }
  }
}

// What a training run has told is of a program that will run so again.
static uint32_t worth_of(const void *op, uint32_t count) {
  return collected ? count : heat_add(op, count);
}

// Has the units' functions installed, and finds out the index of the first one.
static bool install(unsigned count, const struct wasm_code *bodies, uint32_t *first) {
  if (collected) {
    if (bodies->full)
      return false;
    wasm_bytes(collected, bodies->bytes, bodies->used);
    *first = collected_first + translator->unit_count;
    return !collected->full;
  }
  struct wasm_code module = {.bytes = translator->module, .size = CODE_MAX};
  module_write(&module, count, bodies);
  return !module.full && mailbox_offer(module.bytes, module.used, count, first);
}

// Guest instructions in a unit, at most.
static unsigned unit_limit(void) {
  const unsigned limit = mailbox_host()->unit_limit;
  return processor_is_kernel(record_now()->tlb) && limit > KERNEL_UNIT_MAX ? KERNEL_UNIT_MAX : limit;
}

static uint64_t allowed(uint64_t trusted) {
  const uint64_t earned = translator->earned > 0 ? (uint64_t)translator->earned : 0;
  const uint64_t by_time = translator->slices * SLICE / EXECUTED_FOR_ONE, by_gain = trusted + earned / EARNED_FOR_ONE;
  return FREE_INSTRUCTIONS + (by_time < by_gain ? by_time : by_gain);
}

// Is most of what was recorded the work of a short time only?
static bool is_unsteady(void) {
  return !collected && !processor_is_kernel(record_now()->tlb) && !heat_is_steady() &&
         translator->instructions >= allowed(TRUSTED_UNSTEADY);
}

static unsigned make_units(unsigned seed) {
  struct wasm_code code = {.bytes = translator->code, .size = CODE_MAX},
                   bodies = {.bytes = translator->bodies, .size = CODE_MAX};
  struct emitter emitter = {.code = &code, .tlb = record_now()->tlb, .kind = KIND_UNKNOWN};
  unsigned taken = 0, made = 0, from[MODULE_UNITS_MAX];
  uint32_t first;
  emit_begin(&emitter);
  heat_begin(translator->slices);
  region_build(&translator->region, &emitter, coverage_of, worth_of);
  if (is_unsteady())
    seed = SEED_UNSTEADY;
  emit_keep_begin(&emitter);
  const unsigned start = translator->unit_count;
  for (; taken < MODULE_UNITS_MAX && start + taken < UNITS_MAX; taken++) {
    translator->block_counts[taken] =
        region_take(&translator->region, (int)taken, seed, unit_limit(), translator->blocks[taken]);
    if (!translator->block_counts[taken])
      break;
  }
  region_join(&translator->region);
  for (unsigned number = 0; number < taken; number++) {
    struct unit *unit = &units[start + made];
    *unit = (struct unit){.tlb = emitter.tlb, .epoch = processor()->tlb_set->epoch - 1};
    translator->entry_counts[made] =
        body_write(&emitter, &translator->region, translator->blocks[number], translator->block_counts[number], unit,
                   translator->entries[made], &bodies);
    if (!translator->entry_counts[made])
      continue;
    from[made++] = number;
  }
  if (!made || !install(made, &bodies, &first))
    return 0;
  emit_keep_end(&emitter);
  for (unsigned i = 0; i < made; i++) {
    struct unit *unit = &units[start + i];
    unit->function = first + i;
    unit->alive = true;
    cover_unit(start + i, from[i]);
    for (unsigned k = 0; k < unit->page_count; k++)
      mark_page((struct code_page *)(uintptr_t)unit->pages[k].page);
    for (unsigned k = 0; k < translator->entry_counts[i]; k++)
      cover_entry(&translator->entries[i][k], start + i, k + 1);
  }
  translator->unit_count += made;
  return made;
}

// A program that runs for long also pays for what is less hot in it.
static unsigned seed_least(void) {
  const uint64_t seed = (uint64_t)PAYS * RECORD_SLICES / (translator->slices + 1);
  return seed > SEED_MIN ? SEED_MIN : seed < SEED_LEAST ? SEED_LEAST : (unsigned)seed;
}

// Where no unit came of a recording, what is less hot is translated next time, after twice as long. Of the kernel there
// are few recordings anyway.
static void translate(void) {
  const bool kernel = processor_is_kernel(record_now()->tlb),
             made = make_units(kernel ? SEED_MAX : translator->seed) != 0;
  if (kernel)
    return;
  struct wait *wait = translator->wait;
  if (made) {
    wait->vain -= wait->vain < 2 ? wait->vain : 2;
    translator->seed = translator->seed < SEED_MAX ? translator->seed * 2 : SEED_MAX;
    return;
  }
  const unsigned least = seed_least();
  translator->seed = translator->seed / 2 > least ? translator->seed / 2 : least;
  wait->vain += wait->vain < WAIT_BITS;
  wait->until = translator->slices + ((uint64_t)RECORD_SLICES << wait->vain);
}

// ---- Finding what is hot ----

// One more sample of a place.
static struct sample *take_sample(uint64_t address) {
  const uint64_t place = address >> 6;
  struct sample *sample = &translator->samples[(unsigned)(place ^ place >> 10) % SAMPLES];
  if (sample->place != place)
    *sample = (struct sample){.place = place, .wanted = SAMPLES_HOT};
  if (sample->count++ == 0)
    sample->since = translator->slices;
  return sample;
}

static bool is_hot(const struct sample *sample) {
  return sample->count >= sample->wanted;
}

// A loop in which the program stays is recorded whatever was in vain elsewhere.
static bool is_loop(const struct sample *sample) {
  return sample->count >= LOOP_SAMPLES && translator->slices - sample->since < (uint64_t)LOOP_ONE_IN * sample->count;
}

// The next time, twice as many are wanted.
static void forget_samples(struct sample *sample) {
  sample->count = 0;
  if (sample->wanted < UINT16_MAX / 2)
    sample->wanted *= 2;
}

static bool must_wait(bool kernel) {
  return translator->instructions >= allowed(TRUSTED_INSTRUCTIONS) ||
         (!kernel && translator->slices < translator->wait->until);
}

// The host wants what is recorded of programs, for so long.
static void tell(void) {
  enum { SECOND = 250000000 / SLICE }; // slices, by the clock of --deterministic
  const uint32_t seconds = mailbox_host()->log;
  if (seconds && translator->slices == (uint64_t)seconds * SECOND)
    mailbox_tell(NULL, 0);
}

void translator_waits(uint64_t until_ns) {
  const uint64_t seconds = mailbox_enabled() ? mailbox_host()->log : 0;
  if (seconds && until_ns >= seconds * 1000000000)
    mailbox_tell(NULL, 0);
}

void translator_slice_ended(void) {
  const uint32_t exits = translator->exits, translated = translator->translated;
  const uint64_t left_at = translator->left_at;
  translator->exits = translator->translated = 0;
  translator->left_at = NOWHERE;
  translator->slices++;
  tell();
  if (record_now()->active) {
    translator->recorded += processor_is_kernel(record_now()->tlb);
    if (--translator->slices_left == 0) {
      record_end();
      if (mailbox_host()->log && !processor_is_kernel(record_now()->tlb))
        log_tell(is_missed);
      translate();
    }
    return;
  }
  // Recording is slow, and many short processes spend their time in the kernel.
  const bool kernel = processor_is_kernel(*processor()->tlb);
  if (kernel && translator->recorded > translator->slices / RECORDED_ONE_IN)
    return;
  if (!mailbox_enabled() || translator->unit_count == UNITS_MAX || translator->slices < SLICES_BEFORE)
    return;
  if (!kernel)
    translator->interpreted = translated < SLICE / 4 ? translator->interpreted + 1 : 0;
  translator->wait = &translator->waits[translator->interpreted >= RECORD_SLICES];
  const bool leaves = exits > EXITS_MANY;
  if (!leaves && translated + INTERPRETED_MANY >= SLICE)
    return;
  const uint64_t place = translated > SLICE / 2 ? left_at : *processor()->pc;
  if (place == NOWHERE)
    return;
  struct sample *sample = take_sample(place);
  const bool may_wait = kernel || !is_loop(sample) || translated > SLICE / 4;
  if (!is_hot(sample) || (may_wait && must_wait(kernel)))
    return;
  forget_samples(sample);
  if (record_begin(place))
    translator->slices_left = RECORD_SLICES;
}

// ---- Forgetting ----

// A page of a unit is no longer what it was. The bundle's units may find it again.
static void drop_page(unsigned number, unsigned page) {
  struct unit *unit = &units[number];
  if (number >= trained_units()) {
    unit->alive = false;
    unit->forgotten = true;
    return;
  }
  unit->pages[page].page = NULL;
  unit->anchor = NOWHERE;
}

void translator_decoded(struct code_page *page, bool first) {
  trained_decoded(units, page, first);
}

void translator_forget(const struct code_page *page) {
  if (record_now()->active)
    record_end();
  for (unsigned i = 0; i < translator->unit_count; i++) {
    struct unit *unit = &units[i];
    for (unsigned k = 0; !unit->forgotten && k < unit->page_count; k++) {
      if (unit->pages[k].page == page)
        drop_page(i, k);
    }
  }
  trained_forget(page);
}

void translator_forget_all(void) {
  if (record_now()->active)
    record_end();
  for (unsigned i = 0; i < translator->unit_count; i++) {
    for (unsigned k = 0; !units[i].forgotten && k < units[i].page_count; k++)
      drop_page(i, k);
  }
  if (collected)
    collected->full = true; // what was made has lost its places
  trained_forget_all();
  translator->covered_count = 0;
  memset(translator->covered, 0, sizeof translator->covered);
  memset(translator->missed, 0, sizeof translator->missed);
  heat_forget();
}

bool translator_init(void) {
  translator = host_allocate(sizeof *translator);
  if (!translator || !record_init() || !heat_init())
    return false;
  translator->unit_count = trained_units();
  translator->seed = SEED_MAX;
  translator->wait = translator->waits;
  return true;
}

// ---- Making what a bundle has ----

void translator_collect(struct wasm_code *bodies, uint32_t first) {
  collected = bodies;
  collected_first = first;
  trained_collect();
}

void translator_note_missed(const void *op) {
  const unsigned slot = missed_slot(op);
  translator->missed[slot].op = op;
  translator->missed[slot].count = MISSED_MANY;
}

bool translator_replay(void) {
  static uint16_t offsets[UNIT_ENTRIES_MAX];
  const unsigned before = translator->unit_count;
  translate();
  for (unsigned i = before; i < translator->unit_count; i++) {
    const unsigned number = i - before;
    for (unsigned k = 0; k < translator->entry_counts[number]; k++)
      offsets[k] = (uint16_t)translator->region.blocks[translator->entries[number][k].block].offset;
    if (!trained_add_unit(&units[i], translator->entries[number], offsets, translator->entry_counts[number]))
      return false;
  }
  return !collected->full;
}

const void *translator_units(unsigned *count, uint32_t *bytes) {
  for (unsigned i = 0; i < translator->unit_count; i++) {
    units[i].anchor = NOWHERE;
    units[i].epoch = 0;
    for (unsigned k = 0; k < units[i].page_count; k++)
      units[i].pages[k].page = NULL;
  }
  *count = translator->unit_count;
  *bytes = translator->unit_count * (uint32_t)sizeof *units;
  return units;
}
