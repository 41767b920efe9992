// Device registers in physical memory. RAM is not here: the CPU's TLB reaches it directly.
#ifndef MEMORY_BUS_H
#define MEMORY_BUS_H

#include <stdbool.h>
#include <stdint.h>

struct mmio_region {
  uint64_t base, size;
  uint8_t min_access, max_access; // bytes; other widths are an access fault
  uint64_t (*read)(void *device, uint64_t offset, unsigned size);
  void (*write)(void *device, uint64_t offset, uint64_t value, unsigned size);
  void *device;
};

enum { BUS_REGIONS_MAX = 24 };

struct bus {
  struct mmio_region regions[BUS_REGIONS_MAX];
  unsigned count;
};

// False if the bus is full.
bool bus_attach(struct bus *bus, const struct mmio_region *region);
// False if no device answers there, or not to this width or alignment.
bool bus_read(const struct bus *bus, uint64_t address, unsigned size, uint64_t *value);
bool bus_write(const struct bus *bus, uint64_t address, unsigned size, uint64_t value);

#endif
