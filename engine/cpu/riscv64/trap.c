// Traps into supervisor mode and back (privileged specification 12.1, 12.2). There is no machine mode: every trap
// is the guest kernel's, and what firmware would do is the board's SBI.
#include "trap.h"

#include "code_cache.h"

#define CAUSE_INTERRUPT (UINT64_C(1) << 63)

bool riscv_init(struct riscv_cpu *cpu) {
  cpu->mode = MODE_SUPERVISOR;
  cpu->sstatus = SSTATUS_UXL64;
  cpu->scounteren = 7; // as firmware leaves it: Linux 6.1 expects the vDSO to read the time
  riscv_decode_init();
  cpu->tlb_set = (struct tlb_set){.views = cpu->tlbs, .count = TLB_VIEWS};
  for (unsigned view = 0; view < TLB_VIEWS; view++)
    tlb_init(&cpu->tlbs[view]);
  riscv_select_view(cpu);
  return code_cache_init(cpu);
}

uint64_t riscv_instret(const struct riscv_cpu *cpu) {
  return cpu->instret_end - (uint64_t)(int64_t)cpu->budget;
}

void riscv_set_interrupt(struct riscv_cpu *cpu, uint64_t interrupt, bool pending) {
  cpu->sip = pending ? cpu->sip | interrupt : cpu->sip & ~interrupt;
}

void riscv_select_view(struct riscv_cpu *cpu) {
  const bool sum = (cpu->sstatus & SSTATUS_SUM) != 0;
  cpu->tlb = &cpu->tlbs[cpu->mode == MODE_USER ? VIEW_USER : sum ? VIEW_SUPERVISOR_SUM : VIEW_SUPERVISOR];
}

void riscv_take_trap(struct riscv_cpu *cpu, uint64_t cause, uint64_t value) {
  cpu->sepc = cpu->pc;
  cpu->scause = cause;
  cpu->stval = value;
  const uint64_t previous =
      (cpu->sstatus & SSTATUS_SIE ? SSTATUS_SPIE : 0) | (cpu->mode == MODE_SUPERVISOR ? SSTATUS_SPP : 0);
  cpu->sstatus = (cpu->sstatus & ~(SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP)) | previous;
  cpu->mode = MODE_SUPERVISOR;
  cpu->reserved = false; // another context may run before the SC
  const uint64_t base = cpu->stvec & ~UINT64_C(3);
  const bool vectored = (cpu->stvec & 3) == 1 && (cause & CAUSE_INTERRUPT);
  cpu->pc = vectored ? base + 4 * (cause & ~CAUSE_INTERRUPT) : base;
  riscv_select_view(cpu);
}

// Priority among those of supervisor mode: external, software, timer (12.1.3).
void riscv_take_interrupt(struct riscv_cpu *cpu) {
  const uint64_t pending = cpu->sip & cpu->sie;
  unsigned number = 5;
  if (pending & INTERRUPT_EXTERNAL)
    number = 9;
  else if (pending & INTERRUPT_SOFTWARE)
    number = 1;
  riscv_take_trap(cpu, CAUSE_INTERRUPT | number, 0);
}

bool riscv_sret(struct riscv_cpu *cpu) {
  if (cpu->mode != MODE_SUPERVISOR)
    return false;
  cpu->mode = cpu->sstatus & SSTATUS_SPP ? MODE_SUPERVISOR : MODE_USER;
  const uint64_t enable = cpu->sstatus & SSTATUS_SPIE ? SSTATUS_SIE : 0;
  cpu->sstatus = (cpu->sstatus & ~(SSTATUS_SIE | SSTATUS_SPP)) | SSTATUS_SPIE | enable;
  cpu->pc = cpu->sepc;
  riscv_select_view(cpu);
  return true;
}
