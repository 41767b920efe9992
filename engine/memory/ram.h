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
  // Bytes `first` to `last` of the page are about to be written. False: no decoded instruction has any of these, and
  // all of the page stay; so the next write is to be reported, too.
  bool (*code_written)(void *owner, uint64_t page_index, unsigned first, unsigned last);
  void *code_owner;
};

// Takes host memory for `size` bytes and the page flags; false if the host has not enough.
bool ram_init(struct ram *ram, uint64_t base, uint64_t size);

static inline bool ram_contains(const struct ram *ram, uint64_t address, uint64_t length) {
  const uint64_t offset = address - ram->base;
  return offset < ram->size && length <= ram->size - offset;
}

static inline bool ram_has_code(const struct ram *ram, uint64_t address) {
  return ram->has_code[(address - ram->base) >> PAGE_BITS] != 0;
}

// Host address of guest memory that is only read, or NULL if any byte of it is outside RAM.
static inline const uint8_t *ram_read_at(const struct ram *ram, uint64_t address, uint64_t length) {
  return ram_contains(ram, address, length) ? ram->host + (uintptr_t)(address - ram->base) : (const uint8_t *)0;
}

// The same for memory about to be written: pages with decoded instructions in it are dropped.
uint8_t *ram_write_at(struct ram *ram, uint64_t address, uint64_t length);

#endif
