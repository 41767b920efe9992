// The state of one RV64GC hart with supervisor and user mode.
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
  const struct riscv_translator *translator; // NULL: none (translator.h)
  // Of the op that the translator has gone on with: where it is executed, and its own.
  struct code_page *page, *own_page;
  uint64_t (*read_time)(void *board);
  void *board;
  struct tlb_set tlb_set;
  struct tlb tlbs[TLB_VIEWS];
};

static inline bool riscv_interrupt_pending(const struct riscv_cpu *cpu) {
  return (cpu->sip & cpu->sie) && (cpu->mode == MODE_USER || (cpu->sstatus & SSTATUS_SIE));
}

// Notes the trap about to be taken. Returns false, for use in a return statement.
static inline bool riscv_fault(struct riscv_cpu *cpu, enum riscv_exception cause, uint64_t value) {
  cpu->trap_cause = cause;
  cpu->trap_value = value;
  return false;
}
#endif
