#include "memory/bus.h"

#include <stddef.h>

bool bus_attach(struct bus *bus, const struct mmio_region *region) {
  if (bus->count == BUS_REGIONS_MAX)
    return false;
  bus->regions[bus->count++] = *region;
  return true;
}

static const struct mmio_region *find(const struct bus *bus, uint64_t address, unsigned size) {
  for (unsigned i = 0; i < bus->count; i++) {
    const struct mmio_region *region = &bus->regions[i];
    if (address - region->base < region->size) {
      const bool accepted = size >= region->min_access && size <= region->max_access && (address & (size - 1)) == 0;
      return accepted ? region : NULL;
    }
  }
  return NULL;
}

bool bus_read(const struct bus *bus, uint64_t address, unsigned size, uint64_t *value) {
  const struct mmio_region *region = find(bus, address, size);
  if (!region)
    return false;
  *value = region->read(region->device, address - region->base, size);
  return true;
}

bool bus_write(const struct bus *bus, uint64_t address, unsigned size, uint64_t value) {
  const struct mmio_region *region = find(bus, address, size);
  if (!region)
    return false;
  region->write(region->device, address - region->base, value, size);
  return true;
}
