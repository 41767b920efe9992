// A processor for tests: page tables, descriptor tables and handlers that halt, so that exceptions are delivered as
// they would be to a kernel. Physical memory begins with the tables below; the first 2 MiB are one large page at
// `kernel_base`, pages of 4 KiB are mapped on demand.
#ifndef TEST_X86_64_FIXTURE_H
#define TEST_X86_64_FIXTURE_H

#include "cpu/x86_64/cpu.h"

enum {
  FIXTURE_PML4 = 0x1000,
  FIXTURE_PDPT = 0x2000,
  FIXTURE_DIRECTORY = 0x3000,
  FIXTURE_TABLE = 0x4000,
  FIXTURE_GDT = 0x5000,
  FIXTURE_IDT = 0x6000,
  FIXTURE_TSS = 0x7000,
  FIXTURE_INTERRUPT_STACK = 0xc000,
  FIXTURE_HANDLERS = 0xd000,
  FIXTURE_CODE = 0x10000,
  FIXTURE_FREE = 0x20000 // for the test
};
enum {
  SELECTOR_CODE = 0x10,
  SELECTOR_DATA = 0x18,
  SELECTOR_USER_32 = 0x23,
  SELECTOR_USER_DATA = 0x2b,
  SELECTOR_USER = 0x33,
  STAR_KERNEL = 0x10, // halves of STAR for these selectors
  STAR_USER = 0x20
};
enum { PTE_P = 1, PTE_W = 2, PTE_U = 4, PTE_A = 0x20, PTE_D = 0x40, PTE_LARGE = 0x80, PTE_G = 0x100 };
#define PTE_XD (UINT64_C(1) << 63)

struct fixture {
  struct x86_cpu cpu;
  struct ram ram;
  struct bus bus;
  unsigned next_vector; // of the interrupt that is acknowledged next
  uint64_t kernel_base;
};

// Ends the program if there is not enough memory.
void fixture_init(struct fixture *fixture, uint64_t ram_size, uint64_t kernel_base);
// Clears memory and makes the tables; the large page has these rights, all gates this privilege level (that of the
// breakpoint 3). The processor is in the kernel, with WP, NXE and SSE on.
void fixture_reset(struct fixture *fixture, uint64_t rights, unsigned gate_dpl);
// Addresses that are mapped so lie in one 2 MiB region, that of the first of them since the reset.
void fixture_map(struct fixture *fixture, uint64_t address, uint64_t entry);
void fixture_put(struct fixture *fixture, uint64_t physical, uint64_t value);
void fixture_to_user(struct fixture *fixture);
// The same in 32-bit code, with data segments that begin at 0.
void fixture_to_user_32(struct fixture *fixture);
// Puts code at FIXTURE_CODE and runs it there until something halts; false if nothing does.
bool fixture_run(struct fixture *fixture, const char *code, unsigned length);
// The vector of the handler in which the processor has halted.
unsigned fixture_vector(const struct fixture *fixture);

#endif
