#include "memory/code_map.h"

#include "host/host.h"

#include <stddef.h>

uint64_t code_map_memory_needed(uint64_t ram_size) {
  return (ram_size >> PAGE_BITS) * sizeof(void *);
}

bool code_map_init(struct code_map *map, struct ram *ram, struct tlb_set *tlbs,
                   bool (*forget)(void *owner, uint64_t page_index, unsigned first, unsigned last), void *owner) {
  *map = (struct code_map){.ram = ram, .tlbs = tlbs, .by_page = host_allocate(code_map_memory_needed(ram->size))};
  ram->code_written = forget;
  ram->code_owner = owner;
  return map->by_page != NULL;
}

void code_map_protect(struct code_map *map, uint64_t page_index) {
  if (map->ram->has_code[page_index])
    return;
  map->ram->has_code[page_index] = 1;
  tlb_forbid_writes(map->tlbs, code_map_bytes(map, page_index));
}

void code_map_remove(struct code_map *map, uint64_t page_index) {
  map->by_page[page_index] = NULL;
  map->ram->has_code[page_index] = 0;
}
