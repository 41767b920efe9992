// Control and debug registers, descriptor table registers (SDM 3A, 2.4 to 2.8).
#include "control.h"

#include "cpu/x86_64/decode/code_cache.h"
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/system/debug.h"
#include "cpu/x86_64/system/fault.h"
#include "cpu/x86_64/system/mmu.h"

#define CR0_FIXED (CR0_PE | CR0_PG)
#define CR0_KNOWN UINT64_C(0xe005003f)
#define CR4_KNOWN (CR4_TSD | CR4_DE | UINT64_C(0x10) /* PSE */ | CR4_PGE | CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT)

// Long mode without paging does not exist, and no other mode is supported.
bool x86_write_cr0(struct x86_cpu *cpu, uint64_t value) {
  const uint64_t changed = cpu->cr0 ^ value;
  if ((value & CR0_FIXED) != CR0_FIXED || (value & ~CR0_KNOWN) || (value & UINT64_C(0x60000000)) == 0x20000000)
    return false;
  cpu->cr0 = value | CR0_ET;
  if (changed & CR0_WP)
    tlb_flush(&cpu->tlb_set);
  if (changed & (CR0_EM | CR0_TS))
    code_cache_drop_all(cpu);
  return true;
}

bool x86_write_cr3(struct x86_cpu *cpu, uint64_t value) {
  if (value >> 52)
    return false;
  cpu->cr3 = value;
  tlb_flush_local(&cpu->tlb_set);
  return true;
}

bool x86_write_cr4(struct x86_cpu *cpu, uint64_t value) {
  const uint64_t changed = cpu->cr4 ^ value;
  if ((value & ~CR4_KNOWN) || !(value & CR4_PAE))
    return false;
  cpu->cr4 = value;
  tlb_flush(&cpu->tlb_set);
  if (changed & CR4_OSFXSR)
    code_cache_drop_all(cpu);
  return true;
}

enum x86_result x86_mov_from_control(struct x86_cpu *cpu, const struct x86_op *op) {
  if (cpu->mode != 0)
    return x86_fault(cpu, VECTOR_GP, 0);
  uint64_t value;
  switch (op->detail) {
  case 0: value = cpu->cr0; break;
  case 2: value = cpu->cr2; break;
  case 3: value = cpu->cr3; break;
  case 4: value = cpu->cr4; break;
  case 8: value = cpu->cr8; break;
  default: return x86_fault(cpu, VECTOR_UD, 0);
  }
  x86_write(op->rd, 3, value);
  return RESULT_NEXT;
}

static bool write_cr8(struct x86_cpu *cpu, uint64_t value) {
  if (value > 15)
    return false;
  cpu->cr8 = value;
  cpu->set_task_priority(cpu->board, value);
  return true;
}

enum x86_result x86_mov_to_control(struct x86_cpu *cpu, const struct x86_op *op) {
  if (cpu->mode != 0)
    return x86_fault(cpu, VECTOR_GP, 0);
  const uint64_t value = x86_read(op->rs, 3);
  bool accepted = true;
  switch (op->detail) {
  case 0: accepted = x86_write_cr0(cpu, value); break;
  case 2: cpu->cr2 = value; break;
  case 3: accepted = x86_write_cr3(cpu, value); break;
  case 4: accepted = x86_write_cr4(cpu, value); break;
  case 8: accepted = write_cr8(cpu, value); break;
  default: return x86_fault(cpu, VECTOR_UD, 0);
  }
  return accepted ? RESULT_REFETCH : x86_fault(cpu, VECTOR_GP, 0);
}

enum x86_result x86_clts(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  if (cpu->mode != 0)
    return x86_fault(cpu, VECTOR_GP, 0);
  x86_write_cr0(cpu, cpu->cr0 & ~CR0_TS);
  return RESULT_REFETCH;
}

enum x86_result x86_smsw(struct x86_cpu *cpu, const struct x86_op *op) {
  x86_write(op->rd, op->size, cpu->cr0);
  return RESULT_NEXT;
}

// LMSW sets PE, MP, EM and TS, and never clears PE (SDM 2A).
enum x86_result x86_lmsw(struct x86_cpu *cpu, const struct x86_op *op) {
  if (cpu->mode != 0)
    return x86_fault(cpu, VECTOR_GP, 0);
  const uint64_t low = (x86_read(op->rd, 1) & 15) | CR0_PE;
  x86_write_cr0(cpu, (cpu->cr0 & ~UINT64_C(15)) | low);
  return RESULT_REFETCH;
}

// DR4 and DR5 are DR6 and DR7 unless CR4.DE is set (SDM 3B, 17.2.2).
static bool debug_register(const struct x86_cpu *cpu, const struct x86_op *op, unsigned *number) {
  const bool alias = op->detail == 4 || op->detail == 5;
  *number = op->detail + (alias ? 2U : 0);
  return op->detail <= 7 && !(alias && (cpu->cr4 & CR4_DE));
}

enum x86_result x86_mov_from_debug(struct x86_cpu *cpu, const struct x86_op *op) {
  unsigned number;
  if (cpu->mode != 0)
    return x86_fault(cpu, VECTOR_GP, 0);
  if (!debug_register(cpu, op, &number))
    return x86_fault(cpu, VECTOR_UD, 0);
  x86_write(op->rd, 3, cpu->dr[number]);
  return RESULT_NEXT;
}

enum x86_result x86_mov_to_debug(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t value = x86_read(op->rs, 3);
  unsigned number;
  if (cpu->mode != 0)
    return x86_fault(cpu, VECTOR_GP, 0);
  if (!debug_register(cpu, op, &number))
    return x86_fault(cpu, VECTOR_UD, 0);
  if (number >= 6 && value >> 32)
    return x86_fault(cpu, VECTOR_GP, 0);
  x86_write_debug(cpu, number, value);
  return RESULT_REFETCH;
}

enum x86_result x86_invlpg(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  if (cpu->mode != 0)
    return x86_fault(cpu, VECTOR_GP, 0);
  tlb_flush_page(&cpu->tlb_set, cpu->effective);
  return RESULT_REFETCH;
}

// Limit and base.
static unsigned table_size(const struct x86_cpu *cpu) {
  return cpu->code_kind == CODE_64 ? 10 : 6;
}

static enum x86_result store_table(struct x86_cpu *cpu, const struct x86_table_register *table) {
  uint8_t bytes[10];
  const uint16_t limit = (uint16_t)table->limit;
  memcpy(bytes, &limit, 2);
  memcpy(bytes + 2, &table->base, 8);
  return x86_store(cpu, cpu->effective, table_size(cpu), bytes) ? RESULT_REFETCH : RESULT_FAULT;
}

static enum x86_result load_table(struct x86_cpu *cpu, struct x86_table_register *table) {
  uint8_t bytes[10];
  uint16_t limit;
  uint64_t base;
  memset(bytes, 0, sizeof bytes);
  if (cpu->mode != 0)
    return x86_fault(cpu, VECTOR_GP, 0);
  if (!x86_load(cpu, cpu->effective, table_size(cpu), bytes))
    return RESULT_FAULT;
  memcpy(&limit, bytes, 2);
  memcpy(&base, bytes + 2, 8);
  if (!x86_canonical(base))
    return x86_fault(cpu, VECTOR_GP, 0);
  *table = (struct x86_table_register){.base = base, .limit = limit};
  return RESULT_NEXT;
}

enum x86_result x86_sgdt(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return store_table(cpu, &cpu->gdt);
}

enum x86_result x86_sidt(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return store_table(cpu, &cpu->idt);
}

enum x86_result x86_lgdt(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return load_table(cpu, &cpu->gdt);
}

enum x86_result x86_lidt(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return load_table(cpu, &cpu->idt);
}
