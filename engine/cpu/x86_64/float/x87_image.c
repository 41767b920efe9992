// x87 state in memory: FXSAVE (SDM 1, 10.5.1), FNSAVE and FNSTENV (8.1.10; their 32-bit protected mode formats, which
// are those of 64-bit mode, or the 16-bit ones with an operand-size prefix).
#include "x87_image.h"

#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/system/fault.h"
#include "cpu/x86_64/system/mmu.h"
#include "x87.h"

enum { IMAGE_MXCSR = 24, IMAGE_MXCSR_MASK = 28, IMAGE_ST = 32, IMAGE_XMM = 160, MXCSR_MASK = 0xffff };

void x86_fxsave_image(struct x86_cpu *cpu, bool wide, uint8_t *image) {
  const uint16_t status = x87_status(cpu);
  const uint32_t mask = MXCSR_MASK;
  memset(image, 0, FXSAVE_WRITTEN);
  memcpy(image, &cpu->x87.control, 2);
  memcpy(image + 2, &status, 2);
  image[4] = cpu->x87.used;
  memcpy(image + 6, &cpu->x87.opcode, 2);
  memcpy(image + 8, &cpu->x87.instruction, wide ? 8 : 4);
  memcpy(image + 16, &cpu->x87.operand, wide ? 8 : 4);
  memcpy(image + IMAGE_MXCSR, &cpu->mxcsr, 4);
  memcpy(image + IMAGE_MXCSR_MASK, &mask, 4);
  for (unsigned i = 0; i < 8; i++) {
    memcpy(image + IMAGE_ST + i * 16, &x87_register(cpu, i)->significand, 8);
    memcpy(image + IMAGE_ST + i * 16 + 8, &x87_register(cpu, i)->sign_exponent, 2);
  }
  memcpy(image + IMAGE_XMM, cpu->xmm, sizeof cpu->xmm);
}

static void load_registers(struct x86_cpu *cpu, const uint8_t *from, unsigned step) {
  for (unsigned i = 0; i < 8; i++) {
    memcpy(&x87_register(cpu, i)->significand, from + i * step, 8);
    memcpy(&x87_register(cpu, i)->sign_exponent, from + i * step + 8, 2);
  }
}

bool x86_fxrstor_image(struct x86_cpu *cpu, bool wide, const uint8_t *image) {
  const uint32_t mxcsr = (uint32_t)x86_read(image + IMAGE_MXCSR, 2);
  if (mxcsr & ~(uint32_t)MXCSR_MASK)
    return false;
  cpu->mxcsr = mxcsr;
  cpu->x87.control = (uint16_t)((x86_read(image, 1) & 0x1f3f) | CONTROL_RESERVED);
  x87_set_status(cpu, (uint16_t)x86_read(image + 2, 1));
  cpu->x87.used = image[4];
  cpu->x87.opcode = (uint16_t)x86_read(image + 6, 1) & 0x7ff;
  cpu->x87.instruction = x86_read(image + 8, wide ? 3 : 2);
  cpu->x87.operand = x86_read(image + 16, wide ? 3 : 2);
  load_registers(cpu, image + IMAGE_ST, 16);
  memcpy(cpu->xmm, image + IMAGE_XMM, sizeof cpu->xmm);
  return true;
}

// Behind every x87 instruction that is not a control instruction: pointers and opcode of the last one (SDM 1, 8.1.8).
enum x86_result x86_f_note(struct x86_cpu *cpu, const struct x86_op *op) {
  cpu->budget++;
  cpu->x87.instruction = cpu->page_address + op->offset;
  cpu->x87.opcode = (uint16_t)((op->detail & NOTE_OPCODE) << 8 | op->size);
  if (op->detail & NOTE_OPERAND) {
    const uint64_t address = *op->base + (*op->index << op->shift) + op->imm;
    const unsigned size = op->detail & NOTE_ADDRESS16 ? 1 : op->detail & NOTE_ADDRESS32 ? 2 : 3;
    cpu->x87.operand = address & x86_size_mask(size);
  }
  return op->detail & NOTE_REFETCH && cpu->temporary ? RESULT_REFETCH : RESULT_NEXT;
}

// 32-bit code has no XMM8 to XMM15.
static unsigned image_size(const struct x86_cpu *cpu) {
  return cpu->code_kind == CODE_64 ? FXSAVE_WRITTEN : IMAGE_XMM + 8 * 16;
}

enum x86_result x86_fxsave(struct x86_cpu *cpu, const struct x86_op *op) {
  uint8_t image[FXSAVE_WRITTEN];
  if (cpu->effective & 15)
    return x86_fault(cpu, VECTOR_GP, 0);
  x86_fxsave_image(cpu, op->size == 3, image);
  return x86_store(cpu, cpu->effective, image_size(cpu), image) ? RESULT_REFETCH : RESULT_FAULT;
}

enum x86_result x86_fxrstor(struct x86_cpu *cpu, const struct x86_op *op) {
  uint8_t image[FXSAVE_WRITTEN];
  if (cpu->effective & 15)
    return x86_fault(cpu, VECTOR_GP, 0);
  if (!x86_load(cpu, cpu->effective, image_size(cpu), image))
    return RESULT_FAULT;
  memcpy(image + image_size(cpu), (const uint8_t *)cpu->xmm + image_size(cpu) - IMAGE_XMM,
         sizeof image - image_size(cpu));
  return x86_fxrstor_image(cpu, op->size == 3, image) ? RESULT_NEXT : x86_fault(cpu, VECTOR_GP, 0);
}

// Two bits a register: valid, zero, special, empty.
static uint16_t full_tags(struct x86_cpu *cpu) {
  uint16_t tags = 0;
  for (unsigned i = 0; i < 8; i++) {
    const struct x86_real *stored = &cpu->x87.registers[i];
    const struct real value = real_from_extended(stored->significand, stored->sign_exponent);
    unsigned tag = value.kind == REAL_ZERO ? 1 : value.kind == REAL_FINITE && !value.denormal ? 0 : 2;
    if (!(cpu->x87.used >> i & 1))
      tag = 3;
    tags |= (uint16_t)(tag << i * 2);
  }
  return tags;
}

// Control, status, tags, instruction pointer, its selector and the opcode, operand pointer and selector.
enum { ENVIRONMENT_WORDS = 7, ENVIRONMENT_MAX = 28, REGISTERS_SIZE = 80 };

static unsigned environment_size(const struct x86_op *op) {
  return op->size == 1 ? ENVIRONMENT_MAX / 2 : ENVIRONMENT_MAX;
}

static void make_environment(struct x86_cpu *cpu, const struct x86_op *op, uint8_t *bytes) {
  const bool small = op->size == 1;
  const uint32_t upper = small ? 0 : 0xffff0000;
  const uint32_t words[ENVIRONMENT_WORDS] = {cpu->x87.control | upper,
                                             x87_status(cpu) | upper,
                                             full_tags(cpu) | upper,
                                             (uint32_t)cpu->x87.instruction,
                                             small ? 0 : (uint32_t)cpu->x87.opcode << 16,
                                             (uint32_t)cpu->x87.operand,
                                             upper};
  for (unsigned i = 0; i < ENVIRONMENT_WORDS; i++)
    memcpy(bytes + i * (small ? 2 : 4), &words[i], small ? 2 : 4);
}

static void take_environment(struct x86_cpu *cpu, const struct x86_op *op, const uint8_t *bytes) {
  const unsigned size = op->size == 1 ? 1 : 2, step = 1U << size;
  const uint16_t tags = (uint16_t)x86_read(bytes + step * 2, 1);
  cpu->x87.control = (uint16_t)((x86_read(bytes, 1) & 0x1f3f) | CONTROL_RESERVED);
  cpu->x87.used = 0;
  for (unsigned i = 0; i < 8; i++) {
    if ((tags >> i * 2 & 3) != 3)
      cpu->x87.used |= (uint8_t)(1 << i);
  }
  cpu->x87.instruction = x86_read(bytes + step * 3, size);
  cpu->x87.opcode = size == 2 ? (uint16_t)(x86_read(bytes + step * 4, 2) >> 16 & 0x7ff) : 0;
  cpu->x87.operand = x86_read(bytes + step * 5, size);
  x87_set_status(cpu, (uint16_t)x86_read(bytes + step, 1));
}

// Masks all exceptions afterwards.
enum x86_result x86_fnstenv(struct x86_cpu *cpu, const struct x86_op *op) {
  uint8_t bytes[ENVIRONMENT_MAX];
  make_environment(cpu, op, bytes);
  if (!x86_store(cpu, cpu->effective, environment_size(op), bytes))
    return RESULT_FAULT;
  cpu->x87.control |= STATUS_FLAGS;
  x87_summarize(cpu);
  return RESULT_REFETCH;
}

enum x86_result x86_fldenv(struct x86_cpu *cpu, const struct x86_op *op) {
  uint8_t bytes[ENVIRONMENT_MAX];
  X87_WAIT(cpu);
  if (!x86_load(cpu, cpu->effective, environment_size(op), bytes))
    return RESULT_FAULT;
  take_environment(cpu, op, bytes);
  return RESULT_NEXT;
}

enum x86_result x86_fnsave(struct x86_cpu *cpu, const struct x86_op *op) {
  uint8_t bytes[ENVIRONMENT_MAX + REGISTERS_SIZE];
  const unsigned start = environment_size(op);
  make_environment(cpu, op, bytes);
  for (unsigned i = 0; i < 8; i++) {
    memcpy(bytes + start + i * 10, &x87_register(cpu, i)->significand, 8);
    memcpy(bytes + start + i * 10 + 8, &x87_register(cpu, i)->sign_exponent, 2);
  }
  if (!x86_store(cpu, cpu->effective, start + REGISTERS_SIZE, bytes))
    return RESULT_FAULT;
  x87_init(cpu);
  return RESULT_REFETCH;
}

enum x86_result x86_frstor(struct x86_cpu *cpu, const struct x86_op *op) {
  uint8_t bytes[ENVIRONMENT_MAX + REGISTERS_SIZE];
  const unsigned start = environment_size(op);
  X87_WAIT(cpu);
  if (!x86_load(cpu, cpu->effective, start + REGISTERS_SIZE, bytes))
    return RESULT_FAULT;
  take_environment(cpu, op, bytes);
  load_registers(cpu, bytes + start, 10);
  return RESULT_NEXT;
}
