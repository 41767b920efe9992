// String instructions (SDM 1, 7.3.9). Registers are right after every element, so that a fault or an interrupt leaves
// an instruction that goes on where it was. Elements that lie in one page on both sides are handled together.
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/system/fault.h"
#include "cpu/x86_64/system/mmu.h"

#define LAST_BYTE UINT64_C(0xffffffff)

struct string {
  struct x86_cpu *cpu;
  unsigned size;    // log2 of an element's bytes
  uint64_t step;    // added to the index registers
  uint64_t mask;    // of addresses
  uint64_t segment; // base of the source's, and of the destination's
  uint64_t extra;
  bool repeated;
};

static struct string string_of(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t bytes = UINT64_C(1) << op->size;
  return (struct string){.cpu = cpu,
                         .size = op->size,
                         .step = cpu->rflags & FLAG_DF ? 0 - bytes : bytes,
                         .mask = x86_size_mask((unsigned)op->relative),
                         .segment = *op->base,
                         .extra = *(const uint64_t *)op->rs,
                         .repeated = op->shift != REPEAT_PLAIN};
}

// The address of an element. In 32-bit code no segment goes on behind its last byte: what would is refused for its
// address, wherever the segment begins.
static uint64_t address_of(const struct string *string, uint64_t offset, uint64_t base) {
  const bool beyond = string->cpu->code_kind != CODE_64 && offset + (UINT64_C(1) << string->size) > LAST_BYTE + 1;
  return beyond ? LAST_BYTE : offset + base;
}

static uint64_t source_offset(const struct string *string) {
  return string->cpu->r[RSI] & string->mask;
}

static uint64_t destination_offset(const struct string *string) {
  return string->cpu->r[RDI] & string->mask;
}

static uint64_t source(const struct string *string) {
  return address_of(string, source_offset(string), string->segment);
}

static uint64_t destination(const struct string *string) {
  return address_of(string, destination_offset(string), string->extra);
}

// Registers are written as operands of the address's size.
static void add_to(const struct string *string, enum x86_register number, uint64_t value) {
  uint64_t *written = &string->cpu->r[number];
  const uint64_t kept = string->mask == UINT16_MAX ? *written & ~string->mask : 0;
  *written = kept | ((*written + value) & string->mask);
}

static void advance(const struct string *string, enum x86_register index, uint64_t elements) {
  add_to(string, index, string->step * elements);
}

static uint64_t remaining(const struct string *string) {
  return string->repeated ? string->cpu->r[RCX] & string->mask : 1;
}

static void count_down(const struct string *string, uint64_t elements) {
  if (string->repeated)
    add_to(string, RCX, 0 - elements);
  string->cpu->budget -= (int32_t)(elements >> (6 - string->size));
}

static enum x86_result finish(const struct string *string) {
  return string->repeated && (string->cpu->r[RCX] & string->mask) ? RESULT_AGAIN : RESULT_REFETCH;
}

// Elements upwards that lie in one page, and before the offset wraps, at most `most`; 0 if they go downwards.
static uint64_t in_page(const struct string *string, uint64_t offset, uint64_t address, uint64_t most) {
  const uint64_t elements = (PAGE_SIZE - (address & (PAGE_SIZE - 1))) >> string->size;
  const uint64_t before_wrap = (string->mask - offset) >> string->size;
  const uint64_t fewer = elements < before_wrap ? elements : before_wrap;
  if (string->step >> 63)
    return 0;
  return fewer < most ? fewer : most;
}

static uint64_t in_source_page(const struct string *string, uint64_t most) {
  return in_page(string, source_offset(string), source(string), most);
}

static uint64_t in_destination_page(const struct string *string, uint64_t most) {
  return in_page(string, destination_offset(string), destination(string), most);
}

// True if one element was moved, by way of x86_load and x86_store: page crossings, devices, downward moves.
static bool move_one(const struct string *string) {
  uint64_t value = 0;
  return x86_load(string->cpu, source(string), 1U << string->size, &value) &&
         x86_store(string->cpu, destination(string), 1U << string->size, &value);
}

// Copying upwards onto what is still to be read repeats a pattern, element by element.
static void copy(uint8_t *to, const uint8_t *from, uint64_t bytes, unsigned size) {
  if (to <= from || to >= from + bytes) {
    memmove(to, from, (size_t)bytes);
    return;
  }
  for (uint64_t i = 0; i < bytes; i += UINT64_C(1) << size)
    memmove(to + i, from + i, (size_t)1 << size);
}

enum x86_result x86_movs(struct x86_cpu *cpu, const struct x86_op *op) {
  const struct string string = string_of(cpu, op);
  const uint64_t count = remaining(&string);
  if (count == 0)
    return RESULT_NEXT;
  uint64_t elements = in_source_page(&string, in_destination_page(&string, count));
  bool fault = false;
  if (elements > 0) {
    const uint8_t *from = x86_host_at(cpu, source(&string), false, &fault);
    uint8_t *to = fault ? NULL : x86_host_at(cpu, destination(&string), true, &fault);
    if (fault)
      return RESULT_FAULT;
    if (from && to)
      copy(to, from, elements << string.size, string.size);
    else
      elements = 0;
  }
  if (elements == 0) {
    if (!move_one(&string))
      return RESULT_FAULT;
    elements = 1;
  }
  advance(&string, RSI, elements);
  advance(&string, RDI, elements);
  count_down(&string, elements);
  return finish(&string);
}

static void fill(uint8_t *to, uint64_t elements, unsigned size, uint64_t value) {
  if (size == 0) {
    memset(to, (int)(value & 0xff), (size_t)elements);
    return;
  }
  for (uint64_t i = 0; i < elements; i++)
    memcpy(to + (i << size), &value, (size_t)1 << size);
}

enum x86_result x86_stos(struct x86_cpu *cpu, const struct x86_op *op) {
  const struct string string = string_of(cpu, op);
  const uint64_t count = remaining(&string);
  if (count == 0)
    return RESULT_NEXT;
  uint64_t elements = in_destination_page(&string, count);
  bool fault = false;
  uint8_t *to = elements ? x86_host_at(cpu, destination(&string), true, &fault) : NULL;
  if (fault)
    return RESULT_FAULT;
  if (to) {
    fill(to, elements, string.size, cpu->r[RAX]);
  } else {
    if (!x86_store(cpu, destination(&string), 1U << string.size, &cpu->r[RAX]))
      return RESULT_FAULT;
    elements = 1;
  }
  advance(&string, RDI, elements);
  count_down(&string, elements);
  return finish(&string);
}

enum x86_result x86_lods(struct x86_cpu *cpu, const struct x86_op *op) {
  const struct string string = string_of(cpu, op);
  uint64_t value = 0;
  if (remaining(&string) == 0)
    return RESULT_NEXT;
  if (!x86_load(cpu, source(&string), 1U << string.size, &value))
    return RESULT_FAULT;
  x86_write(&cpu->r[RAX], string.size, value);
  advance(&string, RSI, 1);
  count_down(&string, 1);
  return finish(&string);
}

static void note_comparison(const struct string *string, uint64_t a, uint64_t b) {
  string->cpu->flags_op = x86_flags_op(FLAGS_SUB, string->size);
  string->cpu->flags_a = (a - b) & x86_size_mask(string->size);
  string->cpu->flags_b = b;
}

// REPE goes on while equal, REPNE while not.
static bool goes_on(const struct x86_op *op, bool equal) {
  return op->shift == REPEAT_PLAIN || equal == (op->shift == REPEAT_EQUAL);
}

enum { COMPARED_AT_ONCE = 256 };

// Both comparing instructions: SCAS takes its first operand from the accumulator. CMPS reads its second one first, so
// that this one's fault is the one to be seen.
static enum x86_result compare(struct x86_cpu *cpu, const struct x86_op *op, bool with_memory) {
  const struct string string = string_of(cpu, op);
  uint64_t count = remaining(&string), a = x86_read(&cpu->r[RAX], op->size), b = 0;
  if (count == 0)
    return RESULT_NEXT;
  for (unsigned i = 0; i < COMPARED_AT_ONCE && count > 0; i++, count--) {
    if (!x86_load(cpu, destination(&string), 1U << string.size, &b) ||
        (with_memory && !x86_load(cpu, source(&string), 1U << string.size, &a)))
      return RESULT_FAULT;
    note_comparison(&string, a, b);
    if (with_memory)
      advance(&string, RSI, 1);
    advance(&string, RDI, 1);
    count_down(&string, 1);
    if (!goes_on(op, a == b))
      return RESULT_NEXT;
  }
  return count ? RESULT_AGAIN : RESULT_NEXT;
}

enum x86_result x86_cmps(struct x86_cpu *cpu, const struct x86_op *op) {
  return compare(cpu, op, true);
}

enum x86_result x86_scas(struct x86_cpu *cpu, const struct x86_op *op) {
  return compare(cpu, op, false);
}

enum x86_result x86_ins(struct x86_cpu *cpu, const struct x86_op *op) {
  const struct string string = string_of(cpu, op);
  if (!x86_port_allowed(cpu))
    return x86_fault(cpu, VECTOR_GP, 0);
  if (remaining(&string) == 0)
    return RESULT_NEXT;
  if (!x86_probe_write(cpu, destination(&string), 1U << string.size))
    return RESULT_FAULT;
  const uint32_t value = cpu->port_read(cpu->board, (uint16_t)cpu->r[RDX], 1U << string.size);
  if (!x86_store(cpu, destination(&string), 1U << string.size, &value))
    return RESULT_FAULT;
  advance(&string, RDI, 1);
  count_down(&string, 1);
  return finish(&string);
}

enum x86_result x86_outs(struct x86_cpu *cpu, const struct x86_op *op) {
  const struct string string = string_of(cpu, op);
  uint32_t value = 0;
  if (!x86_port_allowed(cpu))
    return x86_fault(cpu, VECTOR_GP, 0);
  if (remaining(&string) == 0)
    return RESULT_NEXT;
  if (!x86_load(cpu, source(&string), 1U << string.size, &value))
    return RESULT_FAULT;
  cpu->port_write(cpu->board, (uint16_t)cpu->r[RDX], 1U << string.size, value);
  advance(&string, RSI, 1);
  count_down(&string, 1);
  return finish(&string);
}

// AL = [rBX + AL].
enum x86_result x86_xlat(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t mask = x86_size_mask((unsigned)op->relative);
  uint8_t value;
  if (!x86_load(cpu, ((cpu->r[RBX] + (cpu->r[RAX] & 0xff)) & mask) + *op->base, 1, &value))
    return RESULT_FAULT;
  x86_write(&cpu->r[RAX], 0, value);
  return RESULT_NEXT;
}
