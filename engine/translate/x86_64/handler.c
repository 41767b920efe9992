// Ops that the interpreter executes by functions: translated code calls the same ones. Only those that change nothing
// but registers and flags (FSTP of ten bytes also memory: x87.c), and either do their work or note a fault and have
// done nothing.
#include "handler.h"
#include "flags.h"
#include "operand.h"
#include "simd.h"

#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"
#include "translate/module.h"
#include "translate/registers.h"
#include "translate/trained.h"

// The interpreter's loop rotates itself. Nobody can tell a rotation's flags without those from before it.
static enum x86_result rotate(struct x86_cpu *cpu, const struct x86_op *op) {
  const bool left = op->code <= X86_ROL64;
  const unsigned size = op->code - (unsigned)(left ? X86_ROL8 : X86_ROR8), bits = 8U << size;
  const unsigned masked = *(const uint8_t *)op->rs & (size == 3 ? 63 : 31);
  const unsigned count = (left ? masked : bits - masked % bits) % bits;
  const uint64_t value = x86_read(op->rd, size);
  const uint64_t result = (value << count | (count ? value >> (bits - count) : 0)) & x86_size_mask(size);
  x86_write(op->rd, size, result);
  if (!masked)
    return RESULT_NEXT;
  const uint64_t top = x86_top_bit(result, size), carry = left ? result & 1 : top;
  const uint64_t overflow = top ^ (left ? carry : result >> (bits - 2) & 1);
  const uint64_t others = x86_arithmetic_flags(cpu) & ~(FLAG_CF | FLAG_OF);
  x86_set_flags(cpu, others | (carry ? FLAG_CF : 0) | (overflow ? FLAG_OF : 0));
  return RESULT_NEXT;
}

static x86_handler *const HANDLERS[X86_CODES] = {
    [X86_ROL8] = rotate, [X86_ROL16] = rotate, [X86_ROL32] = rotate, [X86_ROL64] = rotate,
    [X86_ROR8] = rotate, [X86_ROR16] = rotate, [X86_ROR32] = rotate, [X86_ROR64] = rotate,
#define OP(name, flags)
#define RARE(name, function) [X86_##name] = function,
#include "cpu/x86_64/code.inc"
#undef OP
#undef RARE
};

// x87's own, but for those that load or store more than what the ops around them bring.
static bool is_x87(unsigned code) {
  switch (code) {
  case X86_FLDENV:
  case X86_FNSTENV:
  case X86_FRSTOR:
  case X86_FNSAVE:
  case X86_FBLD:
  case X86_FBSTP: return false;
  default: return code >= X86_F_SINGLE && code <= X86_FCOMIP;
  }
}

// What stands between is written out (integer.c).
static bool is_allowed(unsigned code) {
  return is_x87(code) || (code >= X86_ROL8 && code <= X86_ROR64) ||
         (code >= X86_RCL && code <= X86_MOVZX_RARE && code != X86_IMUL3) ||
         (code >= X86_LAHF && code <= X86_BSWAP && code != X86_SAHF) ||
         (code >= X86_MMX_ENTER && code <= X86_PCMPISTRI && code != X86_MASKMOV);
}

// What an op reads and writes beside its operands.
struct effects {
  uint32_t registers;
  bool flags; // reads or writes them
  int kind;   // what the flags are behind it, as struct emitter says
};

static struct effects effects_of(const struct x86_op *op) {
  enum { ACCUMULATOR = 1 << RAX, PAIR = 1 << RAX | 1 << RDX, TEXT = 1 << RAX | 1 << RDX | 1 << RCX };
  switch ((enum x86_code)op->code) {
  case X86_ROL8:
  case X86_ROL16:
  case X86_ROL32:
  case X86_ROL64:
  case X86_ROR8:
  case X86_ROR16:
  case X86_ROR32:
  case X86_ROR64:
  case X86_RCL:
  case X86_RCR:
  case X86_SHLD:
  case X86_SHRD: return (struct effects){0, true, FLAGS_UNKNOWN};
  case X86_SHLD_CL:
  case X86_SHRD_CL: return (struct effects){1 << RCX, true, FLAGS_UNKNOWN};
  case X86_MUL:
  case X86_IMUL1: return (struct effects){PAIR, true, FLAGS_MUL};
  case X86_DIV:
  case X86_IDIV: return (struct effects){PAIR, false, 0};
  case X86_LAHF: return (struct effects){ACCUMULATOR, true, FLAGS_UNKNOWN};
  case X86_CMC:
  case X86_CLC:
  case X86_STC:
  case X86_BT:
  case X86_BTS:
  case X86_BTR:
  case X86_BTC:
  case X86_BSF:
  case X86_BSR:
  case X86_POPCNT:
  case X86_UCOMISS:
  case X86_UCOMISD:
  case X86_COMISS:
  case X86_COMISD:
  case X86_PTEST:
  case X86_FCOMI:
  case X86_FCOMIP:
  case X86_FUCOMI:
  case X86_FUCOMIP: return (struct effects){0, true, FLAGS_EXPLICIT};
  case X86_FCMOV:
  case X86_FCMOVN: return (struct effects){0, true, FLAGS_UNKNOWN};
  case X86_PCMPESTRM:
  case X86_PCMPESTRI:
  case X86_PCMPISTRM:
  case X86_PCMPISTRI: return (struct effects){TEXT, true, FLAGS_EXPLICIT};
  default: return (struct effects){0, false, 0};
  }
}

// Does the op use cpu->temporary? x87's have that as operand even where they have none.
static bool uses_temporary(const struct emitter *emitter, const struct x86_op *op) {
  switch (op->code) {
  case X86_F_SINGLE:
  case X86_F_DOUBLE:
  case X86_F_INT32:
  case X86_F_INT16:
  case X86_FLD_SINGLE:
  case X86_FST_SINGLE:
  case X86_FLDCW:
  case X86_FILD32:
  case X86_FISTTP:
  case X86_FIST:
  case X86_FLD_DOUBLE:
  case X86_FST_DOUBLE:
  case X86_FILD16:
  case X86_FILD64: return true;
  default: return !is_x87(op->code) && (op->rd == &emitter->cpu->temporary || op->rs == &emitter->cpu->temporary);
  }
}

static bool uses_effective(const struct emitter *emitter, const struct x86_op *op) {
  return op->code == X86_BIT_ADDRESS || op->code == X86_FLD_EXTENDED || op->code == X86_FSTP_EXTENDED ||
         op->rd == &emitter->cpu->effective || op->rs == &emitter->cpu->effective;
}

static void note_register(const struct emitter *emitter, const void *pointer, uint32_t *set) {
  const uintptr_t offset = (uintptr_t)pointer - (uintptr_t)emitter->cpu->r;
  if (offset < sizeof emitter->cpu->r)
    *set |= 1U << (offset / 8);
}

static void move_scratch(struct emitter *emitter, enum local local, const void *member, bool to_memory) {
  struct wasm_code *code = emitter->code;
  emit_pointer(emitter, member);
  if (to_memory)
    wasm_get(code, local);
  wasm_memory(code, to_memory ? WASM_I64_STORE : WASM_I64_LOAD, 0);
  if (!to_memory)
    wasm_set(code, local);
}

// The vector that a pointer leads to, as a bit.
static uint32_t vector_of(const struct emitter *emitter, const void *pointer) {
  unsigned byte;
  const int number = emit_vector_number(emitter, pointer, &byte);
  return number < 0 ? 0 : 1U << number;
}

// Vectors beside the operands: XMM0.
static uint32_t first_vector(const struct emitter *emitter, const struct x86_op *op) {
  switch ((enum x86_code)op->code) {
  case X86_PBLENDVB:
  case X86_BLENDVPS:
  case X86_BLENDVPD:
  case X86_SHA256RNDS2:
  case X86_PCMPESTRM:
  case X86_PCMPISTRM: return vector_of(emitter, &emitter->cpu->xmm[0]);
  default: return 0;
  }
}

static void move_vectors(struct emitter *emitter, uint32_t set, bool to_memory) {
  for (unsigned i = 0; i <= X86_VECTORS; i++) {
    const struct x86_xmm *member = i == X86_VECTORS ? &emitter->cpu->wide : &emitter->cpu->xmm[i];
    if (!(set >> i & 1))
      continue;
    if (to_memory)
      emit_vector_to_memory(emitter, member);
    else
      emit_vector_from_memory(emitter, member);
  }
}

// What stays in memory is there for the interpreter's functions. An operand between the ops of one instruction does
// not.
static uint32_t in_locals(const struct emitter *emitter, uint32_t vectors) {
  return emitter->in_memory ? vectors & 1U << X86_VECTORS : vectors;
}

static void give(struct emitter *emitter, uint32_t registers, uint32_t vectors) {
  emit_flush(emitter);
  if (!emitter->in_memory)
    emit_move_registers(emitter, registers, true);
  move_vectors(emitter, in_locals(emitter, vectors), true);
}

static void take_back(struct emitter *emitter, uint32_t registers, uint32_t vectors) {
  for (unsigned i = 0; i < X86_REGISTERS; i++) {
    if (registers >> i & 1)
      emit_forget(emitter, &emitter->cpu->r[i]);
  }
  if (!emitter->in_memory)
    emit_move_registers(emitter, registers, false);
  else
    emitter->cached.loaded &= ~(registers | (uint64_t)vectors << VECTOR_BIT);
  move_vectors(emitter, in_locals(emitter, vectors), false);
}

static const struct x86_op *keep(struct emitter *emitter, const struct x86_op *op) {
  if (!emitter->kept)
    return op;
  struct x86_op *kept = emitter->kept_used < emitter->kept_max ? &emitter->kept[emitter->kept_used++] : NULL;
  if (trained_collecting())
    kept = trained_allocate(sizeof *kept);
  if (!kept) {
    emitter->code->full = true;
    return op;
  }
  *kept = *op;
  if (op->rs == &op->imm)
    kept->rs = &kept->imm;
  return kept;
}

bool emit_handler(struct emitter *emitter, const struct x86_op *op) {
  struct wasm_code *code = emitter->code;
  const struct x86_cpu *cpu = emitter->cpu;
  if (!is_allowed(op->code))
    return false;
  const struct effects effects = effects_of(op);
  uint32_t read = 0, written = effects.registers;
  note_register(emitter, op->rd, &written);
  note_register(emitter, op->rs, &read);
  emitter->registers |= read | written;
  emitter->written |= written;
  const uint32_t vectors = vector_of(emitter, op->rd) | first_vector(emitter, op);
  give(emitter, read | written, vectors | vector_of(emitter, op->rs));
  const bool temporary = uses_temporary(emitter, op);
  if (temporary)
    move_scratch(emitter, LOCAL_TEMPORARY, &cpu->temporary, true);
  if (uses_effective(emitter, op))
    move_scratch(emitter, LOCAL_EFFECTIVE, &cpu->effective, true);
  if (effects.flags && !emitter->in_memory)
    emit_store_flags(emitter, FLAGS_BIT | SECOND_BIT);
  emit_pointer(emitter, cpu);
  emit_pointer(emitter, keep(emitter, op));
  wasm_i32(code, (int32_t)(uint32_t)(uintptr_t)HANDLERS[op->code]);
  wasm_byte(code, WASM_CALL_INDIRECT);
  wasm_unsigned(code, module_type(MODULE_HANDLER));
  wasm_unsigned(code, 0);
  wasm_i32(code, RESULT_NEXT);
  wasm_byte(code, WASM_I32_NE);
  emit_exit_if(emitter);
  take_back(emitter, written, vectors);
  if (temporary && op->rd == &cpu->temporary)
    move_scratch(emitter, LOCAL_TEMPORARY, &cpu->temporary, false);
  emit_forget(emitter, &cpu->temporary);
  if (op->code == X86_BIT_ADDRESS)
    move_scratch(emitter, LOCAL_EFFECTIVE, &cpu->effective, false);
  if (effects.flags) {
    emit_load_flags(emitter);
    emitter->kind = effects.kind;
    emitter->size = op->size;
  }
  return true;
}
