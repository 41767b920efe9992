// Software TLB: direct-mapped, one array for each kind of access. An entry matches an access of `size` bytes at
// `address` if its page is (address + size - 1) & ~4095: accesses that cross a page never match, misaligned ones
// within a page do.
//
// A CPU has one for each way to see memory (user, supervisor, ...), so that changing the way flushes none. What
// concerns all of them is done by the functions below, whatever the architecture.
//
// Each array notes which of its entries were filled, and a flush goes through these: it costs what filling them has
// cost, and less. So a TLB may be large, and a guest that changes its address space often does not pay for that.
#ifndef MEMORY_TLB_H
#define MEMORY_TLB_H

#include "memory/ram.h"

#include <stdbool.h>
#include <stdint.h>

// With 256 entries CPython missed 11 times in a thousand instructions, with 1,024 three times.
enum { TLB_BITS = 12, TLB_ENTRIES = 1 << TLB_BITS };

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

enum tlb_kind { TLB_READ, TLB_WRITE, TLB_FETCH, TLB_KINDS };

// Which address spaces a page is in: the present one, or all.
enum tlb_scope { TLB_LOCAL, TLB_GLOBAL, TLB_SCOPES };

// Entries that were filled with pages of one scope since the last flush of it. They may hold another page by now, or
// none.
struct tlb_filled {
  unsigned count;
  uint16_t indices[TLB_ENTRIES];
  bool listed[TLB_ENTRIES]; // by index
};

struct tlb {
  union {
    struct {
      struct tlb_entry read[TLB_ENTRIES];
      struct tlb_entry write[TLB_ENTRIES];
      struct tlb_entry fetch[TLB_ENTRIES];
    };
    struct tlb_entry entries[TLB_KINDS][TLB_ENTRIES];
  };
  struct tlb_filled filled[TLB_KINDS][TLB_SCOPES];
};

// Every access pays for this. Folding the page number's upper bits in would keep apart what lies a power of two apart,
// but made programs a fifth slower in wasmtime, and CPython no faster in node.
static inline unsigned tlb_index(uint64_t address) {
  return (unsigned)(address >> PAGE_BITS) & (TLB_ENTRIES - 1);
}

static inline uint64_t tlb_page_of_last_byte(uint64_t address, unsigned size) {
  return (address + (size - 1)) & TLB_PAGE_MASK;
}

static inline bool tlb_crosses(uint64_t address, unsigned size) {
  return (address & TLB_PAGE_MASK) != tlb_page_of_last_byte(address, size);
}

// All TLBs of a CPU. The halves of the address space, told apart by the top bit, are noted apart.
struct tlb_set {
  struct tlb *views;
  unsigned count;
  uint32_t epoch;       // counts what may take a fetch entry away
  bool large[2];        // entries may be pieces of a page larger than 4 KiB
  bool large_global[2]; // and those of a global one
};

// A page as translated.
struct tlb_page {
  uint64_t physical; // of the address that was translated
  bool large, global;
};

// Empty arrays, whatever the memory held. Once, before anything else.
void tlb_init(struct tlb *tlb);
void tlb_fill(struct tlb_set *set, struct tlb *tlb, enum tlb_kind kind, uint64_t address, const struct tlb_page *page,
              uintptr_t addend);
void tlb_flush(struct tlb_set *set);
// What a change of the address space makes wrong: all but global pages.
void tlb_flush_local(struct tlb_set *set);
void tlb_flush_fetch(struct tlb_set *set);
// The page that maps `address`, as a whole if it is a large one.
void tlb_flush_page(struct tlb_set *set, uint64_t address);
// Write entries that lead to this page of the host.
void tlb_forbid_writes(struct tlb_set *set, const uint8_t *host_page);

#endif
