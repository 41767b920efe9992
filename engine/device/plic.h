// Platform-level interrupt controller with one context: hart 0, supervisor mode.
#ifndef DEVICE_PLIC_H
#define DEVICE_PLIC_H

#include "device/device_tree.h"
#include "memory/bus.h"

#include <stdbool.h>
#include <stdint.h>

enum { PLIC_SOURCES = 32 }; // number 0 means none

struct plic {
  uint32_t priority[PLIC_SOURCES];
  uint32_t level;   // lines as the devices hold them, by bit
  uint32_t enabled; // by the guest
  uint32_t claimed; // between claim and completion
  uint32_t threshold;
  void (*output)(void *owner, bool pending);
  void *owner;
};

bool plic_attach(struct plic *plic, struct bus *bus, uint64_t base);
// `plic` is a struct plic: the signature is that of struct interrupt_line.
void plic_set_line(void *plic, unsigned source, bool level);
// `cpu_phandle` and `cpu_interrupt` name the CPU's interrupt that the controller raises.
void plic_describe(struct device_tree *tree, uint64_t base, uint32_t phandle, uint32_t cpu_phandle,
                   uint32_t cpu_interrupt);

#endif
