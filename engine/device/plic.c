// RISC-V Platform-Level Interrupt Controller specification 1.0.0, chapters 3 to 9.
#include "device/plic.h"

enum {
  PRIORITY = 0x000000,
  PENDING = 0x001000,
  ENABLE = 0x002000,
  THRESHOLD = 0x200000,
  CLAIM = 0x200004,
  REGION_SIZE = 0x400000,
  PRIORITY_MAX = 7
};

static uint32_t pending_of(const struct plic *plic) {
  return plic->level & ~plic->claimed;
}

// Highest priority first, then the lowest number; 0 if none is above the threshold.
static unsigned best_source(const struct plic *plic) {
  const uint32_t candidates = pending_of(plic) & plic->enabled;
  unsigned best = 0;
  uint32_t best_priority = plic->threshold;
  for (unsigned source = 1; source < PLIC_SOURCES; source++) {
    if ((candidates >> source & 1) && plic->priority[source] > best_priority) {
      best = source;
      best_priority = plic->priority[source];
    }
  }
  return best;
}

static void update(struct plic *plic) {
  plic->output(plic->owner, best_source(plic) != 0);
}

static uint64_t claim(struct plic *plic) {
  const unsigned source = best_source(plic);
  plic->claimed |= (source ? 1U : 0U) << source;
  update(plic);
  return source;
}

static uint64_t plic_read(void *device, uint64_t offset, unsigned size) {
  struct plic *plic = device;
  (void)size;
  if (offset < PRIORITY + 4 * PLIC_SOURCES)
    return plic->priority[offset / 4];
  switch (offset) {
  case PENDING: return pending_of(plic);
  case ENABLE: return plic->enabled;
  case THRESHOLD: return plic->threshold;
  case CLAIM: return claim(plic);
  default: return 0;
  }
}

static void plic_write(void *device, uint64_t offset, uint64_t value, unsigned size) {
  struct plic *plic = device;
  (void)size;
  if (offset >= PRIORITY + 4 && offset < PRIORITY + 4 * PLIC_SOURCES)
    plic->priority[offset / 4] = value & PRIORITY_MAX;
  else if (offset == ENABLE)
    plic->enabled = (uint32_t)value & ~1U;
  else if (offset == THRESHOLD)
    plic->threshold = value & PRIORITY_MAX;
  else if (offset == CLAIM && value < PLIC_SOURCES)
    plic->claimed &= ~(1U << value);
  update(plic);
}

bool plic_attach(struct plic *plic, struct bus *bus, uint64_t base) {
  const struct mmio_region region = {.base = base,
                                     .size = REGION_SIZE,
                                     .min_access = 4,
                                     .max_access = 4,
                                     .read = plic_read,
                                     .write = plic_write,
                                     .device = plic};
  return bus_attach(bus, &region);
}

void plic_set_line(void *controller, unsigned source, bool level) {
  struct plic *plic = controller;
  const uint32_t bit = 1U << source;
  plic->level = level ? plic->level | bit : plic->level & ~bit;
  update(plic);
}

void plic_describe(struct device_tree *tree, uint64_t base, uint32_t phandle, uint32_t cpu_phandle,
                   uint32_t cpu_interrupt) {
  device_tree_begin_at(tree, "interrupt-controller", base);
  device_tree_string(tree, "compatible", "sifive,plic-1.0.0");
  device_tree_region(tree, base, REGION_SIZE);
  device_tree_u32(tree, "#address-cells", 0);
  device_tree_u32(tree, "#interrupt-cells", 1);
  device_tree_bytes(tree, "interrupt-controller", "", 0);
  device_tree_u32_pair(tree, "interrupts-extended", cpu_phandle, cpu_interrupt);
  device_tree_u32(tree, "riscv,ndev", PLIC_SOURCES - 1);
  device_tree_u32(tree, "phandle", phandle);
  device_tree_end(tree);
}
