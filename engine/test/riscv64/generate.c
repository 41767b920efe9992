// Random instructions in groups. A group is whole in itself: it sets up the address that it accesses, and branches lead
// to the start of a later group only, so that every sequence ends. Backwards lead only loops with a counter that
// nothing else writes.
#include "generate.h"

#include <stdlib.h>

enum { GROUPS_LEAST = 8, GROUPS_MOST = 24 };
enum { CSR_FFLAGS = 1, CSR_FRM = 2, CSR_FCSR = 3, RM_DYNAMIC = 7, ROUNDING_MODES = 5 };

unsigned below(struct sequence *sequence, unsigned limit) {
  return random_below(sequence->program, limit);
}

bool may_write(const struct sequence *sequence, unsigned x) {
  return !(sequence->locked >> x & 1);
}

unsigned any_register(struct sequence *sequence) {
  return below(sequence, 32);
}

unsigned target_register(struct sequence *sequence) {
  for (;;) {
    const unsigned x = any_register(sequence);
    if (may_write(sequence, x))
      return x;
  }
}

unsigned base_register(struct sequence *sequence) {
  for (;;) {
    const unsigned x = target_register(sequence);
    if (x != ZERO)
      return x;
  }
}

static bool is_plain(uint16_t code) {
  switch (INSTRUCTIONS[code].format) {
  case RV_FMT_R:
  case RV_FMT_I:
  case RV_FMT_SH6:
  case RV_FMT_SH5:
  case RV_FMT_U:
  case RV_FMT_FENCE:
  case RV_FMT_F1:
  case RV_FMT_FR:
  case RV_FMT_FR2:
  case RV_FMT_F4:
  case RV_FMT_FC:
  case RV_FMT_FTOI:
  case RV_FMT_ITOF:
  case RV_FMT_FMVX:
  case RV_FMT_XMVF: return true;
  default: return code == RV_FENCE_I;
  }
}

static bool is_float(uint16_t code) {
  return INSTRUCTIONS[code].extension == 'F' || INSTRUCTIONS[code].extension == 'D';
}

uint16_t random_code(struct sequence *sequence, uint16_t first, uint16_t last) {
  return (uint16_t)(first + below(sequence, last - first + 1U));
}

// Seven of eight floating-point instructions are of the sequence's width: its registers hold such values.
static uint16_t plain_code(struct sequence *sequence) {
  const bool wants_float = below(sequence, 2) != 0, any_width = below(sequence, 8) == 0;
  for (;;) {
    const uint16_t code = random_code(sequence, RV_LUI, RV_FCVT_D_S);
    if (!is_plain(code) || is_float(code) != wants_float)
      continue;
    if (!wants_float || any_width || INSTRUCTIONS[code].extension == sequence->width)
      return code;
  }
}

static uint32_t with_rounding(struct sequence *sequence, uint32_t bits) {
  const unsigned mode = below(sequence, 2 * ROUNDING_MODES);
  return (bits & ~0x7000U) | (mode < ROUNDING_MODES ? mode : RM_DYNAMIC) << 12;
}

// Whatever the row leaves open is random, but for the register that is written and the rounding mode.
uint32_t plain_instruction(struct sequence *sequence) {
  const uint16_t code = plain_code(sequence);
  const struct instruction *row = &INSTRUCTIONS[code];
  uint32_t bits = row->match | ((uint32_t)random_bits(sequence->program) & ~row->mask);
  if (riscv_format_of(code)->rd == RV_OPERAND_X)
    bits = (bits & ~0xf80U) | target_register(sequence) << 7;
  return is_float(code) && !(row->mask & 0x7000) ? with_rounding(sequence, bits) : bits;
}

static void plain_group(struct sequence *sequence) {
  emit(sequence->program, plain_instruction(sequence));
}

// The register that a 16-bit instruction without memory access writes, or -1 if it is none of these.
static int compressed_target(uint16_t bits) {
  const struct riscv_compressed_row *row = riscv_compressed_row_of(bits);
  if (!row)
    return -1;
  switch (row->format) {
  case C_CIW: return 8 + (bits >> 2 & 7);
  case C_CI:
  case C_CLI:
  case C_CI16SP:
  case C_CLUI:
  case C_CI_SH:
  case C_CMV:
  case C_CR: return bits >> 7 & 31;
  case C_CB_SH:
  case C_CB_I:
  case C_CA: return 8 + (bits >> 7 & 7);
  default: return -1;
  }
}

static void compressed_group(struct sequence *sequence) {
  for (;;) {
    const uint16_t bits = (uint16_t)random_bits(sequence->program);
    const int target = riscv_length(bits) == 2 ? compressed_target(bits) : -1;
    if (target >= 0 && may_write(sequence, (unsigned)target)) {
      emit(sequence->program, bits);
      return;
    }
  }
}

// fflags, frm and fcsr. A rounding mode that is reserved may be written, but not used: a valid one follows.
static void csr_group(struct sequence *sequence) {
  struct program *program = sequence->program;
  const int32_t number = (int32_t)below(sequence, 2) ? CSR_FFLAGS : random_between(program, CSR_FFLAGS, CSR_FCSR);
  const unsigned source = below(sequence, 3) ? any_register(sequence) : ZERO;
  emit(program, encode_i(random_code(sequence, RV_CSRRW, RV_CSRRCI), target_register(sequence), source, number));
  if (number != CSR_FFLAGS)
    emit(program, encode_i(RV_CSRRWI, target_register(sequence), below(sequence, ROUNDING_MODES), CSR_FRM));
}

static void await_target(struct sequence *sequence, enum patch patch, uint32_t at, uint32_t from, unsigned groups) {
  sequence->pending[sequence->pending_count++] = (struct pending){patch, at, from, groups};
}

static uint32_t offset_bits(struct sequence *sequence, enum patch patch, int32_t offset) {
  switch (patch) {
  case PATCH_BRANCH: return branch_offset(offset);
  case PATCH_JUMP: return jump_offset(offset);
  case PATCH_COMPRESSED_BRANCH: return compressed_branch_offset(offset);
  case PATCH_COMPRESSED_JUMP: return compressed_jump_offset(offset);
  default: return (uint32_t)(offset | (int32_t)below(sequence, 2)) << 20; // JALR clears the lowest bit
  }
}

// Those whose target is here; with `all`, those that wanted a later group too.
static void resolve(struct sequence *sequence, bool all) {
  unsigned kept = 0;
  for (unsigned i = 0; i < sequence->pending_count; i++) {
    struct pending pending = sequence->pending[i];
    if (!all && pending.groups-- > 0) {
      sequence->pending[kept++] = pending;
      continue;
    }
    const int32_t offset = (int32_t)(sequence->program->at - pending.from);
    if (pending.patch == PATCH_COMPRESSED_BRANCH && offset > 254)
      abort();
    put(sequence->program, pending.at,
        bits_at(sequence->program, pending.at) | offset_bits(sequence, pending.patch, offset));
  }
  sequence->pending_count = kept;
}

static void indirect_jump(struct sequence *sequence, unsigned groups) {
  struct program *program = sequence->program;
  const unsigned address = base_register(sequence);
  const uint32_t from = program->at;
  emit(program, encode_u(RV_AUIPC, address, 0));
  const uint32_t at = program->at;
  const bool link = below(sequence, 2) != 0 && may_write(sequence, RA);
  if (below(sequence, 2)) {
    emit(program, encode_i(RV_JALR, target_register(sequence), address, 0));
  } else {
    emit(program, encode_i(RV_ADDI, address, address, 0));
    emit(program, (link ? 0x9002 : 0x8002) | address << 7); // c.jalr, c.jr
  }
  await_target(sequence, PATCH_IMMEDIATE, at, from, groups);
}

static void branch_group(struct sequence *sequence) {
  if (sequence->pending_count == PENDING_MAX)
    return;
  struct program *program = sequence->program;
  const uint32_t at = program->at;
  const unsigned groups = below(sequence, 4), a = any_register(sequence), b = any_register(sequence);
  switch (below(sequence, 6)) {
  case 0:
    emit(program, encode_r(RV_JAL, target_register(sequence), 0, 0));
    await_target(sequence, PATCH_JUMP, at, at, groups);
    break;
  case 1:
    emit(program, 0xa001); // c.j
    await_target(sequence, PATCH_COMPRESSED_JUMP, at, at, groups);
    break;
  case 2:
    emit(program, (below(sequence, 2) ? 0xc001 : 0xe001) | (a & 7) << 7); // c.beqz, c.bnez
    await_target(sequence, PATCH_COMPRESSED_BRANCH, at, at, groups);
    break;
  case 3: indirect_jump(sequence, groups); break;
  default:
    emit(program, encode_r(random_code(sequence, RV_BEQ, RV_BGEU), 0, a, below(sequence, 4) ? b : a));
    await_target(sequence, PATCH_BRANCH, at, at, groups);
  }
}

static void straight_group(struct sequence *sequence) {
  const unsigned kind = below(sequence, 100);
  if (kind < 45)
    plain_group(sequence);
  else if (kind < 60)
    compressed_group(sequence);
  else if (kind < 72)
    memory_group(sequence);
  else if (kind < 77)
    compressed_memory_group(sequence);
  else if (kind < 81)
    atomic_group(sequence);
  else if (kind < 84)
    reservation_group(sequence);
  else if (kind < 90)
    csr_group(sequence);
  else if (kind < 98)
    branch_group(sequence);
  else if (kind < 99)
    own_code_group(sequence);
  else
    written_code_group(sequence);
}

static void straight_groups(struct sequence *sequence, unsigned count) {
  for (; count > 0; count--) {
    resolve(sequence, false);
    straight_group(sequence);
  }
}

static void loop_group(struct sequence *sequence) {
  struct program *program = sequence->program;
  resolve(sequence, true); // nothing may lead into the loop past its counter's start
  const unsigned counter = base_register(sequence);
  const uint32_t locked = sequence->locked;
  emit(program, encode_i(RV_ADDI, counter, ZERO, random_between(program, 1, 5)));
  sequence->locked |= 1U << counter;
  const uint32_t start = program->at;
  straight_groups(sequence, 1 + below(sequence, 4));
  resolve(sequence, true);
  sequence->locked = locked;
  emit(program, encode_i(RV_ADDI, counter, counter, -1));
  emit(program, encode_r(RV_BNE, 0, counter, ZERO) | branch_offset((int32_t)(start - program->at)));
}

void generate_sequence(struct program *program) {
  struct sequence sequence = {.program = program, .locked = RESERVED_REGISTERS};
  sequence.width = below(&sequence, 2) ? 'F' : 'D';
  const unsigned loops = below(&sequence, 3);
  for (unsigned part = 0; part <= loops; part++) {
    if (part > 0)
      loop_group(&sequence);
    straight_groups(&sequence, (unsigned)random_between(program, GROUPS_LEAST, GROUPS_MOST) / (loops + 1));
  }
  resolve(&sequence, true);
}
