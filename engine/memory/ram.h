// Guest RAM: one block of host memory. Every access by physical address from outside the CPU's TLB goes through
// these functions, so a hostile guest cannot name memory that is not its own.
#ifndef MEMORY_RAM_H
#define MEMORY_RAM_H

#include <stdbool.h>
#include <stdint.h>

enum { PAGE_BITS = 12, PAGE_SIZE = 1 << PAGE_BITS };

struct ram {
  uint8_t *host;
  uint64_t base; // physical address, page aligned
  uint64_t size; // bytes, a multiple of PAGE_SIZE
  // One byte a page: not 0 if the CPU holds decoded instructions of it. Writers must report then.
  uint8_t *has_code;
  void (*code_written)(void *owner, uint64_t page_index);
  void *code_owner;
};

// Takes host memory for `size` bytes and the page flags; false if the host has not enough.
bool ram_init(struct ram *ram, uint64_t base, uint64_t size);

static inline bool ram_contains(const struct ram *ram, uint64_t address, uint64_t length) {
  const uint64_t offset = address - ram->base;
  return offset < ram->size && length <= ram->size - offset;
}

// Host address of guest memory that is only read, or NULL if any byte of it is outside RAM.
static inline const uint8_t *ram_read_at(const struct ram *ram, uint64_t address, uint64_t length) {
  return ram_contains(ram, address, length) ? ram->host + (uintptr_t)(address - ram->base) : (const uint8_t *)0;
}

// The same for memory about to be written: decoded instructions in it are dropped.
uint8_t *ram_write_at(struct ram *ram, uint64_t address, uint64_t length);

#endif
