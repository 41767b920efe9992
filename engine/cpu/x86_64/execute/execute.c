// The interpreter's loop. Hot instructions only: the rest is in functions (code.inc, RARE), so that the compiled loop
// stays small (a JVM gives up on methods over 64 KB of bytecode).
//
// The place in the program is a pointer to an op; the instruction pointer is computed from it when someone asks. The
// budget counts down by one an instruction and is looked at where control goes back, out of the page or to a function,
// so the loop is left at places a later call can enter again (that is also where engines switch to better compiled
// code).
#include "execute.h"

#include "cpu/x86_64/decode/code_cache.h"
#include "cpu/x86_64/float/x87.h"
#include "cpu/x86_64/system/debug.h"
#include "cpu/x86_64/system/exception.h"
#include "cpu/x86_64/system/fault.h"
#include "cpu/x86_64/system/mmu.h"
#include "cpu/x86_64/system/privilege.h"
#include "cpu/x86_64/translator.h"
#include "execute_cases.h"

static x86_handler *const HANDLERS[] = {
#define OP(name, flags)
#define RARE(name, function) [X86_##name] = function,
#include "cpu/x86_64/code.inc"
#undef OP
#undef RARE
};

static bool fetch_page(struct x86_cpu *cpu, uint64_t address) {
  struct tlb_page page;
  if (!x86_translate_fetch(cpu, address, &page))
    return false;
  const struct code_page *code = code_cache_page(cpu, page.physical);
  if (!code)
    return x86_raise(cpu, VECTOR_GP, 0);
  tlb_fill(&cpu->tlb_set, cpu->tlb, TLB_FETCH, address, &page, (uintptr_t)code);
  return true;
}

// What becomes of the fault of an op's memory operand.
static __attribute__((noinline)) void choose_fault(struct x86_cpu *cpu, const struct x86_op *op) {
  if (cpu->fault_noncanonical && (op->detail & OP_STACK))
    cpu->fault_vector = VECTOR_SS;
  if ((op->detail & OP_WAITS) && x87_pending(cpu))
    x86_raise(cpu, VECTOR_MF, 0);
}

// Why `interpret` was left, beside enum x86_exit: the next instruction is to be executed alone.
enum { EXIT_STEP = X86_EXIT_SHUTDOWN + 1 };

// Runs from cpu->rip on until the budget is used up, or what `single` holds: one instruction, with a budget of 1 and
// the empty TLB, which leads it to where pages are fetched.
static int interpret(struct x86_cpu *cpu, struct x86_op *single) {
  int exit_reason = X86_EXIT_BUDGET;
  int32_t budget = cpu->budget;
  struct tlb *tlb = cpu->tlb;
  struct code_page *page = NULL;
  uint64_t target, store_address, store_value;
  unsigned store_size;
  struct x86_op *op;

refetch:
  op = NULL;
  target = cpu->rip;
  if (single)
    goto jump;
  if (x86_interrupt_pending(cpu) && !cpu->after_sti)
    x86_deliver_interrupt(cpu);
  if (cpu->shut_down) {
    exit_reason = X86_EXIT_SHUTDOWN;
    goto out;
  }
  if ((cpu->rflags & FLAG_TF) || cpu->breakpoints || cpu->after_sti) {
    exit_reason = budget > 0 ? EXIT_STEP : X86_EXIT_BUDGET;
    goto out;
  }
  tlb = cpu->tlb;
  target = cpu->rip;

jump: { // `op` is what jumps, if anything
  if (budget <= 0) {
    if (op && !x86_canonical(target))
      goto nowhere;
    cpu->rip = x86_wrap(cpu, target);
    goto out;
  }
  struct tlb_entry *entry = &tlb->fetch[tlb_index(target)];
  if (entry->page != (target & TLB_PAGE_MASK)) {
    if (x86_wrap(cpu, target) != target) {
      target = x86_wrap(cpu, target);
      goto jump;
    }
    if (op && !x86_canonical(target))
      goto nowhere;
    if (single) {
      op = single;
      goto execute;
    }
    if (!fetch_page(cpu, target)) {
      cpu->rip = target;
      goto deliver;
    }
  }
  page = (struct code_page *)entry->addend;
  cpu->page_address = target & TLB_PAGE_MASK;
  op = code_cache_op(cpu, page, (uint32_t)target & (PAGE_SIZE - 1));
  if (!op)
    goto jump;
}

execute:
  for (;; op++) {
    budget--;
    switch ((enum x86_code)op->code) {
      BINARY_ALL(ADD, FLAGS_ADD, a + b)
      BINARY_ALL(SUB, FLAGS_SUB, a - b)
      BINARY_ALL(AND, FLAGS_LOGIC, a & b)
      BINARY_ALL(OR, FLAGS_LOGIC, a | b)
      BINARY_ALL(XOR, FLAGS_LOGIC, a ^ b)
      COMPARE_ALL(CMP, FLAGS_SUB, a - b)
      COMPARE_ALL(TEST, FLAGS_LOGIC, a & b)
      UNARY_ALL(INC, FLAGS_INC, a + 1, x86_carry(cpu))
      UNARY_ALL(DEC, FLAGS_DEC, a - 1, x86_carry(cpu))
      UNARY_ALL(NEG, FLAGS_SUB, 0 - a, a)
      SHIFT_ALL(SHL, FLAGS_SHL, u, LEFT)
      SHIFT_ALL(SHR, FLAGS_SHR, u, RIGHT)
      SHIFT_ALL(SAR, FLAGS_SAR, s, RIGHT)
      ROL_ONE(8)
      ROL_ONE(16)
      ROL_ONE(32)
      ROL_ONE(64)
      ROR_ONE(8)
      ROR_ONE(16)
      ROR_ONE(32)
      ROR_ONE(64)
      ROTATE_QUIET(ROL, 16, <<, >>)
      ROTATE_QUIET(ROL, 32, <<, >>)
      ROTATE_QUIET(ROL, 64, <<, >>)
      ROTATE_QUIET(ROR, 16, >>, <<)
      ROTATE_QUIET(ROR, 32, >>, <<)
      ROTATE_QUIET(ROR, 64, >>, <<)
      MULTIPLY(16, int64_t)
      MULTIPLY(32, int64_t)
    case X86_IMUL64: {
      const uint64_t a = *(u64 *)op->rd, b = *(const u64 *)op->rs;
      const __int128 product = (__int128)(int64_t)a * (int64_t)b;
      *(u64 *)op->rd = a * b;
      NOTE_FLAGS(FLAGS_MUL, 64, a * b, product != (int64_t)(a * b));
      break;
    }
    case X86_NOT8: *(u8 *)op->rd = (u8) ~*(u8 *)op->rd; break;
    case X86_NOT16: *(u16 *)op->rd = (u16) ~*(u16 *)op->rd; break;
    case X86_NOT32: write_32(op->rd, ~*(u32 *)op->rd); break;
    case X86_NOT64:
      *(u64 *)op->rd = ~*(u64 *)op->rd;
      break;
      COPY(MOV8, u8, write_8, u8)
      COPY(MOV16, u16, write_16, u16)
      COPY(MOV32, u32, write_32, u32)
      COPY(MOV64, u64, write_64, u64)
      COPY(MOVZX8, u8, write_64, u8)
      COPY(MOVZX16, u16, write_64, u16)
      COPY(MOVSX8_32, u8, write_32, s8)
      COPY(MOVSX8_64, u8, write_64, s8)
      COPY(MOVSX16_32, u16, write_32, s16)
      COPY(MOVSX16_64, u16, write_64, s16)
      COPY(MOVSX32_64, u32, write_64, s32)
    case X86_SETCC: *(u8 *)op->rd = x86_condition(cpu, op->detail & 15); break;
    case X86_CMOV16:
      if (x86_condition(cpu, op->detail & 15))
        *(u16 *)op->rd = *(const u16 *)op->rs;
      break;
    case X86_CMOV32:
      write_32(op->rd, x86_condition(cpu, op->detail & 15) ? *(const u32 *)op->rs : *(u32 *)op->rd);
      break;
    case X86_CMOV64:
      if (x86_condition(cpu, op->detail & 15))
        *(u64 *)op->rd = *(const u64 *)op->rs;
      break;
    case X86_NOP: break;
    case X86_SETT:
      budget++;
      cpu->temporary = op->imm;
      break;
    case X86_LEA32: write_32(op->rd, ADDRESS_X); break;
    case X86_LEA64: *(u64 *)op->rd = ADDRESS_X; break;
    case X86_EA:
      budget++;
      cpu->effective = ADDRESS_X + *(const u64 *)op->rs;
      break;
    case X86_EA32:
      budget++;
      cpu->effective = (uint32_t)ADDRESS_X + *(const u64 *)op->rs;
      break;
    case X86_EA16:
      budget++;
      cpu->effective = (uint16_t)ADDRESS_X + *(const u64 *)op->rs;
      break;
      LOAD_FORMS(B)
      LOAD_FORMS(X)
      STORE(STORE8, B, u8, 1)
      STORE(STORE16, B, u16, 1)
      STORE(STORE32, B, u32, 1)
      STORE(STORE64, B, u64, 1)
      STORE(STORE8, X, u8, 1)
      STORE(STORE16, X, u16, 1)
      STORE(STORE32, X, u32, 1)
      STORE(STORE64, X, u64, 1)
      LOAD_TO_MODIFY(8)
      LOAD_TO_MODIFY(16)
      LOAD_TO_MODIFY(32)
      LOAD_TO_MODIFY(64)
      STORE_MODIFIED(8)
      STORE_MODIFIED(16)
      STORE_MODIFIED(32)
      STORE_MODIFIED(64)

    case X86_LOADX: {
      const uint64_t address = ADDRESS_X;
      const struct tlb_entry *entry = &tlb->read[tlb_index(address)];
      budget += op->rd == &cpu->wide; // the operand of an instruction that follows
      if (op->size && (address & 15))
        goto misaligned;
      if (LIKELY(entry->page == tlb_page_of_last_byte(address, 16))) {
        memcpy(op->rd, (const uint8_t *)(entry->addend + (uintptr_t)address), 16);
      } else {
        cpu->budget = budget;
        if (!x86_load(cpu, address, 16, op->rd))
          goto memory_fault;
      }
      break;
    }
    case X86_STOREX: {
      const uint64_t address = ADDRESS_X;
      const struct tlb_entry *entry = &tlb->write[tlb_index(address)];
      if (op->size && (address & 15))
        goto misaligned;
      if (LIKELY(entry->page == tlb_page_of_last_byte(address, 16))) {
        memcpy((uint8_t *)(entry->addend + (uintptr_t)address), op->rs, 16);
        break;
      }
      cpu->budget = budget;
      if (!x86_store(cpu, address, 16, op->rs))
        goto memory_fault;
      goto next_refetched;
    }
    case X86_MOV128: {
      struct x86_xmm value;
      memcpy(&value, op->rs, sizeof value);
      memcpy(op->rd, &value, sizeof value);
      break;
    }
      PUSH(32)
      PUSH(64)
      POP(32)
      POP(64)
      CALL(32)
      CALL(64)
      RETURN(32)
      RETURN(64)
      JUMP_TO(32)
      JUMP_TO(64)
    case X86_JMP:
      goto take;
      BRANCH_IF(JCC, x86_condition(cpu, op->detail & 15))
      BRANCH_IF(JE, x86_zero(cpu))
      BRANCH_IF(JNE, !x86_zero(cpu))
      BRANCH_IF(JS, x86_negative(cpu))
      BRANCH_IF(JNS, !x86_negative(cpu))
      CMP_BRANCHES(8)
      CMP_BRANCHES(32)
      CMP_BRANCHES(64)
      TEST_BRANCHES(8)
      TEST_BRANCHES(32)
      TEST_BRANCHES(64)
    case X86_LINK:
      budget++;
      op = op->target - 1;
      break;
    case X86_CONTINUE: budget++; goto take;
    case X86_STRADDLE: {
      budget++;
      struct x86_op *decoded = code_cache_straddle(cpu, page, op);
      if (!decoded)
        goto fault;
      op = decoded - 1;
      break;
    }
    case X86_TRANSLATED:
      cpu->budget = budget + 1;
      op = cpu->translator->enter(cpu, op);
      budget = cpu->budget;
      target = cpu->rip;
      if (!op)
        goto jump;
      page = (struct code_page *)tlb->fetch[tlb_index(cpu->page_address)].addend;
      op--;
      break;
    default: {
      cpu->budget = budget;
      const enum x86_result result = HANDLERS[op->code](cpu, op);
      budget = cpu->budget;
      if (LIKELY(result == RESULT_NEXT))
        break;
      if (result == RESULT_FAULT)
        goto memory_fault;
      if (result == RESULT_JUMP)
        goto refetch;
      if (result == RESULT_AGAIN) {
        cpu->rip = cpu->page_address + op->offset;
        goto refetch;
      }
      if (result == RESULT_REFETCH)
        goto next_refetched;
      cpu->rip = x86_op_next(cpu, op);
      exit_reason = X86_EXIT_WAIT;
      goto out;
    }
    }
    continue;

  take:
    if (LIKELY(op->target != NULL)) {
      const unsigned from = op->offset;
      op = op->target;
      if (budget <= 0 && (single || op->offset <= from)) {
        cpu->rip = cpu->page_address + op->offset;
        goto out;
      }
      op--;
      continue;
    }
    target = cpu->page_address + (uint64_t)op->relative;
    if ((uint64_t)op->relative >= PAGE_SIZE || (budget <= 0 && (single || op->relative <= op->offset)))
      goto jump;
    op = code_cache_link(cpu, page, op);
    if (!op)
      goto jump;
    op--;
    continue;

  store_slowly:
    cpu->budget = budget;
    if (!x86_store(cpu, store_address, store_size, &store_value))
      goto memory_fault;
  next_refetched: // the code may have changed, or a device raised an interrupt
    cpu->rip = x86_op_next(cpu, op);
    goto refetch;

  nowhere:                          // the jump itself faults, and has done nothing (SDM 2A, "JMP", "RET")
    if (op->code == X86_CONTINUE) { // no jump: what is behind it faults
      op = NULL;
      goto jump;
    }
    if (x86_is_fused(op)) { // its comparison has been executed
      x86_raise(cpu, VECTOR_GP, 0);
      cpu->rip = x86_op_next(cpu, op);
      goto deliver;
    }
    if (op->code == X86_RET64)
      cpu->r[RSP] -= 8;
  misaligned:
    x86_raise(cpu, VECTOR_GP, 0);
    goto fault;
  call_fault:
    if (!x86_canonical(target)) {
      x86_raise(cpu, VECTOR_GP, 0);
      goto fault;
    }
  stack_fault:
    if (cpu->fault_noncanonical)
      cpu->fault_vector = VECTOR_SS;
    goto fault;
  memory_fault:
    choose_fault(cpu, op);
  fault:
    cpu->rip = cpu->page_address + op->offset;
    goto deliver;
  }

deliver:
  budget--; // a handler that cannot be fetched must not keep the loop for ever
  cpu->budget = budget;
  x86_deliver_fault(cpu);
  goto refetch;

out:
  cpu->budget = budget;
  return exit_reason;
}

// One instruction with TF set, breakpoints enabled or behind STI, and the trap behind it (SDM 3B, 17.3.1). Exceptions
// and system calls clear TF, and no trap comes of them.
static int step(struct x86_cpu *cpu) {
  const int32_t rest = cpu->budget - 1;
  const bool traced = (cpu->rflags & FLAG_TF) != 0, resumed = (cpu->rflags & FLAG_RF) != 0;
  const uint64_t hits = cpu->breakpoints && !resumed ? x86_breakpoints_at(cpu, cpu->rip) : 0;
  if (hits) {
    cpu->budget = rest;
    x86_deliver_debug_fault(cpu, hits);
    return X86_EXIT_BUDGET;
  }
  cpu->after_sti = false;
  struct x86_op *ops = code_cache_single(cpu);
  cpu->budget = 1;
  cpu->stepping = true;
  cpu->watch_hits = 0;
  cpu->tlb = &cpu->empty_tlb;
  cpu->rflags &= ~FLAG_RF;
  int exit_reason = X86_EXIT_BUDGET;
  if (ops) {
    exit_reason = interpret(cpu, ops);
  } else {
    cpu->budget--; // as where a page cannot be fetched in `interpret`
    x86_deliver_fault(cpu);
  }
  x86_set_privilege(cpu, cpu->mode); // its TLB again
  cpu->budget += rest;
  const uint64_t cause = cpu->watch_hits | (traced ? DR6_BS : 0);
  if (cpu->stepping && cause) { // which also ends a halt
    x86_deliver_debug_trap(cpu, cause);
    exit_reason = X86_EXIT_BUDGET;
  }
  cpu->stepping = false;
  return exit_reason;
}

enum x86_exit x86_run(struct x86_cpu *cpu, int32_t budget) {
  int exit_reason = EXIT_STEP;
  cpu->instret_end += (uint64_t)budget;
  cpu->budget = budget;
  while (exit_reason == EXIT_STEP) {
    exit_reason = interpret(cpu, NULL);
    if (exit_reason == EXIT_STEP && step(cpu) == X86_EXIT_WAIT)
      exit_reason = X86_EXIT_WAIT;
  }
  cpu->instret_end -= (uint64_t)(int64_t)cpu->budget;
  cpu->budget = 0;
  if (cpu->translator && exit_reason == X86_EXIT_BUDGET)
    cpu->translator->slice_ended(cpu);
  return (enum x86_exit)exit_reason;
}

uint64_t x86_instret(const struct x86_cpu *cpu) {
  return cpu->instret_end - (uint64_t)(int64_t)cpu->budget;
}
