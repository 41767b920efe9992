// Breakpoints of the debug registers (SDM 3B, 17.2): on execution, on writes, on reads and writes. While one is enabled
// each instruction is executed alone (execute.c), and without a TLB, so that every access of its comes by here.
//
//   DR7   bits 2n, 2n + 1: breakpoint n is enabled; from bit 16 + 4n two bits for when, two for its length
#include "debug.h"

#include "cpu/x86_64/cpu.h"

#define DR6_FIXED UINT64_C(0xffff0ff0)
#define DR6_CAUSES UINT64_C(0xe00f)
#define DR7_FIXED UINT64_C(0x400)
#define DR7_ENABLES UINT64_C(0xff)

enum { BREAKPOINTS = 4 };
enum when { ON_EXECUTION, ON_WRITE, ON_PORT, ON_ACCESS };

static bool is_enabled(const struct x86_cpu *cpu, unsigned number) {
  return (cpu->dr[7] >> 2 * number & 3) != 0;
}

static enum when when_of(const struct x86_cpu *cpu, unsigned number) {
  return (enum when)(cpu->dr[7] >> (16 + 4 * number) & 3);
}

static uint64_t length_of(const struct x86_cpu *cpu, unsigned number) {
  static const uint8_t LENGTHS[] = {1, 2, 8, 4};
  return LENGTHS[cpu->dr[7] >> (18 + 4 * number) & 3];
}

void x86_write_debug(struct x86_cpu *cpu, unsigned number, uint64_t value) {
  cpu->dr[number] = number == 6 ? (value & DR6_CAUSES) | DR6_FIXED : number == 7 ? value | DR7_FIXED : value;
  cpu->breakpoints = (cpu->dr[7] & DR7_ENABLES) != 0;
}

uint64_t x86_breakpoints_at(const struct x86_cpu *cpu, uint64_t rip) {
  uint64_t hits = 0;
  for (unsigned i = 0; i < BREAKPOINTS; i++) {
    if (is_enabled(cpu, i) && when_of(cpu, i) == ON_EXECUTION && cpu->dr[i] == rip)
      hits |= UINT64_C(1) << i;
  }
  return hits;
}

void x86_watch(struct x86_cpu *cpu, uint64_t address, unsigned size, bool write) {
  for (unsigned i = 0; i < BREAKPOINTS; i++) {
    const enum when when = when_of(cpu, i);
    const uint64_t length = length_of(cpu, i), start = cpu->dr[i] & ~(length - 1);
    if (is_enabled(cpu, i) && (when == ON_ACCESS || (when == ON_WRITE && write)) &&
        (address - start < length || start - address < size))
      cpu->watch_hits |= UINT64_C(1) << i;
  }
}
