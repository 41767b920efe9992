#include "walk.h"

struct code_page *walk_page(uint64_t address) {
  const struct tlb_entry *entry = &(*processor()->tlb)->fetch[tlb_index(address)];
  return entry->page == (address & TLB_PAGE_MASK) ? (struct code_page *)entry->addend : NULL;
}

void *walk_op_at(uint64_t address, struct code_page **page) {
  *page = walk_page(address);
  return *page ? walk_known(*page, (uint32_t)address & (PAGE_SIZE - 1)) : NULL;
}

unsigned walk_hash(const void *op) {
  return (unsigned)((uintptr_t)op / processor()->op_bytes * 2654435761U >> 8);
}
