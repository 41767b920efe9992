#include "trained.h"

#include "translate/processor.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { USES_MAX = 16384, ENTRIES_MAX = 16384, ROOM = 2 << 20, ALIGNMENT = 16, ENTRY_BITS = 16 };

struct trained_page {
  uint64_t hash;
  struct code_page *page; // where it is decoded; NULL: nowhere
  uint16_t number;        // in RAM, while they are made
};

// A page of a unit.
struct use {
  uint16_t page, unit;
  uint8_t number; // in the unit's
};

struct trained_entry {
  uint16_t page, offset, unit, entry;
  uint8_t number; // of the page in the unit's
};

static struct trained {
  uint32_t page_count, use_count, entry_count, unit_count, used;
  struct trained_page pages[TRAINED_PAGES_MAX]; // by hash
  struct use uses[USES_MAX];                    // by page
  struct trained_entry entries[ENTRIES_MAX];    // by page
  _Alignas(ALIGNMENT) uint8_t room[ROOM];
} trained;

static bool collecting;

// ---- In a bundle ----

unsigned trained_units(void) {
  return collecting ? 0 : trained.unit_count;
}

// Four lanes of 8 bytes, each multiplied and turned, so that a page takes a fraction of a microsecond.
static uint64_t hash_of(const uint8_t *bytes) {
  enum { LANES = 4, WORD = 8, TURN = 29 };
  const uint64_t prime = UINT64_C(0x9e3779b97f4a7c15);
  uint64_t lanes[LANES] = {1, 2, 3, 4}, hash = 0;
  for (unsigned at = 0; at < PAGE_SIZE; at += LANES * WORD) {
    for (unsigned lane = 0; lane < LANES; lane++) {
      uint64_t word;
      memcpy(&word, bytes + at + lane * WORD, WORD);
      lanes[lane] = (lanes[lane] ^ word) * prime;
      lanes[lane] ^= lanes[lane] >> TURN;
    }
  }
  for (unsigned lane = 0; lane < LANES; lane++) {
    hash = (hash ^ lanes[lane]) * prime;
    hash ^= hash >> TURN;
  }
  return hash;
}

static int find(uint64_t hash) {
  unsigned low = 0, high = trained.page_count;
  while (low < high) {
    const unsigned middle = (low + high) / 2;
    if (trained.pages[middle].hash < hash)
      low = middle + 1;
    else
      high = middle;
  }
  return low < trained.page_count && trained.pages[low].hash == hash ? (int)low : -1;
}

// The first of the elements whose page, their first member, is not less.
static unsigned first_of(const void *elements, unsigned count, size_t size, unsigned page) {
  unsigned low = 0, high = count;
  while (low < high) {
    const unsigned middle = (low + high) / 2;
    uint16_t found;
    memcpy(&found, (const uint8_t *)elements + middle * size, sizeof found);
    if (found < page)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

// The page of that number is decoded: its units may find it.
static void bind(struct unit *units, unsigned number, struct code_page *page) {
  trained.pages[number].page = page;
  mark_page(page);
  unsigned at = first_of(trained.uses, trained.use_count, sizeof *trained.uses, number);
  for (; at < trained.use_count && trained.uses[at].page == number; at++)
    units[trained.uses[at].unit].pages[trained.uses[at].number].page = page;
}

static void mark_entries(unsigned number, struct code_page *page) {
  unsigned at = first_of(trained.entries, trained.entry_count, sizeof *trained.entries, number);
  for (; at < trained.entry_count && trained.entries[at].page == number; at++) {
    const struct trained_entry *entry = &trained.entries[at];
    void *op = processor_decode(page, entry->offset);
    uint32_t where;
    unsigned page_number;
    if (op && !mark_entry_at(op, &where, &page_number))
      mark_entry(page, op, (uint32_t)entry->unit << ENTRY_BITS | entry->entry, entry->number);
  }
}

void trained_decoded(struct unit *units, struct code_page *page, bool first) {
  if (!trained_units())
    return;
  int number = -1;
  if (first) {
    number = find(hash_of(processor_page_bytes(page)));
    if (number < 0 || trained.pages[number].page)
      return;
    bind(units, (unsigned)number, page);
  }
  for (unsigned i = 0; number < 0 && i < trained.page_count; i++)
    number = trained.pages[i].page == page ? (int)i : -1;
  if (number >= 0)
    mark_entries((unsigned)number, page);
}

void trained_forget(const struct code_page *page) {
  for (unsigned i = 0; i < trained.page_count; i++) {
    if (trained.pages[i].page == page)
      trained.pages[i].page = NULL;
  }
}

void trained_forget_all(void) {
  for (unsigned i = 0; i < trained.page_count; i++)
    trained.pages[i].page = NULL;
}

// ---- While they are made ----

void trained_collect(void) {
  collecting = true;
}

bool trained_collecting(void) {
  return collecting;
}

void *trained_allocate(uint32_t bytes) {
  const uint32_t wanted = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (wanted > ROOM - trained.used)
    return NULL;
  trained.used += wanted;
  return trained.room + trained.used - wanted;
}

void trained_add_page(const uint8_t *bytes) {
  const uint32_t number = trained.page_count++;
  trained.pages[number] = (struct trained_page){.hash = hash_of(bytes), .number = (uint16_t)number};
}

bool trained_add_unit(const struct unit *unit, const struct entry *entries, const uint16_t *offsets, unsigned count) {
  if (unit->page_count > USES_MAX - trained.use_count || count > ENTRIES_MAX - trained.entry_count)
    return false;
  const uint16_t number = (uint16_t)trained.unit_count++;
  for (unsigned i = 0; i < unit->page_count; i++)
    trained.uses[trained.use_count++] =
        (struct use){(uint16_t)processor_page_number(unit->pages[i].page), number, (uint8_t)i};
  for (unsigned i = 0; i < count; i++)
    trained.entries[trained.entry_count++] =
        (struct trained_entry){(uint16_t)processor_page_number(unit->pages[entries[i].page].page), offsets[i], number,
                               (uint16_t)(i + 1), entries[i].page};
  return true;
}

static int compare(uint64_t one, uint64_t other) {
  return one < other ? -1 : one > other;
}

static int compare_pages(const void *one, const void *other) {
  return compare(((const struct trained_page *)one)->hash, ((const struct trained_page *)other)->hash);
}

static uint64_t order_of_use(const struct use *use) {
  return (uint64_t)use->page << 32 | (uint64_t)use->unit << 8 | use->number;
}

static int compare_uses(const void *one, const void *other) {
  return compare(order_of_use(one), order_of_use(other));
}

static uint64_t order_of_entry(const struct trained_entry *entry) {
  return (uint64_t)entry->page << 32 | (uint64_t)entry->unit << 16 | entry->entry;
}

static int compare_entries(const void *one, const void *other) {
  return compare(order_of_entry(one), order_of_entry(other));
}

void trained_finish(void) {
  static uint16_t places[TRAINED_PAGES_MAX]; // by number in RAM
  qsort(trained.pages, trained.page_count, sizeof *trained.pages, compare_pages);
  for (unsigned i = 0; i < trained.page_count; i++)
    places[trained.pages[i].number] = (uint16_t)i;
  for (unsigned i = 0; i < trained.use_count; i++)
    trained.uses[i].page = places[trained.uses[i].page];
  for (unsigned i = 0; i < trained.entry_count; i++)
    trained.entries[i].page = places[trained.entries[i].page];
  qsort(trained.uses, trained.use_count, sizeof *trained.uses, compare_uses);
  qsort(trained.entries, trained.entry_count, sizeof *trained.entries, compare_entries);
}

void trained_memory(struct trained_piece pieces[TRAINED_PIECES]) {
  pieces[0] = (struct trained_piece){&trained, offsetof(struct trained, pages)};
  pieces[1] = (struct trained_piece){trained.pages, trained.page_count * (uint32_t)sizeof *trained.pages};
  pieces[2] = (struct trained_piece){trained.uses, trained.use_count * (uint32_t)sizeof *trained.uses};
  pieces[3] = (struct trained_piece){trained.entries, trained.entry_count * (uint32_t)sizeof *trained.entries};
  pieces[4] = (struct trained_piece){trained.room, trained.used};
}
