// A random riscv64 program: memory, page tables and registers that a case starts with.
//
//   virtual address         what
//   0x10000                 16 pages for the user
//   0x200000                a large page that begins with all of RAM
//   0x80000000              RAM where it is physically, for the supervisor, so that paging can be off
//   0xffffffffffff0000      16 pages for the supervisor; the last one ends where addresses do
#ifndef TEST_FUZZ_RISCV64_H
#define TEST_FUZZ_RISCV64_H

#include "cpu/riscv64/cpu.h"
#include "random.h"

#define FUZZ_RAM_BASE UINT64_C(0x80000000)
enum { FUZZ_PAGES = 64, FUZZ_RAM_SIZE = FUZZ_PAGES * PAGE_SIZE };
// The last pages of RAM: page tables, and the kernel's trap handler with its table.
enum { FUZZ_TABLES = 48, FUZZ_TABLES_END = 62, FUZZ_KERNEL = 62, FUZZ_DATA_PAGES = FUZZ_TABLES };

struct fuzz_start {
  uint8_t ram[FUZZ_RAM_SIZE];
  uint64_t x[X_COUNT], f[F_COUNT];
  uint64_t pc, sstatus, sie, stvec, sscratch, satp;
  enum riscv_mode mode;
};

void fuzz_program(struct dice *dice, struct fuzz_start *start);
// Is that one of the address spaces that the program was given?
bool fuzz_knows_satp(uint64_t satp);

#endif
