// A random x86-64 program: memory, page tables, descriptors and registers that a case starts with.
//
//   virtual address         what
//   0x10000                 16 pages for the user
//   0x7fffffff0000          the same; the last one ends where canonical addresses do
//   0xffffffff80000000      RAM, for the kernel: one large page, or small ones
//   0xffffffffffff0000      16 pages for the kernel; the last one ends where addresses do
#ifndef TEST_FUZZ_X86_64_H
#define TEST_FUZZ_X86_64_H

#include "cpu/x86_64/cpu.h"
#include "random.h"

enum { FUZZ_PAGES = 80, FUZZ_RAM_SIZE = FUZZ_PAGES * PAGE_SIZE };
// The last pages of RAM: page tables, and what the kernel needs.
enum { FUZZ_TABLES = 48, FUZZ_TABLES_END = 66, FUZZ_KERNEL = 66, FUZZ_KERNEL_END = 72, FUZZ_DATA_PAGES = FUZZ_TABLES };
enum { FUZZ_TSS_LIMIT = 103, FUZZ_GDT_LIMIT = 0x7f, FUZZ_IDT_LIMIT = 0xfff };
#define FUZZ_KERNEL_BASE UINT64_C(0xffffffff80000000)

struct fuzz_start {
  uint8_t ram[FUZZ_RAM_SIZE];
  uint64_t r[X86_REGISTERS];
  struct x86_xmm xmm[16];
  uint64_t rip, flags, cr0, cr3, cr4, efer, star, lstar, fmask, fs, gs, kernel_gs;
  uint64_t gdt, idt, tss;
  uint64_t dr[4], dr7;
  uint32_t mxcsr;
  bool user;
};

void fuzz_program(struct dice *dice, struct fuzz_start *start);
// Is that one of the address spaces that the program was given?
bool fuzz_knows_cr3(uint64_t cr3);

#endif
