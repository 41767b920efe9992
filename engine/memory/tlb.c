#include "memory/tlb.h"

#include <string.h>

void tlb_init(struct tlb *tlb) {
  memset(tlb, 0, sizeof *tlb);
  for (unsigned kind = 0; kind < TLB_KINDS; kind++) {
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
      tlb->entries[kind][i].page = TLB_NO_PAGE;
  }
}

void tlb_fill(struct tlb_set *set, struct tlb *tlb, enum tlb_kind kind, uint64_t address, const struct tlb_page *page,
              uintptr_t addend) {
  const unsigned index = tlb_index(address);
  struct tlb_filled *filled = &tlb->filled[kind][page->global ? TLB_GLOBAL : TLB_LOCAL];
  if (!filled->listed[index]) {
    filled->listed[index] = true;
    filled->indices[filled->count++] = (uint16_t)index;
  }
  set->epoch += kind == TLB_FETCH && tlb->entries[kind][index].page != TLB_NO_PAGE;
  tlb->entries[kind][index] = (struct tlb_entry){.page = address & TLB_PAGE_MASK, .addend = addend};
  if (page->large) {
    set->large[address >> 63] = true;
    set->large_global[address >> 63] |= page->global;
  }
}

static void flush_filled(struct tlb *tlb, unsigned kind, unsigned scope) {
  struct tlb_filled *filled = &tlb->filled[kind][scope];
  for (unsigned i = 0; i < filled->count; i++) {
    tlb->entries[kind][filled->indices[i]].page = TLB_NO_PAGE;
    filled->listed[filled->indices[i]] = false;
  }
  filled->count = 0;
}

static void flush_scope(struct tlb_set *set, unsigned scope) {
  for (unsigned view = 0; view < set->count; view++) {
    for (unsigned kind = 0; kind < TLB_KINDS; kind++)
      flush_filled(&set->views[view], kind, scope);
  }
}

void tlb_flush(struct tlb_set *set) {
  set->epoch++;
  flush_scope(set, TLB_LOCAL);
  flush_scope(set, TLB_GLOBAL);
  memset(set->large, 0, sizeof set->large);
  memset(set->large_global, 0, sizeof set->large_global);
}

void tlb_flush_local(struct tlb_set *set) {
  set->epoch++;
  flush_scope(set, TLB_LOCAL);
  memcpy(set->large, set->large_global, sizeof set->large);
}

void tlb_flush_fetch(struct tlb_set *set) {
  set->epoch++;
  for (unsigned view = 0; view < set->count; view++) {
    for (unsigned scope = 0; scope < TLB_SCOPES; scope++)
      flush_filled(&set->views[view], TLB_FETCH, scope);
  }
}

void tlb_flush_page(struct tlb_set *set, uint64_t address) {
  // Nobody knows which entries are pieces of a large page.
  if (set->large[address >> 63]) {
    tlb_flush(set);
    return;
  }
  for (unsigned view = 0; view < set->count; view++) {
    for (unsigned kind = 0; kind < TLB_KINDS; kind++) {
      struct tlb_entry *entry = &set->views[view].entries[kind][tlb_index(address)];
      if (entry->page != (address & TLB_PAGE_MASK))
        continue;
      entry->page = TLB_NO_PAGE;
      set->epoch += kind == TLB_FETCH;
    }
  }
}

static void forbid_writes(struct tlb *tlb, const struct tlb_filled *filled, const uint8_t *host_page) {
  for (unsigned i = 0; i < filled->count; i++) {
    struct tlb_entry *entry = &tlb->write[filled->indices[i]];
    if (entry->addend + (uintptr_t)entry->page == (uintptr_t)host_page)
      entry->page = TLB_NO_PAGE;
  }
}

void tlb_forbid_writes(struct tlb_set *set, const uint8_t *host_page) {
  for (unsigned view = 0; view < set->count; view++) {
    struct tlb *tlb = &set->views[view];
    for (unsigned scope = 0; scope < TLB_SCOPES; scope++)
      forbid_writes(tlb, &tlb->filled[TLB_WRITE][scope], host_page);
  }
}
