// Which pages of RAM have decoded code, and where it is. While a page has some, no TLB lets it be written: a store
// takes the slow path, which drops the page's code if the store changes any of it (ram.h, code_written). So compilers
// that add code to a page, or have data in it, do not lose what is there. Nothing else pays for self-modifying code.
#ifndef MEMORY_CODE_MAP_H
#define MEMORY_CODE_MAP_H

#include "memory/tlb.h"

struct code_map {
  struct ram *ram;
  struct tlb_set *tlbs;
  void **by_page; // the page's block of decoded code, by page number in RAM; NULL if it has none
};

// Host memory that code_map_init takes.
uint64_t code_map_memory_needed(uint64_t ram_size);
// `forget` makes the page's block empty if these bytes may be of its code; the page may be written after that. It is
// told of so many writes at most without doing so. False if the host has not enough memory.
enum { CODE_SPARED_MAX = 1024 };
bool code_map_init(struct code_map *map, struct ram *ram, struct tlb_set *tlbs,
                   bool (*forget)(void *owner, uint64_t page_index, unsigned first, unsigned last), void *owner);
// About to put decoded code of this page into its block.
void code_map_protect(struct code_map *map, uint64_t page_index);
// The block is taken away. Fetch entries that lead to it are the caller's to flush.
void code_map_remove(struct code_map *map, uint64_t page_index);

static inline uint64_t code_map_index(const struct code_map *map, uint64_t physical) {
  return (physical - map->ram->base) >> PAGE_BITS;
}

static inline const uint8_t *code_map_bytes(const struct code_map *map, uint64_t page_index) {
  return map->ram->host + (uintptr_t)(page_index << PAGE_BITS);
}

#endif
