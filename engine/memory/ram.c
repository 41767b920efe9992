#include "memory/ram.h"

#include "host/host.h"

#include <stddef.h>

bool ram_init(struct ram *ram, uint64_t base, uint64_t size) {
  ram->base = base;
  ram->size = size;
  ram->host = host_allocate(size);
  ram->has_code = host_allocate(size >> PAGE_BITS);
  return ram->host && ram->has_code;
}

uint8_t *ram_write_at(struct ram *ram, uint64_t address, uint64_t length) {
  if (!ram_contains(ram, address, length) || length == 0)
    return NULL;
  const uint64_t offset = address - ram->base;
  const uint64_t end = offset + length - 1, first = offset >> PAGE_BITS, last = end >> PAGE_BITS;
  for (uint64_t page = first; page <= last; page++) {
    if (ram->has_code[page] &&
        ram->code_written(ram->code_owner, page, page == first ? (unsigned)(offset & (PAGE_SIZE - 1)) : 0,
                          page == last ? (unsigned)(end & (PAGE_SIZE - 1)) : PAGE_SIZE - 1))
      ram->has_code[page] = 0;
  }
  return ram->host + (uintptr_t)offset;
}
