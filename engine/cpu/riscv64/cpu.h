// The state of one RV64GC hart with supervisor and user mode, and what runs it.
#ifndef CPU_RISCV64_CPU_H
#define CPU_RISCV64_CPU_H

#include "memory/bus.h"
#include "memory/ram.h"
#include "memory/tlb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bits of sstatus (privileged specification 12.1.1).
#define SSTATUS_SIE (UINT64_C(1) << 1)
#define SSTATUS_SPIE (UINT64_C(1) << 5)
#define SSTATUS_SPP (UINT64_C(1) << 8)
#define SSTATUS_FS (UINT64_C(3) << 13)
#define SSTATUS_SUM (UINT64_C(1) << 18)
#define SSTATUS_MXR (UINT64_C(1) << 19)
#define SSTATUS_UXL64 (UINT64_C(2) << 32)
#define SSTATUS_SD (UINT64_C(1) << 63)

// Bits of sip and sie (12.1.3).
#define INTERRUPT_SOFTWARE (UINT64_C(1) << 1)
#define INTERRUPT_TIMER (UINT64_C(1) << 5)
#define INTERRUPT_EXTERNAL (UINT64_C(1) << 9)

// Values of scause (12.1.8).
enum riscv_exception {
  EXC_FETCH_ACCESS = 1,
  EXC_ILLEGAL = 2,
  EXC_BREAKPOINT = 3,
  EXC_LOAD_MISALIGNED = 4,
  EXC_LOAD_ACCESS = 5,
  EXC_STORE_MISALIGNED = 6,
  EXC_STORE_ACCESS = 7,
  EXC_ECALL_USER = 8,
  EXC_ECALL_SUPERVISOR = 9,
  EXC_FETCH_PAGE = 12,
  EXC_LOAD_PAGE = 13,
  EXC_STORE_PAGE = 15
};

enum riscv_mode { MODE_USER = 0, MODE_SUPERVISOR = 1 };

// Each way to see memory has a TLB of its own, so that a system call flushes none.
enum tlb_view { VIEW_USER, VIEW_SUPERVISOR, VIEW_SUPERVISOR_SUM, TLB_VIEWS };

enum { X_COUNT = 32, X_SINK = X_COUNT, F_COUNT = 32 };

// One decoded instruction: 20 bytes on wasm32.
struct riscv_op {
  uint16_t code; // enum riscv_code
  int16_t step;  // bytes from this op to the next in line
  int32_t imm;   // in-page branches and jumps: bytes from this op to the target's; else the immediate
  uint64_t *rd;  // x0 as destination is x[X_SINK]
  const uint64_t *rs1;
  union {
    const uint64_t *rs2;
    uintptr_t link; // JAL, JALR, AUIPC: offset in the page that the result is relative to
  };
};

struct riscv_cpu {
  uint64_t x[X_COUNT + 1];
  uint64_t pc;
  uint64_t f[F_COUNT];
  uint64_t instret_end; // instructions retired when the running budget is used up
  int32_t budget;       // valid outside riscv_run and in everything it calls
  uint32_t fflags, frm;
  struct tlb *tlb; // the current view's
  enum riscv_mode mode;
  bool reserved; // LR's reservation
  uint64_t reserved_address;
  uint64_t sstatus, sie, sip, stvec, sscratch, sepc, scause, stval, satp, scounteren, senvcfg;
  uint64_t trap_cause, trap_value; // of the trap about to be taken
  struct ram *ram;
  struct bus *bus;
  struct code_cache *code;
  uint64_t (*read_time)(void *board);
  void *board;
  struct tlb_set tlb_set;
  struct tlb tlbs[TLB_VIEWS];
};

enum riscv_exit {
  EXIT_BUDGET, // the budget is used up
  EXIT_WAIT,   // WFI with nothing pending
  EXIT_SBI     // ECALL from supervisor mode; pc is past it
};

// Host memory that riscv_init takes for a machine with that much RAM.
uint64_t riscv_memory_needed(uint64_t ram_size);
// RAM, bus, board and read_time must be set. False if the host has not enough memory.
bool riscv_init(struct riscv_cpu *cpu);
// Runs about `budget` instructions (at most a basic block more), delivering traps and interrupts on the way.
enum riscv_exit riscv_run(struct riscv_cpu *cpu, int32_t budget);
uint64_t riscv_instret(const struct riscv_cpu *cpu);
void riscv_set_interrupt(struct riscv_cpu *cpu, uint64_t interrupt, bool pending);

static inline bool riscv_interrupt_pending(const struct riscv_cpu *cpu) {
  return (cpu->sip & cpu->sie) && (cpu->mode == MODE_USER || (cpu->sstatus & SSTATUS_SIE));
}

// trap.c
static inline bool riscv_fault(struct riscv_cpu *cpu, enum riscv_exception cause, uint64_t value) {
  cpu->trap_cause = cause;
  cpu->trap_value = value;
  return false;
}
void riscv_take_trap(struct riscv_cpu *cpu, uint64_t cause, uint64_t value);
void riscv_take_interrupt(struct riscv_cpu *cpu);
bool riscv_sret(struct riscv_cpu *cpu);
void riscv_select_view(struct riscv_cpu *cpu);

// csr.c: false if there is no such CSR or it is not accessible; the caller raises EXC_ILLEGAL.
bool riscv_csr_read(struct riscv_cpu *cpu, unsigned number, uint64_t *value);
bool riscv_csr_write(struct riscv_cpu *cpu, unsigned number, uint64_t value);

// mmu.c: slow paths. False: the fault is in trap_cause and trap_value.
bool riscv_load(struct riscv_cpu *cpu, uint64_t address, unsigned size, uint64_t *value);
bool riscv_store(struct riscv_cpu *cpu, uint64_t address, unsigned size, uint64_t value);
// Host memory behind a naturally aligned address for an atomic; NULL on a fault.
uint8_t *riscv_atomic_at(struct riscv_cpu *cpu, uint64_t address, bool write);
// Of an instruction; the page is in RAM.
bool riscv_translate_fetch(struct riscv_cpu *cpu, uint64_t address, struct tlb_page *page);

#endif
