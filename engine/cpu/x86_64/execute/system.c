// Instructions that enter, leave or serve the kernel.
#include "cpu/x86_64/decode/missing.h"
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/system/descriptor.h"
#include "cpu/x86_64/system/exception.h"
#include "cpu/x86_64/system/fault.h"
#include "cpu/x86_64/system/msr.h"
#include "cpu/x86_64/system/privilege.h"

#define SYSRET_FLAGS UINT64_C(0x3c7fd7) // SDM 2B, "SYSRET": neither RF nor VM

enum x86_result x86_raise_fault(struct x86_cpu *cpu, const struct x86_op *op) {
  if (op->imm != MISSING_NONE && cpu->mode == 3) {
    cpu->missing = (enum x86_missing)op->imm;
    cpu->missing_rip = cpu->page_address + op->offset;
  }
  return x86_fault(cpu, (enum x86_vector)op->detail, 0);
}

enum x86_result x86_in(struct x86_cpu *cpu, const struct x86_op *op) {
  if (!x86_port_allowed(cpu))
    return x86_fault(cpu, VECTOR_GP, 0);
  const uint16_t port = (uint16_t)(op->rs == &op->imm ? op->imm & 0xff : cpu->r[RDX]);
  x86_write(&cpu->r[RAX], op->size, cpu->port_read(cpu->board, port, 1U << op->size));
  return RESULT_REFETCH;
}

enum x86_result x86_out(struct x86_cpu *cpu, const struct x86_op *op) {
  if (!x86_port_allowed(cpu))
    return x86_fault(cpu, VECTOR_GP, 0);
  const uint16_t port = (uint16_t)(op->rs == &op->imm ? op->imm & 0xff : cpu->r[RDX]);
  cpu->port_write(cpu->board, port, 1U << op->size, (uint32_t)x86_read(&cpu->r[RAX], op->size));
  return RESULT_REFETCH;
}

// rip is that of the next instruction while the interrupt is delivered, and the instruction's own if that fails.
static enum x86_result software_interrupt(struct x86_cpu *cpu, const struct x86_op *op, unsigned vector) {
  cpu->rip = x86_op_next(cpu, op);
  return x86_software_interrupt(cpu, vector) ? RESULT_JUMP : RESULT_FAULT;
}

enum x86_result x86_int3(struct x86_cpu *cpu, const struct x86_op *op) {
  return software_interrupt(cpu, op, VECTOR_BP);
}

// Whatever the gate's privilege level (SDM 2A, "INT n").
enum x86_result x86_int1(struct x86_cpu *cpu, const struct x86_op *op) {
  cpu->rip = x86_op_next(cpu, op);
  x86_deliver_debug_trap(cpu, 0);
  return RESULT_JUMP;
}

enum x86_result x86_int(struct x86_cpu *cpu, const struct x86_op *op) {
  return software_interrupt(cpu, op, op->imm & 0xff);
}

enum x86_result x86_iret_op(struct x86_cpu *cpu, const struct x86_op *op) {
  return x86_iret(cpu, op->size) ? RESULT_JUMP : RESULT_FAULT;
}

enum x86_result x86_hlt(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return cpu->mode == 0 ? RESULT_WAIT : x86_fault(cpu, VECTOR_GP, 0);
}

enum x86_result x86_cli(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  if (!x86_port_allowed(cpu)) // the same rule as for ports
    return x86_fault(cpu, VECTOR_GP, 0);
  cpu->rflags &= ~FLAG_IF;
  return RESULT_NEXT;
}

// Interrupts wait for the end of the next instruction (SDM 2B, "STI"), and come even if that turns them off again,
// unless it is CLI itself.
enum x86_result x86_sti(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  if (!x86_port_allowed(cpu))
    return x86_fault(cpu, VECTOR_GP, 0);
  cpu->after_sti = cpu->interrupt && !(cpu->rflags & FLAG_IF);
  cpu->rflags |= FLAG_IF;
  return cpu->after_sti ? RESULT_REFETCH : RESULT_NEXT;
}

// Code and stack segment as system calls and their returns make them, without a look at their descriptors.
static void enter_flat(struct x86_cpu *cpu, uint16_t code, unsigned stack, uint32_t level, bool wide) {
  const uint16_t attributes = wide ? ATTRIBUTES_CODE_64 : ATTRIBUTES_CODE_32, dpl = (uint16_t)(level << 5);
  cpu->segments[SEG_CS] = (struct x86_segment_register){(uint16_t)(code | level), attributes | dpl};
  cpu->segments[SEG_SS] = (struct x86_segment_register){(uint16_t)(stack | level), ATTRIBUTES_STACK | dpl};
  cpu->segment_bases[SEG_SS] = 0;
  x86_set_privilege(cpu, level);
}

enum x86_result x86_syscall(struct x86_cpu *cpu, const struct x86_op *op) {
  if (!(cpu->efer & EFER_SCE))
    return x86_fault(cpu, VECTOR_UD, 0);
  const uint64_t flags = x86_rflags(cpu) & ~FLAG_RF;
  const uint16_t selector = (uint16_t)(cpu->star >> 32 & 0xfffc);
  cpu->r[RCX] = x86_op_next(cpu, op);
  cpu->r[R11] = flags;
  x86_set_flags(cpu, flags & ~cpu->fmask);
  cpu->rflags = flags & ~cpu->fmask & ~FLAGS_ARITHMETIC;
  cpu->stepping = cpu->stepping && (cpu->rflags & FLAG_TF);
  enter_flat(cpu, selector, selector + 8U, 0, true);
  cpu->rip = cpu->lstar;
  return RESULT_JUMP;
}

enum x86_result x86_sysret(struct x86_cpu *cpu, const struct x86_op *op) {
  if (!(cpu->efer & EFER_SCE))
    return x86_fault(cpu, VECTOR_UD, 0);
  const bool wide = op->size == 3;
  if (cpu->mode != 0 || (wide && !x86_canonical(cpu->r[RCX])))
    return x86_fault(cpu, VECTOR_GP, 0);
  const uint16_t selector = (uint16_t)(cpu->star >> 48);
  const uint64_t flags = cpu->r[R11] & SYSRET_FLAGS;
  x86_set_flags(cpu, flags);
  cpu->rflags = flags & ~FLAGS_ARITHMETIC & ~FLAG_ONE;
  enter_flat(cpu, (uint16_t)(selector + (wide ? 16 : 0)), selector + 8U, 3, wide);
  cpu->rip = x86_wrap(cpu, cpu->r[RCX]);
  return RESULT_JUMP;
}

// The way into the kernel that 32-bit programs take on Intel's processors. TF stays.
enum x86_result x86_sysenter(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  const uint16_t selector = (uint16_t)(cpu->sysenter_cs & 0xfffc);
  if (selector == 0)
    return x86_fault(cpu, VECTOR_GP, 0);
  cpu->rflags &= ~(FLAG_IF | FLAG_RF);
  enter_flat(cpu, selector, selector + 8U, 0, true);
  cpu->r[RSP] = cpu->sysenter_esp;
  cpu->rip = cpu->sysenter_eip;
  return RESULT_JUMP;
}

enum x86_result x86_sysexit(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint16_t selector = (uint16_t)(cpu->sysenter_cs & 0xfffc);
  const bool wide = op->size == 3;
  if (cpu->mode != 0 || selector == 0 || (wide && !(x86_canonical(cpu->r[RCX]) && x86_canonical(cpu->r[RDX]))))
    return x86_fault(cpu, VECTOR_GP, 0);
  enter_flat(cpu, (uint16_t)(selector + (wide ? 32 : 16)), selector + (wide ? 40U : 24U), 3, wide);
  cpu->r[RSP] = x86_wrap(cpu, cpu->r[RCX]);
  cpu->rip = x86_wrap(cpu, cpu->r[RDX]);
  return RESULT_JUMP;
}

enum x86_result x86_swapgs(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  if (cpu->mode != 0)
    return x86_fault(cpu, VECTOR_GP, 0);
  const uint64_t base = cpu->segment_bases[SEG_GS];
  cpu->segment_bases[SEG_GS] = cpu->kernel_gs_base;
  cpu->kernel_gs_base = base;
  return RESULT_NEXT;
}

static bool tsc_forbidden(const struct x86_cpu *cpu) {
  return cpu->mode != 0 && (cpu->cr4 & CR4_TSD);
}

static void write_edx_eax(struct x86_cpu *cpu, uint64_t value) {
  cpu->r[RAX] = (uint32_t)value;
  cpu->r[RDX] = value >> 32;
}

enum x86_result x86_rdtsc(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  if (tsc_forbidden(cpu))
    return x86_fault(cpu, VECTOR_GP, 0);
  write_edx_eax(cpu, x86_tsc(cpu));
  return RESULT_NEXT;
}

enum x86_result x86_rdtscp(struct x86_cpu *cpu, const struct x86_op *op) {
  const enum x86_result result = x86_rdtsc(cpu, op);
  if (result == RESULT_NEXT)
    cpu->r[RCX] = (uint32_t)cpu->tsc_aux;
  return result;
}

enum x86_result x86_rdmsr(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  uint64_t value;
  if (cpu->mode != 0 || !x86_read_msr(cpu, (uint32_t)cpu->r[RCX], &value))
    return x86_fault(cpu, VECTOR_GP, 0);
  write_edx_eax(cpu, value);
  return RESULT_NEXT;
}

// The write may concern paging, segments or timers.
enum x86_result x86_wrmsr(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  const uint64_t value = (uint32_t)cpu->r[RAX] | cpu->r[RDX] << 32;
  if (cpu->mode != 0 || !x86_write_msr(cpu, (uint32_t)cpu->r[RCX], value))
    return x86_fault(cpu, VECTOR_GP, 0);
  return RESULT_REFETCH;
}

// There is no cache to invalidate or write back.
enum x86_result x86_cache(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return cpu->mode == 0 ? RESULT_NEXT : x86_fault(cpu, VECTOR_GP, 0);
}
