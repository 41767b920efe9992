#include "emit.h"

#include "emit_flow.h"
#include "emit_operand.h"

#include <stddef.h>

void x86_emit_fault(struct x86_run *run, enum x86_vector vector, enum x86_missing missing) {
  struct x86_op *op = x86_append(run, X86_RAISE_FAULT);
  op->detail = (uint8_t)vector;
  op->imm = missing;
}

void x86_emit_continue(struct x86_run *run, uint32_t offset) {
  x86_append(run, X86_CONTINUE)->relative = (intptr_t)offset;
}

// Log2 of bytes.
static intptr_t address_size(const struct x86_insn *insn) {
  return insn->address16 ? 1 : insn->address32 ? 2 : 3;
}

static bool in_vector_unit(const struct x86_insn *insn) {
  return (insn->row->attributes & ROW_FPU) != 0;
}

static const struct x86_operand *memory_operand(const struct x86_insn *insn) {
  for (unsigned i = 0; i < X86_OPERANDS; i++) {
    if (insn->operands[i].kind == OPERAND_MEMORY)
      return &insn->operands[i];
  }
  return NULL;
}

// x87's control instructions leave no trace in its pointers (SDM 1, 8.1.8).
static bool is_x87_noted(const struct x86_insn *insn) {
  const bool memory = insn->modrm < 0xc0;
  const unsigned reg = insn->modrm >> 3 & 7;
  switch (insn->opcode) {
  case 0xd9: return !memory || reg < 4;
  case 0xdb: return memory || reg != 4;
  case 0xdd: return !memory || reg < 4;
  case 0xdf: return memory || reg != 4;
  default: return (insn->opcode & 0xf8) == 0xd8;
  }
}

static void emit_x87_note(struct x86_run *run, const struct x86_insn *insn) {
  struct x86_insn plain = *insn;
  plain.segment = -1; // the pointer is an offset
  struct x86_op *op = x86_append(run, X86_F_NOTE);
  const bool memory = insn->modrm < 0xc0;
  if (memory)
    x86_set_address(run, &plain, op);
  op->size = insn->modrm;
  op->detail = (uint8_t)((insn->opcode & NOTE_OPCODE) | (memory ? NOTE_OPERAND : 0) |
                         (insn->address16   ? NOTE_ADDRESS16
                          : insn->address32 ? NOTE_ADDRESS32
                                            : 0) |
                         (insn->row->code == X86_FSTP_EXTENDED || insn->row->code == X86_FBSTP ? NOTE_REFETCH : 0));
}

// The instruction's own op, behind its loads and before its store. `memory` is where its memory operand was loaded.
static struct x86_op *emit_body(struct x86_run *run, const struct x86_insn *insn, void *memory) {
  const struct x86_row *row = insn->row;
  const struct x86_operand *first = &insn->operands[0], *second = &insn->operands[1];
  if (row->attributes & ROW_MMX)
    x86_append(run, X86_MMX_ENTER);
  struct x86_op *op = x86_append(run, (uint16_t)(row->code + (row->attributes & ROW_SIZED ? first->size : 0)));
  op->size = first->size;
  op->detail = (uint8_t)((insn->opcode & 15) | (insn->rex & 8) << 1); // condition; OP_WIDE
  for (unsigned i = 0; i < X86_OPERANDS; i++) {
    if (insn->operands[i].kind >= OPERAND_SEGMENT)
      op->detail = insn->operands[i].number;
  }
  op->shift = row->emit == EMIT_STRING ? insn->repeat : second->size;
  // x87 handlers tell instructions apart by ModRM.reg; none has an immediate operand.
  op->imm = (insn->row->opcode & 0xfff8) == 0xd8 ? insn->modrm >> 3 & 7 : insn->immediate;
  op->rd = first->kind == OPERAND_MEMORY ? memory : x86_register_of(run->cpu, first);
  if (second->kind == OPERAND_IMMEDIATE || first->kind == OPERAND_IMMEDIATE)
    op->rs = NULL;
  else if (second->kind != OPERAND_NONE)
    op->rs = second->kind == OPERAND_MEMORY ? memory : x86_register_of(run->cpu, second);
  if (first->kind == OPERAND_MMX && row->access != ACCESS_R)
    x86_append(run, X86_MMX_WRITTEN)->detail = first->number;
  if (is_x87_noted(insn) && row->opcode == insn->opcode)
    emit_x87_note(run, insn);
  return op;
}

// Does it look for a pending x87 exception before anything else?
static bool waits(const struct x86_insn *insn) {
  const struct x86_row *row = insn->row;
  const bool x87 = (row->attributes & (ROW_FPU | ROW_SSE)) == ROW_FPU;
  return (row->attributes & ROW_MMX) || (x87 && row->code != X86_FNSTCW && row->code != X86_FNSTSW);
}

static void emit_generic(struct x86_run *run, const struct x86_insn *insn) {
  const struct x86_operand *first = &insn->operands[0], *operand = memory_operand(insn);
  const bool written =
      first->kind == OPERAND_MEMORY && (insn->row->access == ACCESS_W || insn->row->access == ACCESS_RW);
  const bool modified = written && (insn->row->access == ACCESS_RW || (insn->row->attributes & ROW_PROBE));
  void *memory = operand && operand->size == 4 ? (void *)&run->cpu->wide : &run->cpu->temporary;
  if (modified)
    memory = x86_emit_load_to_modify(run, insn, operand);
  else if (operand && !written)
    memory = x86_emit_load(run, insn, operand);
  if ((modified || (operand && !written)) && waits(insn))
    run->ops[run->count - 1].detail |= OP_WAITS;
  emit_body(run, insn, memory);
  if (modified)
    x86_append(run, (uint16_t)(X86_STORET8 + operand->size));
  else if (written)
    x86_emit_store(run, insn, operand, memory);
}

static void emit_mov(struct x86_run *run, const struct x86_insn *insn) {
  struct x86_cpu *cpu = run->cpu;
  const struct x86_operand *to = &insn->operands[0], *from = &insn->operands[1];
  if (from->kind == OPERAND_MEMORY && from->size == 4) {
    struct x86_op *op = x86_emit_access(run, insn, X86_LOADX, X86_LOADX);
    op->rd = x86_register_of(cpu, to);
    op->size = from->aligned;
  } else if (from->kind == OPERAND_MEMORY) {
    x86_emit_sized_access(run, insn, X86_LOAD8B, X86_LOAD8X, from->size)->rd = x86_register_of(cpu, to);
  } else if (to->kind != OPERAND_MEMORY) {
    emit_body(run, insn, NULL);
  } else if (from->kind == OPERAND_IMMEDIATE) {
    x86_append(run, X86_SETT)->imm = insn->immediate;
    x86_emit_store(run, insn, to, &cpu->temporary);
  } else {
    x86_emit_store(run, insn, to, x86_register_of(cpu, from));
  }
}

// Register codes by source size and whether the destination has 8 bytes; memory codes are parallel.
static void emit_mov_extend(struct x86_run *run, const struct x86_insn *insn) {
  const struct x86_operand *to = &insn->operands[0], *from = &insn->operands[1];
  const bool is_signed = insn->row->code == X86_MOVSX_RARE, wide = to->size == 3;
  if (to->size == 1 || (is_signed && from->size == 2 && !wide)) {
    emit_generic(run, insn); // 16 bits of destination, or MOVSXD without REX.W
    return;
  }
  if (from->kind == OPERAND_MEMORY) {
    static const uint16_t SIGNED_B[] = {X86_LOADS8_32B, X86_LOADS16_32B, X86_LOADS32_64B};
    static const uint16_t SIGNED_X[] = {X86_LOADS8_32X, X86_LOADS16_32X, X86_LOADS32_64X};
    const uint16_t step = is_signed && wide && from->size < 2;
    const uint16_t b = is_signed ? SIGNED_B[from->size] : (uint16_t)(X86_LOADZ8B + from->size);
    const uint16_t x = is_signed ? SIGNED_X[from->size] : (uint16_t)(X86_LOADZ8X + from->size);
    x86_emit_access(run, insn, (uint16_t)(b + step), (uint16_t)(x + step))->rd = x86_register_of(run->cpu, to);
    return;
  }
  static const uint16_t SIGNED[] = {X86_MOVSX8_32, X86_MOVSX16_32, X86_MOVSX32_64};
  struct x86_op *op = emit_body(run, insn, NULL);
  op->code =
      is_signed ? (uint16_t)(SIGNED[from->size] + (wide && from->size < 2)) : (uint16_t)(X86_MOVZX8 + from->size);
}
_Static_assert(X86_MOVSX8_64 == X86_MOVSX8_32 + 1 && X86_LOADS16_64B == X86_LOADS16_32B + 1, "emit_mov_extend");

static void emit_lea(struct x86_run *run, const struct x86_insn *insn) {
  struct x86_insn plain = *insn;
  plain.segment = -1;
  if ((insn->address32 && !insn->compat) || insn->address16 || insn->operands[0].size == 1) {
    x86_emit_effective(run, &plain, false);
    struct x86_op *op = x86_append(run, (uint16_t)(X86_MOV8 + insn->operands[0].size));
    op->rd = x86_register_of(run->cpu, &insn->operands[0]);
    op->rs = &run->cpu->effective;
    return;
  }
  struct x86_op *op = x86_append(run, insn->operands[0].size == 3 ? X86_LEA64 : X86_LEA32);
  x86_set_address(run, &plain, op);
  op->rd = x86_register_of(run->cpu, &insn->operands[0]);
}

// Bit offsets in a register reach beyond the operand: the address moves by whole operands (SDM 2A, "BT").
static void emit_bit(struct x86_run *run, const struct x86_insn *insn) {
  const struct x86_operand *operand = &insn->operands[0];
  if (operand->kind != OPERAND_MEMORY) {
    emit_generic(run, insn);
    return;
  }
  const bool modified = insn->row->access == ACCESS_RW;
  x86_emit_effective(run, insn, false);
  struct x86_op *adjust = x86_append(run, X86_BIT_ADDRESS);
  adjust->rs = x86_register_of(run->cpu, &insn->operands[1]);
  adjust->size = operand->size;
  adjust->relative = address_size(insn);
  struct x86_op *load = x86_append(run, (uint16_t)((modified ? X86_LOADM8 : X86_LOADT8X) + operand->size));
  load->base = &run->cpu->effective;
  load->index = insn->segment >= 0 ? &run->cpu->segment_bases[insn->segment] : &run->cpu->zero;
  load->detail = insn->stack ? OP_STACK : 0;
  emit_body(run, insn, &run->cpu->temporary);
  if (modified)
    x86_append(run, (uint16_t)(X86_STORET8 + operand->size));
}

// XCHG and XADD write both operands: the register only once the memory is known to be writable.
static void emit_exchange(struct x86_run *run, const struct x86_insn *insn) {
  if (insn->opcode == 0x90 && insn->operands[0].number == 0) {
    x86_append(run, X86_NOP);
    return;
  }
  emit_generic(run, insn);
}

// String instructions and LOOP depend on the address size.
static void emit_string(struct x86_run *run, const struct x86_insn *insn) {
  struct x86_op *op = emit_body(run, insn, NULL);
  op->base = insn->segment >= 0 ? &run->cpu->segment_bases[insn->segment] : &run->cpu->zero;
  if (run->cpu->code_kind == CODE_SEGMENTED && insn->operands[0].kind == OPERAND_NONE)
    op->rs = &run->cpu->segment_bases[SEG_ES]; // of the destination
  op->relative = address_size(insn);
  if (insn->row->code == X86_LOOP)
    op->size = insn->operand_size;
}

static void emit_address(struct x86_run *run, const struct x86_insn *insn) {
  x86_emit_effective(run, insn, true);
  emit_body(run, insn, &run->cpu->temporary)->detail |= insn->stack ? OP_STACK : 0;
}

// What the state of the coprocessor forbids (SDM 3A, table 2-2 and 13.1.4). Decoded code is dropped when it changes.
static bool emit_unit_fault(struct x86_run *run, const struct x86_insn *insn) {
  const struct x86_cpu *cpu = run->cpu;
  const uint16_t attributes = insn->row->attributes;
  if ((attributes & ROW_SSE) && ((cpu->cr0 & CR0_EM) || !(cpu->cr4 & CR4_OSFXSR))) {
    x86_emit_fault(run, VECTOR_UD, MISSING_NONE);
    return true;
  }
  if (in_vector_unit(insn) && (cpu->cr0 & (CR0_EM | CR0_TS))) {
    x86_emit_fault(run, VECTOR_NM, MISSING_NONE);
    return true;
  }
  return false;
}

// In 32-bit code every access is relative to a segment. ES, CS, SS and DS have a base only where a program has given
// them one, and CS never (execute/segment.c).
static void choose_segment(const struct x86_run *run, struct x86_insn *insn) {
  insn->stack = insn->segment < 0 ? insn->base == RSP || insn->base == RBP : insn->segment == SEG_SS;
  if (run->cpu->code_kind == CODE_FLAT && insn->segment < SEG_FS)
    insn->segment = -1;
  if (run->cpu->code_kind == CODE_SEGMENTED && insn->segment < 0)
    insn->segment = insn->stack ? SEG_SS : SEG_DS;
}

// A code segment cannot be written.
static bool writes_code_segment(const struct x86_insn *insn) {
  const uint8_t access = insn->row->access;
  return insn->segment == SEG_CS && insn->operands[0].kind == OPERAND_MEMORY &&
         (access == ACCESS_W || access == ACCESS_RW);
}

// What POP meets first where it may not write: its value at the top of the stack.
static void emit_top_of_stack(struct x86_run *run, const struct x86_insn *insn) {
  struct x86_insn top = *insn;
  top.segment = top.index = -1;
  top.base = RSP;
  top.displacement = 0;
  top.address16 = false;
  choose_segment(run, &top);
  x86_emit_load(run, &top, &top.operands[0]);
}

bool x86_emit(struct x86_run *run, const struct x86_insn *decoded) {
  struct x86_insn chosen = *decoded;
  const struct x86_insn *insn = &chosen;
  run->length = insn->length;
  if (writes_code_segment(insn)) {
    if (insn->row->emit == EMIT_POP)
      emit_top_of_stack(run, insn);
    if (waits(insn))
      x86_append(run, X86_FNOP);
    x86_emit_fault(run, VECTOR_GP, MISSING_NONE);
    return false;
  }
  choose_segment(run, &chosen);
  if (emit_unit_fault(run, insn))
    return false;
  switch ((enum x86_emit)insn->row->emit) {
  case EMIT_GENERIC: emit_generic(run, insn); break;
  case EMIT_MOV: emit_mov(run, insn); break;
  case EMIT_MOV_EXTEND: emit_mov_extend(run, insn); break;
  case EMIT_LEA: emit_lea(run, insn); break;
  case EMIT_PUSH: x86_emit_push(run, insn); break;
  case EMIT_POP: x86_emit_pop(run, insn); break;
  case EMIT_JCC: x86_emit_jcc(run, insn); break;
  case EMIT_JUMP: x86_emit_jump(run, insn); break;
  case EMIT_CALL: x86_emit_call(run, insn); break;
  case EMIT_INDIRECT: x86_emit_indirect(run, insn); break;
  case EMIT_RETURN: x86_emit_return(run, insn); break;
  case EMIT_STRING: emit_string(run, insn); break;
  case EMIT_BIT: emit_bit(run, insn); break;
  case EMIT_EXCHANGE: emit_exchange(run, insn); break;
  case EMIT_ADDRESS: emit_address(run, insn); break;
  case EMIT_NOTHING: x86_append(run, X86_NOP); break;
  case EMIT_INVALID: x86_emit_fault(run, VECTOR_UD, MISSING_NONE); break;
  }
  return !(insn->row->attributes & ROW_END);
}
