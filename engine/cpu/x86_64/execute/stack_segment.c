// PUSH and POP of segment registers. 64-bit mode has those of FS and GS only.
#include "cpu/x86_64/system/stack.h"
#include "segment.h"

#define PUSH_SEGMENT(name, segment)                                                                                    \
  enum x86_result name(struct x86_cpu *cpu, const struct x86_op *op) {                                                 \
    return x86_push_value(cpu, op->size, cpu->segments[segment].selector);                                             \
  }
PUSH_SEGMENT(x86_push_es, SEG_ES)
PUSH_SEGMENT(x86_push_cs, SEG_CS)
PUSH_SEGMENT(x86_push_ss, SEG_SS)
PUSH_SEGMENT(x86_push_ds, SEG_DS)
PUSH_SEGMENT(x86_push_fs, SEG_FS)
PUSH_SEGMENT(x86_push_gs, SEG_GS)

static enum x86_result pop_segment(struct x86_cpu *cpu, const struct x86_op *op, enum x86_segment segment) {
  uint64_t value;
  if (!x86_peek(cpu, op->size, &value) || !x86_load_segment(cpu, segment, (uint16_t)value))
    return RESULT_FAULT;
  x86_drop(cpu, 1U << op->size);
  return RESULT_REFETCH;
}

#define POP_SEGMENT(name, segment)                                                                                     \
  enum x86_result name(struct x86_cpu *cpu, const struct x86_op *op) {                                                 \
    return pop_segment(cpu, op, segment);                                                                              \
  }
POP_SEGMENT(x86_pop_es, SEG_ES)
POP_SEGMENT(x86_pop_ss, SEG_SS)
POP_SEGMENT(x86_pop_ds, SEG_DS)
POP_SEGMENT(x86_pop_fs, SEG_FS)
POP_SEGMENT(x86_pop_gs, SEG_GS)
