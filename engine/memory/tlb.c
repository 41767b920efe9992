#include "memory/tlb.h"

#include <string.h>

void tlb_fill(struct tlb_set *set, struct tlb *tlb, enum tlb_kind kind, uint64_t address, const struct tlb_page *page,
              uintptr_t addend) {
  const unsigned index = tlb_index(address);
  uint32_t *word = &tlb->global[kind][index / 32];
  tlb->entries[kind][index] = (struct tlb_entry){.page = address & TLB_PAGE_MASK, .addend = addend};
  *word = (*word & ~(UINT32_C(1) << index % 32)) | (uint32_t)page->global << index % 32;
  if (page->large) {
    set->large[address >> 63] = true;
    set->large_global[address >> 63] |= page->global;
  }
}

static void flush_entries(struct tlb_entry *entries) {
  for (unsigned i = 0; i < TLB_ENTRIES; i++)
    entries[i].page = TLB_NO_PAGE;
}

void tlb_flush(struct tlb_set *set) {
  for (unsigned view = 0; view < set->count; view++) {
    for (unsigned kind = 0; kind < TLB_KINDS; kind++)
      flush_entries(set->views[view].entries[kind]);
    memset(set->views[view].global, 0, sizeof set->views[view].global);
  }
  memset(set->large, 0, sizeof set->large);
  memset(set->large_global, 0, sizeof set->large_global);
}

void tlb_flush_local(struct tlb_set *set) {
  for (unsigned view = 0; view < set->count; view++) {
    struct tlb *tlb = &set->views[view];
    for (unsigned kind = 0; kind < TLB_KINDS; kind++) {
      for (unsigned i = 0; i < TLB_ENTRIES; i++) {
        if (!(tlb->global[kind][i / 32] >> i % 32 & 1))
          tlb->entries[kind][i].page = TLB_NO_PAGE;
      }
    }
  }
  memcpy(set->large, set->large_global, sizeof set->large);
}

void tlb_flush_fetch(struct tlb_set *set) {
  for (unsigned view = 0; view < set->count; view++)
    flush_entries(set->views[view].fetch);
}

void tlb_flush_page(struct tlb_set *set, uint64_t address) {
  // Nobody knows which entries are pieces of a large page.
  if (set->large[address >> 63]) {
    tlb_flush(set);
    return;
  }
  for (unsigned view = 0; view < set->count; view++) {
    for (unsigned kind = 0; kind < TLB_KINDS; kind++)
      set->views[view].entries[kind][tlb_index(address)].page = TLB_NO_PAGE;
  }
}

void tlb_forbid_writes(struct tlb_set *set, const uint8_t *host_page) {
  for (unsigned view = 0; view < set->count; view++) {
    for (unsigned i = 0; i < TLB_ENTRIES; i++) {
      struct tlb_entry *entry = &set->views[view].write[i];
      if (entry->addend + (uintptr_t)entry->page == (uintptr_t)host_page)
        entry->page = TLB_NO_PAGE;
    }
  }
}
