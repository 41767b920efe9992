// System instructions: CSR access, traps and fences.
#include "execute_rare.h"

#include "code_cache.h"
#include "csr.h"
#include "execute_atomic.h"
#include "execute_float.h"
#include "trap.h"

static enum rare_result illegal(struct riscv_cpu *cpu, const struct riscv_op *op) {
  riscv_fault(cpu, EXC_ILLEGAL, (uint32_t)op->imm);
  return RARE_TRAP;
}

// CSRRW reads nothing when rd is x0, CSRRS and CSRRC write nothing when the source field is 0 (7.1, table 7.1).
static enum rare_result csr_access(struct riscv_cpu *cpu, const struct riscv_op *op) {
  const uint32_t bits = (uint32_t)op->imm;
  const unsigned number = bits >> 20, source_field = bits >> 15 & 31, kind = bits >> 12 & 3;
  const uint64_t source = bits >> 14 & 1 ? source_field : cpu->x[source_field];
  const bool writes = kind == 1 || source_field != 0;
  uint64_t old = 0;
  if ((kind != 1 || (bits >> 7 & 31) != 0) && !riscv_csr_read(cpu, number, &old))
    return illegal(cpu, op);
  const uint64_t value = kind == 1 ? source : kind == 2 ? old | source : old & ~source;
  if (writes && !riscv_csr_write(cpu, number, value))
    return illegal(cpu, op);
  *op->rd = old;
  return writes && number > CSR_FCSR ? RARE_REFETCH : RARE_NEXT; // those of floating point change nothing else
}

static enum rare_result environment_call(struct riscv_cpu *cpu) {
  if (cpu->mode == MODE_SUPERVISOR)
    return RARE_SBI;
  riscv_fault(cpu, EXC_ECALL_USER, 0);
  return RARE_TRAP;
}

static enum rare_result wait_for_interrupt(struct riscv_cpu *cpu, const struct riscv_op *op) {
  if (cpu->mode == MODE_USER)
    return illegal(cpu, op);
  return cpu->sip & cpu->sie ? RARE_REFETCH : RARE_WAIT;
}

static enum rare_result fence_vma(struct riscv_cpu *cpu, const struct riscv_op *op) {
  if (cpu->mode == MODE_USER)
    return illegal(cpu, op);
  if ((uint32_t)op->imm >> 15 & 31)
    tlb_flush_page(&cpu->tlb_set, *op->rs1);
  else
    tlb_flush(&cpu->tlb_set);
  return RARE_REFETCH;
}

enum rare_result riscv_execute_rare(struct riscv_cpu *cpu, const struct riscv_op *op) {
  switch (op->code) {
  case RV_FENCE: return RARE_NEXT;
  // Stores already drop what was decoded; only the slot that comes next may be stale.
  case RV_FENCE_I: return RARE_REFETCH;
  case RV_ECALL: return environment_call(cpu);
  case RV_EBREAK: riscv_fault(cpu, EXC_BREAKPOINT, 0); return RARE_TRAP;
  case RV_CSRRW:
  case RV_CSRRS:
  case RV_CSRRC:
  case RV_CSRRWI:
  case RV_CSRRSI:
  case RV_CSRRCI: return csr_access(cpu, op);
  case RV_SRET: return riscv_sret(cpu) ? RARE_JUMP : illegal(cpu, op);
  case RV_WFI: return wait_for_interrupt(cpu, op);
  case RV_SFENCE_VMA: return fence_vma(cpu, op);
  case RV_ILLEGAL: return illegal(cpu, op);
  default: break;
  }
  return op->code >= RV_LR_W && op->code <= RV_AMOMAXU_D ? riscv_execute_atomic(cpu, op) : riscv_execute_float(cpu, op);
}
