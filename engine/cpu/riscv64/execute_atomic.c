// A extension (unprivileged specification 14). With one hart every access is already in order; a reservation lasts
// until the next SC or trap.
#include "execute_atomic.h"

#include "decode.h"
#include "mmu.h"

#include <string.h>

static uint64_t combine(unsigned funct5, bool wide, uint64_t old, uint64_t operand) {
  const int64_t old_signed = wide ? (int64_t)old : (int32_t)old;
  const int64_t operand_signed = wide ? (int64_t)operand : (int32_t)operand;
  const uint64_t old_unsigned = wide ? old : (uint32_t)old;
  const uint64_t operand_unsigned = wide ? operand : (uint32_t)operand;
  switch (funct5) {
  case 0: return old + operand;
  case 1: return operand;
  case 4: return old ^ operand;
  case 8: return old | operand;
  case 12: return old & operand;
  case 16: return old_signed < operand_signed ? old : operand;
  case 20: return old_signed > operand_signed ? old : operand;
  case 24: return old_unsigned < operand_unsigned ? old : operand;
  default: return old_unsigned > operand_unsigned ? old : operand;
  }
}

static uint64_t load(const uint8_t *host, bool wide) {
  uint64_t value = 0;
  memcpy(&value, host, wide ? 8 : 4);
  return wide ? value : (uint64_t)(int32_t)value;
}

enum rare_result riscv_execute_atomic(struct riscv_cpu *cpu, const struct riscv_op *slot) {
  const struct riscv_op op = *slot; // the access clears the slot if it concerns the page that is executed
  const uint64_t address = *op.rs1;
  const bool wide = ((uint32_t)op.imm >> 12 & 1) != 0;
  const bool is_load = op.code == RV_LR_W || op.code == RV_LR_D;
  const unsigned size = wide ? 8 : 4;
  if (address & (size - 1)) {
    riscv_fault(cpu, is_load ? EXC_LOAD_MISALIGNED : EXC_STORE_MISALIGNED, address);
    return RARE_TRAP;
  }
  if (op.code == RV_SC_W || op.code == RV_SC_D) {
    const bool succeeds = cpu->reserved && cpu->reserved_address == address;
    cpu->reserved = false;
    if (!succeeds) {
      *op.rd = 1;
      return RARE_NEXT;
    }
  }
  uint8_t *host = riscv_atomic_at(cpu, address, !is_load);
  if (!host)
    return RARE_TRAP;
  const uint64_t operand = *op.rs2, old = load(host, wide);
  if (is_load) {
    cpu->reserved = true;
    cpu->reserved_address = address;
    *op.rd = old;
  } else if (op.code == RV_SC_W || op.code == RV_SC_D) {
    memcpy(host, &operand, size);
    *op.rd = 0;
  } else {
    const uint64_t result = combine((uint32_t)op.imm >> 27, wide, old, operand);
    memcpy(host, &result, size);
    *op.rd = old;
  }
  return RARE_NEXT;
}
