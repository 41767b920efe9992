// Runs a program for RV64 Linux that only writes and exits, on the bare CPU in user mode without translation. The
// same program runs under qemu-riscv64-static: what both write must be equal (vectors.py).
//
//   run_user PROGRAM     a memory image, loaded at PROGRAM_BASE and entered there
#include "cpu/riscv64/cpu.h"
#include "cpu/riscv64/execute.h"
#include "cpu/riscv64/trap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM_BASE UINT64_C(0x80000000)
#define PROGRAM_BASE UINT64_C(0x80100000)
enum { PROGRAM_SIZE_MAX = 16 << 20 };
enum { RAM_SIZE = 32 << 20, BUDGET = 100000, STACK_OFFSET = RAM_SIZE - 4096, TRAP_OFFSET = RAM_SIZE - PAGE_SIZE };
enum { ECALL = 0x73, SP = 2, A0 = 10, A1 = 11, A2 = 12, A7 = 17, SYS_WRITE = 64, SYS_EXIT = 93 };

static struct riscv_cpu cpu;
static struct ram ram;
static struct bus bus;

static uint64_t no_time(void *board) {
  (void)board;
  return 0;
}

static void fail(const char *what) {
  fprintf(stderr, "run_user: %s\n", what);
  exit(2);
}

static void load(const char *path) {
  FILE *file = fopen(path, "rb");
  uint8_t *target = ram_write_at(&ram, PROGRAM_BASE, PROGRAM_SIZE_MAX);
  if (!file || !target || fread(target, 1, PROGRAM_SIZE_MAX, file) == 0)
    fail("cannot read the program");
  fclose(file);
}

// Every trap arrives at an ECALL in supervisor mode, which leaves riscv_run.
static void serve_trap(void) {
  if (cpu.scause != EXC_ECALL_USER) {
    fprintf(stderr, "run_user: trap %llu at %llx, value %llx\n", (unsigned long long)cpu.scause,
            (unsigned long long)cpu.sepc, (unsigned long long)cpu.stval);
    exit(3);
  }
  if (cpu.x[A7] == SYS_EXIT)
    exit((int)cpu.x[A0] & 255);
  const uint8_t *bytes = ram_read_at(&ram, cpu.x[A1], cpu.x[A2]);
  if (cpu.x[A7] != SYS_WRITE || !bytes)
    fail("a system call that is not there");
  fwrite(bytes, 1, (size_t)cpu.x[A2], stdout);
  cpu.x[A0] = cpu.x[A2];
  cpu.pc = cpu.sepc + 4;
  cpu.mode = MODE_USER;
  riscv_select_view(&cpu);
}

int main(int count, char **arguments) {
  if (count != 2)
    fail("name one program");
  cpu.ram = &ram;
  cpu.bus = &bus;
  cpu.read_time = no_time;
  if (!ram_init(&ram, RAM_BASE, RAM_SIZE) || !riscv_init(&cpu))
    fail("not enough memory");
  load(arguments[1]);
  cpu.pc = PROGRAM_BASE;
  const uint32_t trap = ECALL;
  memcpy(ram_write_at(&ram, RAM_BASE + TRAP_OFFSET, sizeof trap), &trap, sizeof trap);
  cpu.stvec = RAM_BASE + TRAP_OFFSET;
  cpu.x[SP] = RAM_BASE + STACK_OFFSET;
  cpu.sstatus |= SSTATUS_FS;
  cpu.mode = MODE_USER;
  riscv_select_view(&cpu);
  for (;;) {
    if (riscv_run(&cpu, BUDGET) == EXIT_SBI)
      serve_trap();
  }
}
