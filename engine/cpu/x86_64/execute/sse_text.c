// PCMPESTRx and PCMPISTRx: comparisons of packed strings (SDM 2B, 4.1, "Imm8 control byte operation").
//
//   immediate   7   6                5..4      3..2         1     0
//             | - | index or mask  | polarity | aggregation | signed | words |
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/vector.h"

enum aggregation { EQUAL_ANY, RANGES, EQUAL_EACH, EQUAL_ORDERED };

struct text {
  struct x86_xmm vector;
  unsigned length; // elements that count
};

static int32_t element(const struct text *text, unsigned i, uint64_t control) {
  if (control & 1)
    return control & 2 ? text->vector.sw[i] : text->vector.w[i];
  return control & 2 ? text->vector.sb[i] : text->vector.b[i];
}

static unsigned count_of(uint64_t control) {
  return control & 1 ? 8 : 16;
}

static unsigned implicit_length(const struct text *text, uint64_t control) {
  unsigned length = 0;
  while (length < count_of(control) && element(text, length, control) != 0)
    length++;
  return length;
}

static unsigned explicit_length(int64_t value, uint64_t control) {
  const uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  return magnitude < count_of(control) ? (unsigned)magnitude : count_of(control);
}

static bool any_equal(const struct text *set, const struct text *text, unsigned i, uint64_t control) {
  for (unsigned j = 0; j < set->length; j++) {
    if (element(set, j, control) == element(text, i, control))
      return true;
  }
  return false;
}

static bool in_ranges(const struct text *set, const struct text *text, unsigned i, uint64_t control) {
  const int32_t value = element(text, i, control);
  for (unsigned j = 0; j + 1 < set->length; j += 2) {
    if (element(set, j, control) <= value && value <= element(set, j + 1, control))
      return true;
  }
  return false;
}

// Does the first string occur at place i of the second? What is past the second's end is not looked at if it is past
// the vector's too.
static bool occurs(const struct text *part, const struct text *text, unsigned i, uint64_t control) {
  for (unsigned j = 0; j < part->length && i + j < count_of(control); j++) {
    if (i + j >= text->length || element(part, j, control) != element(text, i + j, control))
      return false;
  }
  return true;
}

static bool equal_at(const struct text *a, const struct text *b, unsigned i, uint64_t control) {
  if (i >= a->length || i >= b->length)
    return i >= a->length && i >= b->length;
  return element(a, i, control) == element(b, i, control);
}

static uint32_t aggregate(const struct text *a, const struct text *b, uint64_t control) {
  uint32_t result = 0;
  for (unsigned i = 0; i < count_of(control); i++) {
    bool bit;
    switch ((enum aggregation)(control >> 2 & 3)) {
    case EQUAL_ANY: bit = i < b->length && any_equal(a, b, i, control); break;
    case RANGES: bit = i < b->length && in_ranges(a, b, i, control); break;
    case EQUAL_EACH: bit = equal_at(a, b, i, control); break;
    default: bit = occurs(a, b, i, control); break;
    }
    result |= (uint32_t)bit << i;
  }
  // Polarity: bit 4 negates, bit 5 only what is valid in the second string.
  if (control & 16)
    result ^= control & 32 ? (1u << b->length) - 1 : (1u << count_of(control)) - 1;
  return result;
}

static void note_flags(struct x86_cpu *cpu, uint32_t result, const struct text *a, const struct text *b,
                       uint64_t control) {
  x86_set_flags(cpu, (result ? FLAG_CF : 0) | (b->length < count_of(control) ? FLAG_ZF : 0) |
                         (a->length < count_of(control) ? FLAG_SF : 0) | (result & 1 ? FLAG_OF : 0));
}

static void write_index(struct x86_cpu *cpu, uint32_t result, uint64_t control) {
  unsigned index = count_of(control);
  if (result)
    index = control & 64 ? 31U - (unsigned)__builtin_clz(result) : (unsigned)__builtin_ctz(result);
  cpu->r[RCX] = index;
}

static void write_mask(struct x86_cpu *cpu, uint32_t result, uint64_t control) {
  struct x86_xmm mask = {.q = {result, 0}};
  for (unsigned i = 0; i < 16 && control & 64; i++) {
    const unsigned bit = control & 1 ? i / 2 : i;
    mask.b[i] = result >> bit & 1 ? 0xff : 0;
  }
  cpu->xmm[0] = mask;
}

static enum x86_result compare(struct x86_cpu *cpu, const struct x86_op *op, bool explicit, bool index) {
  const uint64_t control = op->imm & 0xff;
  struct text a = {.vector = x86_vector(op->rd, 16)}, b = {.vector = x86_vector(op->rs, 16)};
  const bool wide = (op->detail & OP_WIDE) != 0;
  a.length = explicit ? explicit_length(wide ? (int64_t)cpu->r[RAX] : (int32_t)cpu->r[RAX], control)
                      : implicit_length(&a, control);
  b.length = explicit ? explicit_length(wide ? (int64_t)cpu->r[RDX] : (int32_t)cpu->r[RDX], control)
                      : implicit_length(&b, control);
  const uint32_t result = aggregate(&a, &b, control);
  note_flags(cpu, result, &a, &b, control);
  if (index)
    write_index(cpu, result, control);
  else
    write_mask(cpu, result, control);
  return RESULT_NEXT;
}

enum x86_result x86_pcmpestrm(struct x86_cpu *cpu, const struct x86_op *op) {
  return compare(cpu, op, true, false);
}

enum x86_result x86_pcmpestri(struct x86_cpu *cpu, const struct x86_op *op) {
  return compare(cpu, op, true, true);
}

enum x86_result x86_pcmpistrm(struct x86_cpu *cpu, const struct x86_op *op) {
  return compare(cpu, op, false, false);
}

enum x86_result x86_pcmpistri(struct x86_cpu *cpu, const struct x86_op *op) {
  return compare(cpu, op, false, true);
}
