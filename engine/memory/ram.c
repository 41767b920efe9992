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
  const uint64_t last = (offset + length - 1) >> PAGE_BITS;
  for (uint64_t page = offset >> PAGE_BITS; page <= last; page++) {
    if (ram->has_code[page]) {
      ram->has_code[page] = 0;
      ram->code_written(ram->code_owner, page);
    }
  }
  return ram->host + (uintptr_t)offset;
}
