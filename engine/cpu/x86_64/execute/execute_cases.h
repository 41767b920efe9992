// The cases of the interpreter's switch (execute.c), by kind. They are macros because a case is part of a function;
// what they use of it: cpu, op, tlb, budget, store_address, store_value, store_size, and its labels.
#ifndef CPU_X86_64_EXECUTE_EXECUTE_CASES_H
#define CPU_X86_64_EXECUTE_EXECUTE_CASES_H

#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/op.h"
#include "cpu/x86_64/system/mmu.h"

#include <string.h>

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

// Registers are read and written in four sizes.
typedef uint8_t u8;
typedef uint16_t __attribute__((may_alias)) u16;
typedef uint32_t __attribute__((may_alias)) u32;
typedef uint64_t __attribute__((may_alias)) u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

enum { LOG_8, LOG_16, LOG_32, LOG_64 };

// Writes of 32 bits clear the upper half (SDM 1, 3.4.1.1).
static inline void write_8(void *rd, uint64_t value) {
  *(u8 *)rd = (u8)value;
}
static inline void write_16(void *rd, uint64_t value) {
  *(u16 *)rd = (u16)value;
}
static inline void write_32(void *rd, uint64_t value) {
  *(u64 *)rd = (uint32_t)value;
}
static inline void write_64(void *rd, uint64_t value) {
  *(u64 *)rd = value;
}

static inline void write_stack_pointer(struct x86_cpu *cpu, size_t bytes, uint64_t value) {
  cpu->r[RSP] = bytes == 4 ? (uint32_t)value : value;
}

#define NOTE_FLAGS(kind, size, result, second)                                                                         \
  (cpu->flags_op = kind * 4 + LOG_##size, cpu->flags_a = (u##size)(result), cpu->flags_b = (second))

#define BINARY(name, size, kind, expression)                                                                           \
  case X86_##name##size: {                                                                                             \
    const u##size a = *(u##size *)op->rd, b = *(const u##size *)op->rs;                                                \
    const u##size result = (u##size)(expression);                                                                      \
    write_##size(op->rd, result);                                                                                      \
    (void)b;                                                                                                           \
    NOTE_FLAGS(kind, size, result, b);                                                                                 \
    break;                                                                                                             \
  }
#define BINARY_QUIET(name, size, expression)                                                                           \
  case X86_##name##_NF##size: {                                                                                        \
    const u##size a = *(u##size *)op->rd, b = *(const u##size *)op->rs;                                                \
    write_##size(op->rd, (u##size)(expression));                                                                       \
    break;                                                                                                             \
  }
#define BINARY_ALL(name, kind, expression)                                                                             \
  BINARY(name, 8, kind, expression)                                                                                    \
  BINARY(name, 16, kind, expression)                                                                                   \
  BINARY(name, 32, kind, expression)                                                                                   \
  BINARY(name, 64, kind, expression)                                                                                   \
  BINARY_QUIET(name, 32, expression)                                                                                   \
  BINARY_QUIET(name, 64, expression)

#define COMPARE(name, size, kind, expression)                                                                          \
  case X86_##name##size: {                                                                                             \
    const u##size a = *(u##size *)op->rd, b = *(const u##size *)op->rs;                                                \
    NOTE_FLAGS(kind, size, expression, b);                                                                             \
    break;                                                                                                             \
  }
#define COMPARE_ALL(name, kind, expression)                                                                            \
  COMPARE(name, 8, kind, expression)                                                                                   \
  COMPARE(name, 16, kind, expression)                                                                                  \
  COMPARE(name, 32, kind, expression)                                                                                  \
  COMPARE(name, 64, kind, expression)

// `before` is evaluated first: INC and DEC keep the carry.
#define UNARY(name, size, kind, expression, second)                                                                    \
  case X86_##name##size: {                                                                                             \
    const u##size a = *(u##size *)op->rd;                                                                              \
    const uint64_t noted = second;                                                                                     \
    const u##size result = (u##size)(expression);                                                                      \
    write_##size(op->rd, result);                                                                                      \
    NOTE_FLAGS(kind, size, result, noted);                                                                             \
    break;                                                                                                             \
  }
#define UNARY_QUIET(name, size, expression)                                                                            \
  case X86_##name##_NF##size: {                                                                                        \
    const u##size a = *(u##size *)op->rd;                                                                              \
    write_##size(op->rd, (u##size)(expression));                                                                       \
    break;                                                                                                             \
  }
#define UNARY_ALL(name, kind, expression, second)                                                                      \
  UNARY(name, 8, kind, expression, second)                                                                             \
  UNARY(name, 16, kind, expression, second)                                                                            \
  UNARY(name, 32, kind, expression, second)                                                                            \
  UNARY(name, 64, kind, expression, second)                                                                            \
  UNARY_QUIET(name, 32, expression)                                                                                    \
  UNARY_QUIET(name, 64, expression)

#define COUNT_MASK_8 31
#define COUNT_MASK_16 31
#define COUNT_MASK_32 31
#define COUNT_MASK_64 63
// A count of 0 changes no flag, and still clears the upper half of a 32-bit destination. Counts above 8 or 16 in the
// small sizes are computed in 64 bits.
#define LEFT(value, count) ((value) << (count))
#define RIGHT(value, count) ((value) >> (count))
#define SHIFT(name, size, kind, convert, shift)                                                                        \
  case X86_##name##size: {                                                                                             \
    const unsigned count = *(const u8 *)op->rs & COUNT_MASK_##size;                                                    \
    const convert##64 value = (convert##64)(convert##size) * (u##size *)op->rd;                                        \
    if (count == 0) {                                                                                                  \
      write_##size(op->rd, (uint64_t)value);                                                                           \
      break;                                                                                                           \
    }                                                                                                                  \
    const convert##64 last = shift(value, count - 1);                                                                  \
    write_##size(op->rd, (uint64_t)(shift(last, 1)));                                                                  \
    NOTE_FLAGS(kind, size, shift(last, 1), (u##size)last);                                                             \
    break;                                                                                                             \
  }
#define SHIFT_QUIET(name, size, convert, shift)                                                                        \
  case X86_##name##_NF##size: {                                                                                        \
    const unsigned count = *(const u8 *)op->rs & COUNT_MASK_##size;                                                    \
    write_##size(op->rd, (u64)(shift((convert##size)(*(u##size *)op->rd), count)));                                    \
    break;                                                                                                             \
  }
#define SHIFT_ALL(name, kind, convert, shift)                                                                          \
  SHIFT(name, 8, kind, convert, shift)                                                                                 \
  SHIFT(name, 16, kind, convert, shift)                                                                                \
  SHIFT(name, 32, kind, convert, shift)                                                                                \
  SHIFT(name, 64, kind, convert, shift)                                                                                \
  SHIFT_QUIET(name, 32, convert, shift)                                                                                \
  SHIFT_QUIET(name, 64, convert, shift)

// Rotations write CF and OF only, and only for a count (before it is reduced) that is not 0.
#define ROTATE(name, size, towards, back, carry, overflow)                                                             \
  case X86_##name##size: {                                                                                             \
    const unsigned masked = *(const u8 *)op->rs & COUNT_MASK_##size, count = masked & (size - 1);                      \
    const u##size a = *(u##size *)op->rd;                                                                              \
    const u##size result = (u##size)(a towards count | a back((size - count) & (size - 1)));                           \
    write_##size(op->rd, result);                                                                                      \
    if (masked) {                                                                                                      \
      const uint64_t others = x86_arithmetic_flags(cpu) & ~(FLAG_CF | FLAG_OF);                                        \
      x86_set_flags(cpu, others | ((carry) ? FLAG_CF : 0) | ((overflow) ? FLAG_OF : 0));                               \
    }                                                                                                                  \
    break;                                                                                                             \
  }
#define ROTATE_QUIET(name, size, towards, back)                                                                        \
  case X86_##name##_NF##size: {                                                                                        \
    const unsigned count = *(const u8 *)op->rs & (size - 1);                                                           \
    const u##size a = *(u##size *)op->rd;                                                                              \
    write_##size(op->rd, (u##size)(a towards count | a back((size - count) & (size - 1))));                            \
    break;                                                                                                             \
  }
#define TOP(value, size) ((value) >> (size - 1) & 1)
#define ROL_ONE(size) ROTATE(ROL, size, <<, >>, result & 1, TOP(result, size) != (result & 1))
#define ROR_ONE(size) ROTATE(ROR, size, >>, <<, TOP(result, size), TOP(result, size) != (result >> (size - 2) & 1))

#define MULTIPLY(size, wide_type)                                                                                      \
  case X86_IMUL##size: {                                                                                               \
    const wide_type product = (wide_type)(s##size) * (u##size *)op->rd * (s##size) * (const u##size *)op->rs;          \
    write_##size(op->rd, (uint64_t)product);                                                                           \
    NOTE_FLAGS(FLAGS_MUL, size, product, product != (s##size)product);                                                 \
    break;                                                                                                             \
  }

#define COPY(code, type, write, target_type)                                                                           \
  case X86_##code: write(op->rd, (uint64_t)(target_type) * (const type *)op->rs); break;

#define ADDRESS_B (*op->base + op->imm)
#define ADDRESS_X (*op->base + (*op->index << op->shift) + op->imm)

// `loaded` from `address`: through the TLB, else `slowly`, or on to `failed`.
#define READ(entries, loaded, slowly, failed)                                                                          \
  const struct tlb_entry *entry = &tlb->entries[tlb_index(address)];                                                   \
  if (LIKELY(entry->page == tlb_page_of_last_byte(address, sizeof loaded))) {                                          \
    memcpy(&loaded, (const uint8_t *)(entry->addend + (uintptr_t)address), sizeof loaded);                             \
  } else {                                                                                                             \
    cpu->budget = budget;                                                                                              \
    if (!(slowly))                                                                                                     \
      goto failed;                                                                                                     \
  }

// `stored` to `address`, and on to the next op.
#define WRITE(stored)                                                                                                  \
  const struct tlb_entry *entry = &tlb->write[tlb_index(address)];                                                     \
  if (LIKELY(entry->page == tlb_page_of_last_byte(address, sizeof stored))) {                                          \
    memcpy((uint8_t *)(entry->addend + (uintptr_t)address), &stored, sizeof stored);                                   \
    break;                                                                                                             \
  }                                                                                                                    \
  store_address = address;                                                                                             \
  store_value = stored;                                                                                                \
  store_size = sizeof stored;                                                                                          \
  goto store_slowly;

// `counted`: 0 for an op that is not an instruction of its own.
#define LOAD(code, form, type, counted, statement)                                                                     \
  case X86_##code##form: {                                                                                             \
    budget += 1 - counted;                                                                                             \
    const uint64_t address = ADDRESS_##form;                                                                           \
    type loaded;                                                                                                       \
    READ(read, loaded, x86_load(cpu, address, sizeof loaded, &loaded), memory_fault)                                   \
    statement;                                                                                                         \
    break;                                                                                                             \
  }
#define LOAD_FORMS(form)                                                                                               \
  LOAD(LOAD8, form, uint8_t, 1, write_8(op->rd, loaded))                                                               \
  LOAD(LOAD16, form, uint16_t, 1, write_16(op->rd, loaded))                                                            \
  LOAD(LOAD32, form, uint32_t, 1, write_32(op->rd, loaded))                                                            \
  LOAD(LOAD64, form, uint64_t, 1, write_64(op->rd, loaded))                                                            \
  LOAD(LOADT8, form, uint8_t, 0, cpu->temporary = loaded)                                                              \
  LOAD(LOADT16, form, uint16_t, 0, cpu->temporary = loaded)                                                            \
  LOAD(LOADT32, form, uint32_t, 0, cpu->temporary = loaded)                                                            \
  LOAD(LOADT64, form, uint64_t, 0, cpu->temporary = loaded)                                                            \
  LOAD(LOADZ8, form, uint8_t, 1, write_64(op->rd, loaded))                                                             \
  LOAD(LOADZ16, form, uint16_t, 1, write_64(op->rd, loaded))                                                           \
  LOAD(LOADS8_32, form, int8_t, 1, write_32(op->rd, (uint64_t)loaded))                                                 \
  LOAD(LOADS8_64, form, int8_t, 1, write_64(op->rd, (uint64_t)loaded))                                                 \
  LOAD(LOADS16_32, form, int16_t, 1, write_32(op->rd, (uint64_t)loaded))                                               \
  LOAD(LOADS16_64, form, int16_t, 1, write_64(op->rd, (uint64_t)loaded))                                               \
  LOAD(LOADS32_64, form, int32_t, 1, write_64(op->rd, (uint64_t)loaded))

#define STORE(code, form, type, counted)                                                                               \
  case X86_##code##form: {                                                                                             \
    budget += 1 - counted;                                                                                             \
    const uint64_t address = ADDRESS_##form;                                                                           \
    const type stored = *(const type *)op->rs;                                                                         \
    WRITE(stored)                                                                                                      \
  }

// The operand of a read-modify-write instruction. What can fault does so here.
#define LOAD_TO_MODIFY(size)                                                                                           \
  case X86_LOADM##size: {                                                                                              \
    budget++;                                                                                                          \
    const uint64_t address = ADDRESS_X;                                                                                \
    uint##size##_t loaded;                                                                                             \
    cpu->effective = address;                                                                                          \
    READ(write, loaded,                                                                                                \
         x86_probe_write(cpu, address, sizeof loaded) && x86_load(cpu, address, sizeof loaded, &loaded), memory_fault) \
    cpu->temporary = loaded;                                                                                           \
    break;                                                                                                             \
  }
#define STORE_MODIFIED(size)                                                                                           \
  case X86_STORET##size: {                                                                                             \
    budget++;                                                                                                          \
    const uint64_t address = cpu->effective;                                                                           \
    const uint##size##_t stored = (uint##size##_t)cpu->temporary;                                                      \
    WRITE(stored)                                                                                                      \
  }

// The stack and jumps, of the mode's own size. 32-bit code's are for stacks in a segment that begins at 0
// (emit_flow.c).
#define PUSH(size)                                                                                                     \
  case X86_PUSH##size: {                                                                                               \
    const u##size stored = *(const u##size *)op->rs;                                                                   \
    const uint64_t address = (u##size)(cpu->r[RSP] - sizeof stored);                                                   \
    const struct tlb_entry *entry = &tlb->write[tlb_index(address)];                                                   \
    if (LIKELY(entry->page == tlb_page_of_last_byte(address, sizeof stored))) {                                        \
      memcpy((uint8_t *)(entry->addend + (uintptr_t)address), &stored, sizeof stored);                                 \
      cpu->r[RSP] = address;                                                                                           \
      break;                                                                                                           \
    }                                                                                                                  \
    cpu->budget = budget;                                                                                              \
    if (!x86_store(cpu, address, sizeof stored, &stored))                                                              \
      goto stack_fault;                                                                                                \
    cpu->r[RSP] = address;                                                                                             \
    goto next_refetched;                                                                                               \
  }

// The value at the top of the stack.
#define TOP_OF_STACK(loaded)                                                                                           \
  READ(read, loaded, x86_load(cpu, address, sizeof loaded, &loaded), stack_fault)                                      \
  write_stack_pointer(cpu, sizeof loaded, address + sizeof loaded);

#define POP(size)                                                                                                      \
  case X86_POP##size: {                                                                                                \
    const uint64_t address = (u##size)cpu->r[RSP];                                                                     \
    u##size loaded;                                                                                                    \
    TOP_OF_STACK(loaded)                                                                                               \
    write_##size(op->rd, loaded);                                                                                      \
    break;                                                                                                             \
  }

#define RETURN(size)                                                                                                   \
  case X86_RET##size: {                                                                                                \
    const uint64_t address = (u##size)cpu->r[RSP];                                                                     \
    u##size loaded;                                                                                                    \
    TOP_OF_STACK(loaded)                                                                                               \
    target = loaded;                                                                                                   \
    goto jump;                                                                                                         \
  }

#define CALL(size)                                                                                                     \
  case X86_CALL##size:                                                                                                 \
  case X86_CALL_TO##size: {                                                                                            \
    const u##size stored = (u##size)x86_op_next(cpu, op);                                                              \
    const uint64_t address = (u##size)(cpu->r[RSP] - sizeof stored);                                                   \
    const struct tlb_entry *entry = &tlb->write[tlb_index(address)];                                                   \
    target = op->code == X86_CALL##size ? cpu->page_address + (uint64_t)op->relative : *(u##size *)op->rd;             \
    if (LIKELY(entry->page == tlb_page_of_last_byte(address, sizeof stored) && x86_canonical(target))) {               \
      memcpy((uint8_t *)(entry->addend + (uintptr_t)address), &stored, sizeof stored);                                 \
      cpu->r[RSP] = address;                                                                                           \
      goto jump;                                                                                                       \
    }                                                                                                                  \
    cpu->budget = budget;                                                                                              \
    if (!x86_canonical(target) || !x86_store(cpu, address, sizeof stored, &stored))                                    \
      goto call_fault;                                                                                                 \
    cpu->r[RSP] = address;                                                                                             \
    cpu->rip = x86_wrap(cpu, target);                                                                                  \
    goto refetch;                                                                                                      \
  }

#define JUMP_TO(size)                                                                                                  \
  case X86_JMP_TO##size: target = *(u##size *)op->rd; goto jump;

#define BRANCH_IF(code, condition)                                                                                     \
  case X86_##code:                                                                                                     \
    if (condition)                                                                                                     \
      goto take;                                                                                                       \
    break;
#define COMPARE_BRANCH(name, size, kind, expression, suffix, condition)                                                \
  case X86_##name##_J##suffix##size: {                                                                                 \
    const u##size a = *(u##size *)op->rd, b = *(const u##size *)op->rs;                                                \
    const u##size result = (u##size)(expression);                                                                      \
    budget--;                                                                                                          \
    NOTE_FLAGS(kind, size, result, b);                                                                                 \
    if (condition)                                                                                                     \
      goto take;                                                                                                       \
    break;                                                                                                             \
  }
#define CMP_BRANCHES(size)                                                                                             \
  COMPARE_BRANCH(CMP, size, FLAGS_SUB, a - b, B, a < b)                                                                \
  COMPARE_BRANCH(CMP, size, FLAGS_SUB, a - b, AE, a >= b)                                                              \
  COMPARE_BRANCH(CMP, size, FLAGS_SUB, a - b, E, a == b)                                                               \
  COMPARE_BRANCH(CMP, size, FLAGS_SUB, a - b, NE, a != b)                                                              \
  COMPARE_BRANCH(CMP, size, FLAGS_SUB, a - b, BE, a <= b)                                                              \
  COMPARE_BRANCH(CMP, size, FLAGS_SUB, a - b, A, a > b)                                                                \
  COMPARE_BRANCH(CMP, size, FLAGS_SUB, a - b, L, (s##size)a < (s##size)b)                                              \
  COMPARE_BRANCH(CMP, size, FLAGS_SUB, a - b, GE, (s##size)a >= (s##size)b)                                            \
  COMPARE_BRANCH(CMP, size, FLAGS_SUB, a - b, LE, (s##size)a <= (s##size)b)                                            \
  COMPARE_BRANCH(CMP, size, FLAGS_SUB, a - b, G, (s##size)a > (s##size)b)                                              \
  COMPARE_BRANCH(CMP, size, FLAGS_SUB, a - b, S, (s##size)result < 0)                                                  \
  COMPARE_BRANCH(CMP, size, FLAGS_SUB, a - b, NS, (s##size)result >= 0)
#define TEST_BRANCHES(size)                                                                                            \
  COMPARE_BRANCH(TEST, size, FLAGS_LOGIC, a &b, E, result == 0)                                                        \
  COMPARE_BRANCH(TEST, size, FLAGS_LOGIC, a &b, NE, result != 0)                                                       \
  COMPARE_BRANCH(TEST, size, FLAGS_LOGIC, a &b, S, (s##size)result < 0)                                                \
  COMPARE_BRANCH(TEST, size, FLAGS_LOGIC, a &b, NS, (s##size)result >= 0)                                              \
  COMPARE_BRANCH(TEST, size, FLAGS_LOGIC, a &b, LE, (s##size)result <= 0)                                              \
  COMPARE_BRANCH(TEST, size, FLAGS_LOGIC, a &b, G, (s##size)result > 0)

#endif
