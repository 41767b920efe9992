// TLBs without a processor: what each way to flush leaves, and that an array never notes more entries than it has.
#include "memory/tlb.h"

#include "check.h"

#include <string.h>

enum { VIEWS = 2 };
#define KERNEL_HALF (UINT64_C(1) << 63)

static struct tlb views[VIEWS];
static struct tlb_set set;

static void reset(void) {
  memset(views, 0xa5, sizeof views);
  set = (struct tlb_set){.views = views, .count = VIEWS};
  for (unsigned view = 0; view < VIEWS; view++)
    tlb_init(&views[view]);
}

static void fill(unsigned view, enum tlb_kind kind, uint64_t address, bool global, uintptr_t addend) {
  tlb_fill(&set, &views[view], kind, address, &(struct tlb_page){.physical = address, .global = global}, addend);
}

static bool holds(unsigned view, enum tlb_kind kind, uint64_t address) {
  return views[view].entries[kind][tlb_index(address)].page == (address & TLB_PAGE_MASK);
}

static unsigned held(void) {
  unsigned count = 0;
  for (unsigned view = 0; view < VIEWS; view++) {
    for (unsigned kind = 0; kind < TLB_KINDS; kind++) {
      for (unsigned i = 0; i < TLB_ENTRIES; i++)
        count += views[view].entries[kind][i].page != TLB_NO_PAGE;
    }
  }
  return count;
}

static void should_begin_empty(void) {
  reset();
  CHECK(held() == 0);
}

static void should_have_room_for_all_pages_of_one_piece_of_memory(void) {
  bool met[TLB_ENTRIES] = {false};
  for (uint64_t page = 0; page < TLB_ENTRIES; page++) {
    const unsigned index = tlb_index(0x7f0000000000 + page * PAGE_SIZE);
    CHECK(!met[index]);
    met[index] = true;
  }
}

static void should_flush_everything(void) {
  reset();
  for (uint64_t page = 0; page < 3 * TLB_ENTRIES; page++) {
    for (unsigned kind = 0; kind < TLB_KINDS; kind++)
      fill(page % VIEWS, kind, page * PAGE_SIZE, page % 3 == 0, 0);
  }
  CHECK(held() > TLB_ENTRIES);
  tlb_flush(&set);
  CHECK(held() == 0);
}

static void should_keep_global_pages_in_a_local_flush(void) {
  reset();
  fill(0, TLB_READ, 0x1000, false, 0);
  fill(1, TLB_WRITE, KERNEL_HALF, true, 0);
  tlb_flush_local(&set);
  CHECK(held() == 1 && holds(1, TLB_WRITE, KERNEL_HALF));
  tlb_flush_local(&set);
  CHECK(holds(1, TLB_WRITE, KERNEL_HALF));
  tlb_flush(&set);
  CHECK(held() == 0);
}

static void should_forget_a_local_page_that_replaced_a_global_one(void) {
  reset();
  const uint64_t other = TLB_ENTRIES * PAGE_SIZE;
  CHECK(tlb_index(0) == tlb_index(other));
  fill(0, TLB_READ, 0, true, 0);
  fill(0, TLB_READ, other, false, 0);
  tlb_flush_local(&set);
  CHECK(held() == 0);
  fill(0, TLB_READ, 0, true, 0);
  tlb_flush_local(&set);
  CHECK(holds(0, TLB_READ, 0));
}

static void should_flush_one_page_of_all_views(void) {
  reset();
  for (unsigned view = 0; view < VIEWS; view++) {
    for (unsigned kind = 0; kind < TLB_KINDS; kind++) {
      fill(view, kind, 0x5000, view == 1, 0);
      fill(view, kind, 0x6000, view == 1, 0);
    }
  }
  tlb_flush_page(&set, 0x5fff);
  CHECK(held() == VIEWS * TLB_KINDS && holds(1, TLB_FETCH, 0x6000));
}

// Pages that are flushed and filled again, over and over, take no more room.
static void should_note_an_entry_once(void) {
  reset();
  for (unsigned i = 0; i < 4 * TLB_ENTRIES; i++) {
    fill(0, TLB_READ, 0x7000, i % 2, 0);
    tlb_flush_page(&set, 0x7000);
  }
  fill(0, TLB_READ, 0x8000, false, 0);
  CHECK(views[0].filled[TLB_READ][TLB_LOCAL].count == 2 && views[0].filled[TLB_READ][TLB_GLOBAL].count == 1);
  tlb_flush(&set);
  CHECK(held() == 0);
  fill(0, TLB_READ, 0x7000, true, 0);
  CHECK(holds(0, TLB_READ, 0x7000));
  tlb_flush(&set);
  CHECK(held() == 0);
}

static void should_flush_large_pages_as_a_whole(void) {
  reset();
  tlb_fill(&set, &views[0], TLB_READ, 0x200000, &(struct tlb_page){.physical = 0, .large = true}, 0);
  fill(0, TLB_READ, KERNEL_HALF, false, 0);
  tlb_flush_page(&set, KERNEL_HALF + 0x1000); // there are no large ones in this half
  CHECK(held() == 2);
  tlb_flush_page(&set, 0x3ff000);
  CHECK(held() == 0);
}

static void should_flush_fetch_alone(void) {
  reset();
  fill(0, TLB_FETCH, 0x1000, false, 0);
  fill(1, TLB_FETCH, 0x2000, true, 0);
  fill(0, TLB_READ, 0x1000, false, 0);
  tlb_flush_fetch(&set);
  CHECK(held() == 1 && holds(0, TLB_READ, 0x1000));
}

static void should_forbid_writes_to_a_page_wherever_it_is_mapped(void) {
  static uint8_t ram[2 * PAGE_SIZE];
  reset();
  const uint64_t mappings[] = {0x1000, 0x7f0000001000, KERNEL_HALF};
  for (unsigned i = 0; i < 3; i++) {
    fill(i % VIEWS, TLB_WRITE, mappings[i], i == 2, (uintptr_t)ram - (uintptr_t)mappings[i]);
    fill(i % VIEWS, TLB_READ, mappings[i], i == 2, (uintptr_t)ram - (uintptr_t)mappings[i]);
  }
  fill(0, TLB_WRITE, 0x9000, false, (uintptr_t)ram + PAGE_SIZE - 0x9000);
  tlb_forbid_writes(&set, ram);
  CHECK(held() == 4 && holds(0, TLB_WRITE, 0x9000));
  for (unsigned i = 0; i < 3; i++)
    CHECK(holds(i % VIEWS, TLB_READ, mappings[i]) && !holds(i % VIEWS, TLB_WRITE, mappings[i]));
}

int main(void) {
  should_begin_empty();
  should_have_room_for_all_pages_of_one_piece_of_memory();
  should_flush_everything();
  should_keep_global_pages_in_a_local_flush();
  should_forget_a_local_page_that_replaced_a_global_one();
  should_flush_one_page_of_all_views();
  should_note_an_entry_once();
  should_flush_large_pages_as_a_whole();
  should_flush_fetch_alone();
  should_forbid_writes_to_a_page_wherever_it_is_mapped();
  return check_result("TLB");
}
