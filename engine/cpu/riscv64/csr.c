// Control and status registers (unprivileged specification 7; privileged specification 2 and 12.1).
#include "csr.h"

#include "trap.h"

#define SSTATUS_WRITABLE (SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP | SSTATUS_FS | SSTATUS_SUM | SSTATUS_MXR)
#define INTERRUPTS_ALL (INTERRUPT_SOFTWARE | INTERRUPT_TIMER | INTERRUPT_EXTERNAL)

enum { SATP_BARE = 0, SATP_SV39 = 8 };

static bool accessible(const struct riscv_cpu *cpu, unsigned number) {
  if ((number >> 8 & 3) > (unsigned)cpu->mode)
    return false;
  if (number >= CSR_CYCLE && number <= CSR_INSTRET && cpu->mode == MODE_USER)
    return (cpu->scounteren >> (number - CSR_CYCLE) & 1) != 0;
  return true;
}

static bool float_enabled(const struct riscv_cpu *cpu) {
  return (cpu->sstatus & SSTATUS_FS) != 0;
}

static uint64_t sstatus_of(const struct riscv_cpu *cpu) {
  const bool dirty = (cpu->sstatus & SSTATUS_FS) == SSTATUS_FS;
  return cpu->sstatus | (dirty ? SSTATUS_SD : 0);
}

bool riscv_csr_read(struct riscv_cpu *cpu, unsigned number, uint64_t *value) {
  if (!accessible(cpu, number))
    return false;
  switch (number) {
  case CSR_FFLAGS: *value = cpu->fflags; return float_enabled(cpu);
  case CSR_FRM: *value = cpu->frm; return float_enabled(cpu);
  case CSR_FCSR: *value = cpu->frm << 5 | cpu->fflags; return float_enabled(cpu);
  case CSR_SSTATUS: *value = sstatus_of(cpu); return true;
  case CSR_SIE: *value = cpu->sie; return true;
  case CSR_STVEC: *value = cpu->stvec; return true;
  case CSR_SCOUNTEREN: *value = cpu->scounteren; return true;
  case CSR_SENVCFG: *value = cpu->senvcfg; return true;
  case CSR_SSCRATCH: *value = cpu->sscratch; return true;
  case CSR_SEPC: *value = cpu->sepc; return true;
  case CSR_SCAUSE: *value = cpu->scause; return true;
  case CSR_STVAL: *value = cpu->stval; return true;
  case CSR_SIP: *value = cpu->sip; return true;
  case CSR_SATP: *value = cpu->satp; return true;
  case CSR_TIME: *value = cpu->read_time(cpu->board); return true;
  case CSR_CYCLE:
  case CSR_INSTRET: *value = riscv_instret(cpu); return true;
  default: return false;
  }
}

static bool write_float_csr(struct riscv_cpu *cpu, unsigned number, uint64_t value) {
  if (!float_enabled(cpu))
    return false;
  cpu->sstatus |= SSTATUS_FS;
  if (number != CSR_FRM)
    cpu->fflags = value & 31;
  if (number == CSR_FRM)
    cpu->frm = value & 7;
  else if (number == CSR_FCSR)
    cpu->frm = value >> 5 & 7;
  return true;
}

static void write_sstatus(struct riscv_cpu *cpu, uint64_t value) {
  const uint64_t before = cpu->sstatus;
  cpu->sstatus = (before & ~SSTATUS_WRITABLE) | (value & SSTATUS_WRITABLE);
  if ((before ^ cpu->sstatus) & SSTATUS_MXR) // the TLB remembers what MXR allowed
    tlb_flush(&cpu->tlb_set);
  riscv_select_view(cpu);
}

// A mode that is not implemented leaves the register as it was (12.1.11): that is how Linux finds Sv39.
static void write_satp(struct riscv_cpu *cpu, uint64_t value) {
  const uint64_t mode = value >> 60;
  if (mode != SATP_BARE && mode != SATP_SV39)
    return;
  const uint64_t no_asid = value & ~(UINT64_C(0xffff) << 44);
  if (cpu->satp == no_asid)
    return;
  cpu->satp = no_asid;
  tlb_flush(&cpu->tlb_set);
}

bool riscv_csr_write(struct riscv_cpu *cpu, unsigned number, uint64_t value) {
  if (!accessible(cpu, number) || number >> 10 == 3)
    return false;
  switch (number) {
  case CSR_FFLAGS:
  case CSR_FRM:
  case CSR_FCSR: return write_float_csr(cpu, number, value);
  case CSR_SSTATUS: write_sstatus(cpu, value); return true;
  case CSR_SIE: cpu->sie = value & INTERRUPTS_ALL; return true;
  case CSR_STVEC: cpu->stvec = value & ~UINT64_C(2); return true;
  case CSR_SCOUNTEREN: cpu->scounteren = value & 7; return true;
  case CSR_SENVCFG: cpu->senvcfg = value & 1; return true; // FIOM; fences order everything anyway
  case CSR_SSCRATCH: cpu->sscratch = value; return true;
  case CSR_SEPC: cpu->sepc = value & ~UINT64_C(1); return true;
  case CSR_SCAUSE: cpu->scause = value; return true;
  case CSR_STVAL: cpu->stval = value; return true;
  case CSR_SIP: riscv_set_interrupt(cpu, INTERRUPT_SOFTWARE, (value & INTERRUPT_SOFTWARE) != 0); return true;
  case CSR_SATP: write_satp(cpu, value); return true;
  default: return false;
  }
}
