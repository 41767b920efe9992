// What MMX instructions do besides their work (SDM 1, 9.5).
#include "cpu/x86_64/op.h"
#include "cpu/x86_64/system/fault.h"

enum { STATUS_ERROR_SUMMARY = 0x80 };

// Before an MMX instruction changes anything. Not an instruction, like the next.
enum x86_result x86_mmx_enter(struct x86_cpu *cpu, const struct x86_op *op) {
  if (cpu->x87.status & STATUS_ERROR_SUMMARY)
    return x86_fault(cpu, VECTOR_MF, 0);
  cpu->x87.top = 0;
  cpu->x87.used = 0xff;
  (void)op;
  cpu->budget++;
  return RESULT_NEXT;
}

// After MMX register `detail` was written.
enum x86_result x86_mmx_written(struct x86_cpu *cpu, const struct x86_op *op) {
  cpu->x87.registers[op->detail].sign_exponent = 0xffff;
  cpu->budget++;
  return RESULT_NEXT;
}

enum x86_result x86_emms(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  if (cpu->x87.status & STATUS_ERROR_SUMMARY)
    return x86_fault(cpu, VECTOR_MF, 0);
  cpu->x87.top = 0;
  cpu->x87.used = 0;
  return RESULT_NEXT;
}
