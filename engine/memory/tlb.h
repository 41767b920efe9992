// Software TLB: direct-mapped, one array for each kind of access. An entry matches an access of `size` bytes at
// `address` if its page is (address + size - 1) & ~4095: accesses that cross a page never match, misaligned ones
// within a page do.
#ifndef MEMORY_TLB_H
#define MEMORY_TLB_H

#include "memory/ram.h"

#include <stdint.h>

enum { TLB_ENTRIES = 256 };

// No page has this number: page addresses end in twelve zero bits.
#define TLB_NO_PAGE UINT64_C(1)
#define TLB_PAGE_MASK (~(uint64_t)(PAGE_SIZE - 1))

struct tlb_entry {
  uint64_t page;
  // Read and write: host address = virtual address + addend (modulo the host's pointer size).
  // Fetch: address of the page's decoded code.
  uintptr_t addend;
};
_Static_assert(sizeof(struct tlb_entry) == 16, "entries are addressed by a shift");

struct tlb {
  struct tlb_entry read[TLB_ENTRIES];
  struct tlb_entry write[TLB_ENTRIES];
  struct tlb_entry fetch[TLB_ENTRIES];
};

static inline unsigned tlb_index(uint64_t address) {
  return (unsigned)(address >> PAGE_BITS) & (TLB_ENTRIES - 1);
}

static inline uint64_t tlb_page_of_last_byte(uint64_t address, unsigned size) {
  return (address + (size - 1)) & TLB_PAGE_MASK;
}

#endif
