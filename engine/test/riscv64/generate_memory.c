// Groups that access memory: around gp, and in the code that is executed.
#include "generate.h"

enum { ACCESS_LAST = 248, FAR_OFFSET = 1792 };

// Offset from gp of up to 8 bytes, half of them aligned.
static int32_t access_offset(struct sequence *sequence) {
  const int32_t offset = random_between(sequence->program, MEMORY_START, ACCESS_LAST);
  return below(sequence, 2) ? offset & ~7 : offset;
}

// A load or store through gp, or through another register with an offset that may be far.
void memory_group(struct sequence *sequence) {
  struct program *program = sequence->program;
  uint16_t code;
  do {
    code = random_code(sequence, RV_LB, RV_FSD);
  } while ((code > RV_SD && code < RV_FLW) || (code > RV_FSW && code < RV_FLD));
  const uint8_t format = INSTRUCTIONS[code].format;
  const bool is_store = format == RV_FMT_S || format == RV_FMT_FS;
  int32_t offset = access_offset(sequence);
  unsigned base = GP;
  if (below(sequence, 2)) {
    const int32_t far = random_between(program, -FAR_OFFSET, FAR_OFFSET);
    base = base_register(sequence);
    emit(program, encode_i(RV_ADDI, base, GP, offset - far));
    offset = far;
  }
  const unsigned target = format == RV_FMT_FL ? any_register(sequence) : target_register(sequence);
  emit(program, is_store ? encode_s(code, base, any_register(sequence), offset) : encode_i(code, target, base, offset));
}

static bool is_compressed_access(const struct sequence *sequence, uint16_t bits) {
  const struct riscv_compressed_row *row = riscv_length(bits) == 2 ? riscv_compressed_row_of(bits) : NULL;
  if (!row)
    return false;
  switch (row->format) {
  case C_CL_W:
  case C_CL_D: return may_write(sequence, 8 + (bits >> 2 & 7));
  case C_CLSP_W:
  case C_CLSP_D: return may_write(sequence, bits >> 7 & 31);
  case C_CL_FD:
  case C_CS_W:
  case C_CS_D:
  case C_CS_FD:
  case C_CLSP_FD:
  case C_CSSP_W:
  case C_CSSP_D:
  case C_CSSP_FD: return true;
  default: return false;
  }
}

// Offsets are 0 to 248 from a register and 0 to 504 from sp, which fits what is set up here.
void compressed_memory_group(struct sequence *sequence) {
  uint16_t bits;
  bool by_sp;
  unsigned base;
  do {
    bits = (uint16_t)random_bits(sequence->program);
    by_sp = (bits & 3) == 2;
    base = by_sp ? SP : 8 + (bits >> 7 & 7);
  } while (!is_compressed_access(sequence, bits) || !may_write(sequence, base));
  const int32_t start = by_sp ? MEMORY_START : random_between(sequence->program, MEMORY_START, 0);
  emit(sequence->program, encode_i(RV_ADDI, base, GP, start));
  emit(sequence->program, bits);
}

// acquire and release are random.
static uint32_t atomic(struct sequence *sequence, uint16_t code, unsigned rd, unsigned address) {
  const unsigned operand = code == RV_LR_W || code == RV_LR_D ? ZERO : any_register(sequence);
  return encode_r(code, rd, address, operand) | below(sequence, 4) << 25;
}

void atomic_group(struct sequence *sequence) {
  const bool wide = below(sequence, 2) != 0;
  const uint16_t code =
      wide ? random_code(sequence, RV_AMOSWAP_D, RV_AMOMAXU_D) : random_code(sequence, RV_AMOSWAP_W, RV_AMOMAXU_W);
  const unsigned address = base_register(sequence);
  emit(sequence->program, encode_i(RV_ADDI, address, GP, access_offset(sequence) & (wide ? ~7 : ~3)));
  emit(sequence->program, atomic(sequence, code, target_register(sequence), address));
}

// LR, something, SC. The SC may be preceded by one to another address; then both fail. No store comes between: whether
// it takes the reservation is up to the implementation.
void reservation_group(struct sequence *sequence) {
  struct program *program = sequence->program;
  const uint32_t locked = sequence->locked;
  const bool wide = below(sequence, 2) != 0;
  const uint16_t load = wide ? RV_LR_D : RV_LR_W, store = wide ? RV_SC_D : RV_SC_W;
  const int32_t offset = access_offset(sequence) & ~7;
  const unsigned address = base_register(sequence);
  sequence->locked |= 1U << address;
  const unsigned other = base_register(sequence);
  emit(program, encode_i(RV_ADDI, address, GP, offset));
  if (below(sequence, 8)) // else an SC without LR
    emit(program, atomic(sequence, load, target_register(sequence), address));
  for (unsigned count = below(sequence, 4); count > 0; count--)
    emit(program, plain_instruction(sequence));
  if (below(sequence, 4) == 0) {
    emit(program, encode_i(RV_ADDI, other, GP, offset ^ 8));
    emit(program, atomic(sequence, store, target_register(sequence), other));
  }
  sequence->locked = locked;
  emit(program, atomic(sequence, store, target_register(sequence), address));
}

static void align(struct program *program, uint32_t to) {
  while (program->at % to)
    emit(program, 0x0001); // c.nop
}

// An atomic, store or load whose target lies in the code that is executed.
void own_code_group(struct sequence *sequence) {
  struct program *program = sequence->program;
  const unsigned address = base_register(sequence);
  align(program, 8);
  emit(program, encode_u(RV_AUIPC, address, 0));
  emit(program, encode_i(RV_ADDI, address, address, 16));
  emit(program, encode_r(RV_JAL, ZERO, 0, 0) | jump_offset(16));
  align(program, 8);
  emit_data(program, random_bits(program));
  emit(program, below(sequence, 4) ? atomic(sequence, random_code(sequence, RV_AMOSWAP_D, RV_AMOMAXU_D), ZERO, address)
                                   : encode_s(RV_SW, address, any_register(sequence), 2));
  emit(program, encode_i(RV_LD, target_register(sequence), address, 0));
}

// Copies an instruction over the one that follows FENCE.I.
void written_code_group(struct sequence *sequence) {
  struct program *program = sequence->program;
  const unsigned address = base_register(sequence);
  sequence->locked |= 1U << address;
  const unsigned value = base_register(sequence);
  sequence->locked &= ~(1U << address);
  emit(program, encode_u(RV_AUIPC, address, 0));
  emit(program, encode_i(RV_LW, value, address, 20));
  emit(program, encode_s(RV_SW, address, value, 24));
  emit(program, INSTRUCTIONS[RV_FENCE_I].match);
  emit(program, encode_r(RV_JAL, ZERO, 0, 0) | jump_offset(8));
  emit(program, plain_instruction(sequence));
  emit(program, plain_instruction(sequence));
}
