// The interpreter's loop. Hot instructions only: the rest is in functions behind riscv_execute_rare, so that the
// compiled loop stays small (a JVM gives up on methods over 64 KB of bytecode).
//
// The place in the program is a pointer into the decoded page; the program counter is computed from it when someone
// asks. The budget counts down by one an instruction and is looked at where control goes back, out of the page or to a
// function, so the loop is left at places a later call can enter again (that is also where engines switch to better
// compiled code).
#include "execute.h"

#include "code_cache.h"
#include "execute_rare.h"
#include "mmu.h"
#include "translator.h"
#include "trap.h"

#include <string.h>

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

static uint64_t multiply_high(uint64_t a, uint64_t b) {
  const uint64_t a_low = (uint32_t)a, a_high = a >> 32, b_low = (uint32_t)b, b_high = b >> 32;
  const uint64_t middle = a_high * b_low + (a_low * b_low >> 32);
  const uint64_t middle_low = (uint32_t)middle + a_low * b_high;
  return a_high * b_high + (middle >> 32) + (middle_low >> 32);
}

static uint64_t multiply_high_signed(uint64_t a, uint64_t b) {
  return multiply_high(a, b) - ((int64_t)a < 0 ? b : 0) - ((int64_t)b < 0 ? a : 0);
}

static uint64_t multiply_high_mixed(uint64_t a, uint64_t b) {
  return multiply_high(a, b) - ((int64_t)a < 0 ? b : 0);
}

// Division never traps: results by zero and on overflow are those of table 13.1.
static uint64_t divide(int64_t a, int64_t b) {
  if (b == 0)
    return UINT64_MAX;
  return b == -1 ? 0 - (uint64_t)a : (uint64_t)(a / b);
}

static uint64_t remainder_of(int64_t a, int64_t b) {
  if (b == 0)
    return (uint64_t)a;
  return b == -1 ? 0 : (uint64_t)(a % b);
}

static uint64_t sign_extend_word(uint64_t value) {
  return (uint64_t)(int64_t)(int32_t)(uint32_t)value;
}

static bool fetch_page(struct riscv_cpu *cpu, uint64_t address) {
  struct tlb_page page;
  if (!riscv_translate_fetch(cpu, address, &page))
    return false;
  // Taking a block may flush the TLB: the entry is filled after that.
  const struct code_page *code = code_cache_page(cpu, page.physical);
  tlb_fill(&cpu->tlb_set, cpu->tlb, TLB_FETCH, address, &page, (uintptr_t)code);
  return true;
}

static inline struct riscv_op *op_at(struct riscv_op *op, int32_t displacement) {
  return (struct riscv_op *)(void *)((uint8_t *)op + displacement);
}

static inline uint64_t immediate(const struct riscv_op *op) {
  return (uint64_t)(int64_t)op->imm;
}

// Straight-line instructions: one line each.
#define COMPUTE(name, result)                                                                                          \
  case RV_##name: *op->rd = (result); break

#define BRANCH(name, type, comparison)                                                                                 \
  case RV_##name:                                                                                                      \
    if ((type) * op->rs1 comparison(type) * op->rs2) {                                                                 \
      const int32_t distance = op->imm;                                                                                \
      op = op_at(op, distance);                                                                                        \
      if (budget <= 0 && distance <= 0)                                                                                \
        goto pause;                                                                                                    \
      continue;                                                                                                        \
    }                                                                                                                  \
    break;                                                                                                             \
  case RV_##name##_FAR:                                                                                                \
    if ((type) * op->rs1 comparison(type) * op->rs2) {                                                                 \
      target = page_address + immediate(op);                                                                           \
      goto jump;                                                                                                       \
    }                                                                                                                  \
    break

// `convert` makes the register's value of what was loaded; `before` and `after` are statements. The slow path may clear
// the slot: the page table whose accessed bit it sets may lie in the page that is executed.
#define LOAD(name, type, convert, before, after)                                                                       \
  case RV_##name: {                                                                                                    \
    before;                                                                                                            \
    const uint64_t address = *op->rs1 + immediate(op);                                                                 \
    const struct tlb_entry *entry = &tlb->read[tlb_index(address)];                                                    \
    type loaded;                                                                                                       \
    if (LIKELY(entry->page == tlb_page_of_last_byte(address, sizeof loaded))) {                                        \
      memcpy(&loaded, (const uint8_t *)(entry->addend + (uintptr_t)address), sizeof loaded);                           \
      *op->rd = convert;                                                                                               \
      after;                                                                                                           \
      break;                                                                                                           \
    }                                                                                                                  \
    uint64_t *const rd = op->rd;                                                                                       \
    uint64_t slow;                                                                                                     \
    const int32_t step = op->step;                                                                                     \
    cpu->budget = budget;                                                                                              \
    if (!riscv_load(cpu, address, sizeof loaded, &slow))                                                               \
      goto trap;                                                                                                       \
    loaded = (type)slow;                                                                                               \
    *rd = convert;                                                                                                     \
    after;                                                                                                             \
    op = op_at(op, step);                                                                                              \
    continue;                                                                                                          \
  }

#define STORE(name, type, before)                                                                                      \
  case RV_##name: {                                                                                                    \
    before;                                                                                                            \
    const uint64_t address = *op->rs1 + immediate(op);                                                                 \
    const struct tlb_entry *entry = &tlb->write[tlb_index(address)];                                                   \
    const type stored = (type) * op->rs2;                                                                              \
    if (LIKELY(entry->page == tlb_page_of_last_byte(address, sizeof stored))) {                                        \
      memcpy((uint8_t *)(entry->addend + (uintptr_t)address), &stored, sizeof stored);                                 \
      break;                                                                                                           \
    }                                                                                                                  \
    store_value = stored;                                                                                              \
    store_size = sizeof stored;                                                                                        \
    goto store_slowly;                                                                                                 \
  }

// With the floating-point unit off, riscv_execute_float raises the exception.
#define REQUIRE_FLOAT                                                                                                  \
  if (!(cpu->sstatus & SSTATUS_FS))                                                                                    \
  goto rare

enum riscv_exit riscv_run(struct riscv_cpu *cpu, int32_t budget) {
  cpu->instret_end += (uint64_t)budget;
  enum riscv_exit exit_reason = EXIT_BUDGET;
  struct tlb *tlb;
  struct code_page *page;
  uint64_t page_address, target, store_value;
  unsigned store_size;
  struct riscv_op *op;

refetch:
  if (riscv_interrupt_pending(cpu))
    riscv_take_interrupt(cpu);
  tlb = cpu->tlb;
  target = cpu->pc;

jump: {
  if (budget <= 0) {
    cpu->pc = target;
    goto out;
  }
  struct tlb_entry *entry = &tlb->fetch[tlb_index(target)];
  if (entry->page != (target & TLB_PAGE_MASK) && !fetch_page(cpu, target)) {
    cpu->pc = target;
    goto trap_at_pc;
  }
  page = (struct code_page *)entry->addend;
  page_address = target & TLB_PAGE_MASK;
  op = &page->ops[(target & (PAGE_SIZE - 1)) >> 1];
}

  for (;;) {
    budget--;
    switch (op->code) {
      COMPUTE(LUI, immediate(op));
      COMPUTE(AUIPC, page_address + op->link + immediate(op));
      COMPUTE(ADDI, *op->rs1 + immediate(op));
      COMPUTE(SLTI, (int64_t)*op->rs1 < op->imm);
      COMPUTE(SLTIU, *op->rs1 < immediate(op));
      COMPUTE(XORI, *op->rs1 ^ immediate(op));
      COMPUTE(ORI, *op->rs1 | immediate(op));
      COMPUTE(ANDI, *op->rs1 & immediate(op));
      COMPUTE(SLLI, *op->rs1 << (op->imm & 63));
      COMPUTE(SRLI, *op->rs1 >> (op->imm & 63));
      COMPUTE(SRAI, (uint64_t)((int64_t)*op->rs1 >> (op->imm & 63)));
      COMPUTE(ADD, *op->rs1 + *op->rs2);
      COMPUTE(SUB, *op->rs1 - *op->rs2);
      COMPUTE(SLL, *op->rs1 << (*op->rs2 & 63));
      COMPUTE(SLT, (int64_t)*op->rs1 < (int64_t)*op->rs2);
      COMPUTE(SLTU, *op->rs1 < *op->rs2);
      COMPUTE(XOR, *op->rs1 ^ *op->rs2);
      COMPUTE(SRL, *op->rs1 >> (*op->rs2 & 63));
      COMPUTE(SRA, (uint64_t)((int64_t)*op->rs1 >> (*op->rs2 & 63)));
      COMPUTE(OR, *op->rs1 | *op->rs2);
      COMPUTE(AND, *op->rs1 & *op->rs2);
      COMPUTE(ADDIW, sign_extend_word(*op->rs1 + immediate(op)));
      COMPUTE(SLLIW, sign_extend_word(*op->rs1 << (op->imm & 31)));
      COMPUTE(SRLIW, sign_extend_word((uint32_t)*op->rs1 >> (op->imm & 31)));
      COMPUTE(SRAIW, (uint64_t)(int64_t)((int32_t)*op->rs1 >> (op->imm & 31)));
      COMPUTE(ADDW, sign_extend_word(*op->rs1 + *op->rs2));
      COMPUTE(SUBW, sign_extend_word(*op->rs1 - *op->rs2));
      COMPUTE(SLLW, sign_extend_word(*op->rs1 << (*op->rs2 & 31)));
      COMPUTE(SRLW, sign_extend_word((uint32_t)*op->rs1 >> (*op->rs2 & 31)));
      COMPUTE(SRAW, (uint64_t)(int64_t)((int32_t)*op->rs1 >> (*op->rs2 & 31)));
      COMPUTE(MUL, *op->rs1 * *op->rs2);
      COMPUTE(MULH, multiply_high_signed(*op->rs1, *op->rs2));
      COMPUTE(MULHSU, multiply_high_mixed(*op->rs1, *op->rs2));
      COMPUTE(MULHU, multiply_high(*op->rs1, *op->rs2));
      COMPUTE(DIV, divide((int64_t)*op->rs1, (int64_t)*op->rs2));
      COMPUTE(DIVU, *op->rs2 ? *op->rs1 / *op->rs2 : UINT64_MAX);
      COMPUTE(REM, remainder_of((int64_t)*op->rs1, (int64_t)*op->rs2));
      COMPUTE(REMU, *op->rs2 ? *op->rs1 % *op->rs2 : *op->rs1);
      COMPUTE(MULW, sign_extend_word(*op->rs1 * *op->rs2));
      COMPUTE(DIVW, sign_extend_word(divide((int32_t)*op->rs1, (int32_t)*op->rs2)));
      COMPUTE(DIVUW, sign_extend_word((uint32_t)*op->rs2 ? (uint32_t)*op->rs1 / (uint32_t)*op->rs2 : UINT32_MAX));
      COMPUTE(REMW, sign_extend_word(remainder_of((int32_t)*op->rs1, (int32_t)*op->rs2)));
      COMPUTE(REMUW, sign_extend_word((uint32_t)*op->rs2 ? (uint32_t)*op->rs1 % (uint32_t)*op->rs2 : *op->rs1));

      BRANCH(BEQ, uint64_t, ==);
      BRANCH(BNE, uint64_t, !=);
      BRANCH(BLT, int64_t, <);
      BRANCH(BGE, int64_t, >=);
      BRANCH(BLTU, uint64_t, <);
      BRANCH(BGEU, uint64_t, >=);

    case RV_JAL: {
      const struct riscv_op *const jump = op;
      *op->rd = page_address + op->link;
      op = op_at(op, op->imm);
      if (budget <= 0 && (jump->imm <= 0 || jump->rd != &cpu->x[X_SINK]))
        goto pause;
      continue;
    }
    case RV_JAL_FAR:
      *op->rd = page_address + op->link;
      target = page_address + immediate(op);
      goto jump;
    case RV_JALR: // rd may be rs1
      target = (*op->rs1 + immediate(op)) & ~UINT64_C(1);
      *op->rd = page_address + op->link;
      goto jump;

      LOAD(LB, int8_t, (uint64_t)(int64_t)loaded, , )
      LOAD(LH, int16_t, (uint64_t)(int64_t)loaded, , )
      LOAD(LW, int32_t, (uint64_t)(int64_t)loaded, , )
      LOAD(LD, uint64_t, loaded, , )
      LOAD(LBU, uint8_t, loaded, , )
      LOAD(LHU, uint16_t, loaded, , )
      LOAD(LWU, uint32_t, loaded, , )
      STORE(SB, uint8_t, )
      STORE(SH, uint16_t, )
      STORE(SW, uint32_t, )
      STORE(SD, uint64_t, )
      LOAD(FLW, uint32_t, loaded | NAN_BOX, REQUIRE_FLOAT, cpu->sstatus |= SSTATUS_FS)
      LOAD(FLD, uint64_t, loaded, REQUIRE_FLOAT, cpu->sstatus |= SSTATUS_FS)
      STORE(FSW, uint32_t, REQUIRE_FLOAT)
      STORE(FSD, uint64_t, REQUIRE_FLOAT)
    default: goto rare;
    }
    op = op_at(op, op->step);
    continue;

  rare:
    switch (op->code) {
    case RV_DECODE:
      budget++;
      code_cache_decode(cpu, page, op);
      continue;
    case RV_PAGE_END:
      budget++;
      target = page_address + code_offset(page, op);
      goto jump;
    case RV_STRADDLE: {
      budget++;
      struct riscv_op *decoded = code_cache_straddle(cpu, page, page_address + PAGE_SIZE);
      if (!decoded)
        goto trap;
      op = decoded;
      continue;
    }
    case RV_TRANSLATED:
      cpu->budget = budget + 1;
      cpu->pc = page_address + code_offset(page, op);
      op = cpu->translator->enter(cpu, op);
      budget = cpu->budget;
      target = cpu->pc;
      if (!op)
        goto jump;
      page = cpu->page;
      page_address = target & TLB_PAGE_MASK;
      continue;
    case RV_BACK:
      budget++;
      op = &cpu->own_page->ops[op - page->ops];
      page = cpu->own_page;
      continue;
    default: break;
    }
    cpu->budget = budget;
    const int32_t step = op->step; // an atomic may clear the page it runs on
    const enum rare_result result = riscv_execute_rare(cpu, op);
    if (result == RARE_NEXT) {
      op = op_at(op, step);
      continue;
    }
    if (result == RARE_TRAP)
      goto trap;
    if (result != RARE_JUMP)
      cpu->pc = page_address + code_offset(page, op) + code_length(step);
    if (result == RARE_REFETCH || result == RARE_JUMP)
      goto refetch;
    exit_reason = result == RARE_SBI ? EXIT_SBI : EXIT_WAIT;
    goto out;

  store_slowly:
    cpu->budget = budget;
    const int32_t store_step = op->step;
    if (!riscv_store(cpu, *op->rs1 + immediate(op), store_size, store_value))
      goto trap;
    // A device may have raised an interrupt.
    cpu->pc = page_address + code_offset(page, op) + code_length(store_step);
    goto refetch;
  }

pause:
  cpu->pc = page_address + code_offset(page, op);
  goto out;

trap:
  cpu->pc = page_address + code_offset(page, op);
trap_at_pc:
  budget--; // a trap handler that cannot be fetched must not keep the loop for ever
  riscv_take_trap(cpu, cpu->trap_cause, cpu->trap_value);
  goto refetch;

out:
  cpu->instret_end -= (uint64_t)(int64_t)budget;
  cpu->budget = 0;
  if (cpu->translator && exit_reason == EXIT_BUDGET)
    cpu->translator->slice_ended(cpu);
  return exit_reason;
}
