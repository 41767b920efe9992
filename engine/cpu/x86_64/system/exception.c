// Delivery of exceptions and interrupts through the 64-bit IDT, and the way back (SDM 3A, 6.14).
#include "exception.h"

#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"
#include "descriptor.h"
#include "fault.h"
#include "mmu.h"
#include "privilege.h"
#include "stack.h"

#include <string.h>

// Bits of an error code that names a selector or vector (SDM 3A, 6.13).
enum { ERROR_EXTERNAL = 1, ERROR_IDT = 2 };
enum { GATE_INTERRUPT = 14, GATE_TRAP = 15, GATE_SIZE = 16, TSS_RSP0 = 4, TSS_IST1 = 36 };

enum source { FROM_FAULT, FROM_SOFTWARE, FROM_OUTSIDE };

struct gate {
  uint64_t offset;
  uint16_t selector;
  uint8_t ist, type, dpl;
};

static bool gate_fault(struct x86_cpu *cpu, enum x86_vector vector, unsigned entry, enum source source) {
  return x86_raise(cpu, vector, entry << 3 | ERROR_IDT | (source == FROM_OUTSIDE ? ERROR_EXTERNAL : 0));
}

static bool read_gate(struct x86_cpu *cpu, unsigned vector, enum source source, struct gate *gate) {
  uint64_t words[2];
  if (vector * GATE_SIZE + GATE_SIZE - 1 > cpu->idt.limit)
    return gate_fault(cpu, VECTOR_GP, vector, source);
  if (!x86_load_system(cpu, cpu->idt.base + vector * GATE_SIZE, sizeof words, words))
    return false;
  gate->offset = (words[0] & 0xffff) | (words[0] >> 32 & 0xffff0000) | words[1] << 32;
  gate->selector = (uint16_t)(words[0] >> 16);
  gate->ist = words[0] >> 32 & 7;
  gate->type = words[0] >> 40 & 31; // with the S bit, which must be 0
  gate->dpl = words[0] >> 45 & 3;
  if (gate->type != GATE_INTERRUPT && gate->type != GATE_TRAP)
    return gate_fault(cpu, VECTOR_GP, vector, source);
  if (source == FROM_SOFTWARE && gate->dpl < cpu->mode)
    return gate_fault(cpu, VECTOR_GP, vector, source);
  if (!(words[0] >> 47 & 1))
    return gate_fault(cpu, VECTOR_NP, vector, source);
  return true;
}

// The handler's code segment: a present 64-bit one of the same or a more privileged level.
static bool read_code_segment(struct x86_cpu *cpu, uint16_t selector, uint16_t *attributes, uint32_t *level) {
  uint64_t descriptor;
  const uint32_t error = selector & 0xfffc;
  if (error == 0 || (selector & 4) || (uint32_t)(selector | 7) > cpu->gdt.limit)
    return x86_raise(cpu, VECTOR_GP, error);
  if (!x86_load_system(cpu, cpu->gdt.base + (selector & 0xfff8), sizeof descriptor, &descriptor))
    return false;
  *attributes = (uint16_t)(descriptor >> 40);
  const uint32_t dpl = descriptor >> 45 & 3;
  const bool conforming = (descriptor >> 42 & 1) != 0;
  if ((*attributes & 0x18) != 0x18 || dpl > cpu->mode || (*attributes & 0x6000) != 0x2000)
    return x86_raise(cpu, VECTOR_GP, error);
  if (!(*attributes & 0x80))
    return x86_raise(cpu, VECTOR_NP, error);
  *level = conforming ? cpu->mode : dpl;
  return true;
}

static bool stack_for(struct x86_cpu *cpu, const struct gate *gate, uint32_t level, uint64_t *rsp) {
  *rsp = cpu->r[RSP];
  if (gate->ist || level != cpu->mode) {
    const uint64_t offset = gate->ist ? TSS_IST1 + (gate->ist - 1U) * 8U : TSS_RSP0 + level * 8;
    if (offset + 7 > cpu->tr_limit)
      return x86_raise(cpu, VECTOR_TS, cpu->tr.selector & 0xfffc);
    if (!x86_load_system(cpu, cpu->tr_base + offset, 8, rsp))
      return false;
  }
  *rsp &= ~UINT64_C(15);
  return true;
}

static bool has_error_code(unsigned vector) {
  return vector == VECTOR_DF || (vector >= VECTOR_TS && vector <= VECTOR_PF) || vector == VECTOR_AC;
}

// Nothing has changed if this fails.
static bool deliver(struct x86_cpu *cpu, unsigned vector, uint32_t error, enum source source) {
  struct gate gate;
  uint16_t attributes;
  uint32_t level;
  uint64_t rsp;
  if (!read_gate(cpu, vector, source, &gate) || !read_code_segment(cpu, gate.selector, &attributes, &level) ||
      !stack_for(cpu, &gate, level, &rsp))
    return false;
  const uint64_t frame[] = {error,
                            cpu->rip,
                            cpu->segments[SEG_CS].selector,
                            x86_rflags(cpu) | (source == FROM_FAULT ? FLAG_RF : 0),
                            cpu->r[RSP],
                            cpu->segments[SEG_SS].selector};
  const unsigned skip = source == FROM_FAULT && has_error_code(vector) ? 0 : 1;
  const unsigned size = (unsigned)sizeof frame - skip * 8;
  if (!x86_canonical(rsp - size))
    return x86_raise(cpu, VECTOR_SS, 0);
  if (!x86_store_system(cpu, rsp - size, size, frame + skip))
    return false;
  if (!x86_canonical(gate.offset))
    return x86_raise(cpu, VECTOR_GP, 0);
  if (level != cpu->mode)
    cpu->segments[SEG_SS] = (struct x86_segment_register){.selector = (uint16_t)level};
  cpu->r[RSP] = rsp - size;
  cpu->rip = gate.offset;
  cpu->segments[SEG_CS].selector = (uint16_t)((gate.selector & 0xfffc) | level);
  cpu->segments[SEG_CS].attributes = attributes;
  cpu->rflags &= ~(FLAG_TF | FLAG_NT | FLAG_RF);
  if (gate.type == GATE_INTERRUPT)
    cpu->rflags &= ~FLAG_IF;
  cpu->stepping = false;
  x86_set_privilege(cpu, level);
  return true;
}

// SDM 3A, table 6-5: which exceptions, met while another is delivered, make a double fault.
static bool is_contributory(unsigned vector) {
  return vector == VECTOR_DE || (vector >= VECTOR_TS && vector <= VECTOR_GP);
}

static bool makes_double_fault(unsigned first, unsigned second) {
  if (first == VECTOR_PF)
    return second == VECTOR_PF || is_contributory(second);
  return is_contributory(first) && is_contributory(second);
}

// Delivers the noted exception, or what comes of the attempt.
static void deliver_noted(struct x86_cpu *cpu) {
  unsigned first = cpu->fault_vector;
  uint32_t error = cpu->fault_error;
  for (;;) {
    if (first == VECTOR_PF)
      cpu->cr2 = cpu->fault_address;
    if (deliver(cpu, first, error, FROM_FAULT))
      return;
    if (first == VECTOR_DF) {
      cpu->shut_down = true;
      return;
    }
    const bool twice = makes_double_fault(first, cpu->fault_vector);
    first = twice ? VECTOR_DF : cpu->fault_vector;
    error = twice ? 0 : cpu->fault_error;
  }
}

void x86_deliver_fault(struct x86_cpu *cpu) {
  deliver_noted(cpu);
}

// Traps (INT n, INT3, INT1) push the address behind the instruction; the caller has set rip so.
bool x86_software_interrupt(struct x86_cpu *cpu, unsigned vector) {
  return deliver(cpu, vector, 0, FROM_SOFTWARE);
}

void x86_deliver_interrupt(struct x86_cpu *cpu) {
  const bool nonmaskable = cpu->nmi && !cpu->nmi_blocked;
  if (nonmaskable) {
    cpu->nmi = false;
    cpu->nmi_blocked = true;
  }
  const unsigned vector = nonmaskable ? VECTOR_NMI : cpu->acknowledge(cpu->board);
  if (!deliver(cpu, vector, 0, FROM_OUTSIDE))
    deliver_noted(cpu);
}

// Which breakpoint it was is said anew each time, the rest added to what is there (SDM 3B, 17.2.3).
static void note_cause(struct x86_cpu *cpu, uint64_t cause) {
  cpu->dr[6] = (cpu->dr[6] & ~DR6_BREAKPOINTS) | cause;
}

void x86_deliver_debug_trap(struct x86_cpu *cpu, uint64_t cause) {
  note_cause(cpu, cause);
  if (!deliver(cpu, VECTOR_DB, 0, FROM_OUTSIDE))
    deliver_noted(cpu);
}

void x86_deliver_debug_fault(struct x86_cpu *cpu, uint64_t cause) {
  note_cause(cpu, cause);
  x86_raise(cpu, VECTOR_DB, 0);
  deliver_noted(cpu);
}

// The words are of 16, 32 or 64 bits. 32-bit code that stays on its level has no stack in its frame.
enum { FRAME_RIP, FRAME_CS, FRAME_FLAGS, FRAME_RSP, FRAME_SS, FRAME_WORDS };

// Flags that IRET may change (SDM 2A, "IRET"). RF means something only where there are breakpoints.
static uint64_t changeable_flags(const struct x86_cpu *cpu) {
  uint64_t flags = FLAG_TF | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID;
  if (cpu->breakpoints)
    flags |= FLAG_RF;
  if (cpu->mode == 0)
    flags |= FLAG_IOPL;
  if (cpu->mode <= (cpu->rflags & FLAG_IOPL) >> 12)
    flags |= FLAG_IF;
  return flags;
}

// 32-bit code reads each word by itself, and the flags first: the stack may wrap between any two.
static bool read_wrapping_frame(struct x86_cpu *cpu, unsigned size, unsigned words, uint64_t frame[FRAME_WORDS]) {
  for (unsigned i = words; i-- > 0;) {
    frame[i] = 0;
    if (!x86_load(cpu, x86_stack_address(cpu, cpu->r[RSP] + ((uint64_t)i << size)), 1U << size, &frame[i])) {
      x86_stack_fault(cpu);
      return false;
    }
  }
  return true;
}

static bool read_frame(struct x86_cpu *cpu, unsigned size, unsigned words, uint64_t frame[FRAME_WORDS]) {
  uint8_t bytes[FRAME_WORDS * 8];
  if (cpu->code_kind != CODE_64)
    return read_wrapping_frame(cpu, size, words, frame);
  if (!x86_load(cpu, x86_stack_address(cpu, cpu->r[RSP]), words << size, bytes)) {
    x86_stack_fault(cpu);
    return false;
  }
  for (unsigned i = 0; i < words; i++)
    frame[i] = x86_read(bytes + (i << size), size);
  return true;
}

// The code segment that IRET returns to.
static bool read_return_segment(struct x86_cpu *cpu, uint16_t cs, struct descriptor *descriptor) {
  const uint32_t level = cs & 3, error = cs & 0xfffc;
  bool outside;
  if (error == 0 || level < cpu->mode)
    return x86_raise(cpu, VECTOR_GP, error);
  if (!x86_read_descriptor(cpu, cs, 1, descriptor, &outside))
    return outside ? x86_raise(cpu, VECTOR_GP, error) : false;
  if (!x86_is_executable(descriptor) || descriptor->dpl != level)
    return x86_raise(cpu, VECTOR_GP, error);
  return descriptor->present || x86_raise(cpu, VECTOR_NP, error);
}

// A null SS is good enough for 64-bit code below level 3. Only 32-bit code uses the base.
static bool read_return_stack(struct x86_cpu *cpu, uint16_t ss, uint32_t level, bool long_mode, uint64_t *base) {
  const uint32_t error = ss & 0xfffc;
  struct descriptor descriptor;
  bool outside;
  *base = 0;
  if ((ss & 3) != level || (error == 0 && !(long_mode && level < 3)))
    return x86_raise(cpu, VECTOR_GP, error);
  if (long_mode)
    return true;
  if (!x86_read_descriptor(cpu, ss, 1, &descriptor, &outside))
    return outside ? x86_raise(cpu, VECTOR_GP, error) : false;
  *base = x86_base_of(&descriptor);
  return true;
}

bool x86_iret(struct x86_cpu *cpu, unsigned size) {
  uint64_t frame[FRAME_WORDS], stack_base = cpu->segment_bases[SEG_SS];
  struct descriptor descriptor;
  cpu->nmi_blocked = false; // even if it faults
  if (cpu->rflags & FLAG_NT)
    return x86_raise(cpu, VECTOR_GP, 0);
  const bool from_64 = cpu->code_kind == CODE_64;
  if (!read_frame(cpu, size, from_64 ? FRAME_WORDS : FRAME_RSP, frame))
    return false;
  const uint16_t cs = (uint16_t)frame[FRAME_CS];
  const uint32_t level = cs & 3;
  const bool stays = !from_64 && level == cpu->mode;
  if (stays) {
    frame[FRAME_RSP] = x86_wrap(cpu, cpu->r[RSP] + ((uint64_t)FRAME_RSP << size));
    frame[FRAME_SS] = cpu->segments[SEG_SS].selector;
  } else if (!from_64 && !read_frame(cpu, size, FRAME_WORDS, frame)) {
    return false;
  }
  if (!read_return_segment(cpu, cs, &descriptor))
    return false;
  const bool long_mode = (descriptor.attributes & ATTRIBUTE_LONG) != 0;
  if (!stays && !read_return_stack(cpu, (uint16_t)frame[FRAME_SS], level, long_mode, &stack_base))
    return false;
  if (long_mode && !x86_canonical(frame[FRAME_RIP]))
    return x86_raise(cpu, VECTOR_GP, 0);
  const uint64_t changed = changeable_flags(cpu) & (size == 1 ? 0xffff : UINT64_MAX);
  cpu->rflags = (cpu->rflags & ~changed) | (frame[FRAME_FLAGS] & changed);
  x86_set_flags(cpu, frame[FRAME_FLAGS]);
  cpu->r[RSP] = frame[FRAME_RSP];
  cpu->segments[SEG_CS] = (struct x86_segment_register){cs, descriptor.attributes};
  cpu->segments[SEG_SS].selector = (uint16_t)frame[FRAME_SS];
  cpu->segment_bases[SEG_SS] = stack_base;
  x86_set_privilege(cpu, level);
  cpu->rip = x86_wrap(cpu, frame[FRAME_RIP]);
  return true;
}
