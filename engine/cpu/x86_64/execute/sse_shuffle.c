// Elements from here to there: unpack, pack, shuffle, blend, insert, extract, widen.
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/vector.h"

// Elements of destination and source by turns, from the low halves or the high ones.
static enum x86_result unpack(const struct x86_op *op, unsigned size, bool high) {
  const unsigned width = x86_width(op), bytes = 1U << size, start = high ? width / 2 : 0;
  // The MMX forms of the low unpacks name 4 bytes of memory.
  const struct x86_xmm a = x86_vector(op->rd, width), b = x86_vector(op->rs, width == 8 && !high ? 4 : width);
  struct x86_xmm to = {.q = {0, 0}};
  for (unsigned i = 0; i < width / 2; i += bytes) {
    memcpy(to.b + i * 2, a.b + start + i, bytes);
    memcpy(to.b + i * 2 + bytes, b.b + start + i, bytes);
  }
  x86_copy_vector(op->rd, &to, width);
  return RESULT_NEXT;
}

#define HANDLER(name, call)                                                                                            \
  enum x86_result x86_##name(struct x86_cpu *cpu, const struct x86_op *op) {                                           \
    (void)cpu;                                                                                                         \
    return call;                                                                                                       \
  }
HANDLER(punpcklbw, unpack(op, 0, false))
HANDLER(punpcklwd, unpack(op, 1, false))
HANDLER(punpckldq, unpack(op, 2, false))
HANDLER(punpcklqdq, unpack(op, 3, false))
HANDLER(punpckhbw, unpack(op, 0, true))
HANDLER(punpckhwd, unpack(op, 1, true))
HANDLER(punpckhdq, unpack(op, 2, true))
HANDLER(punpckhqdq, unpack(op, 3, true))

static int32_t clamp(int32_t value, int32_t low, int32_t high) {
  return value < low ? low : value > high ? high : value;
}

// Words to bytes.
static enum x86_result pack_words(const struct x86_op *op, int32_t low, int32_t high) {
  const unsigned half = x86_width(op) / 2;
  const struct x86_xmm a = x86_vector(op->rd, half * 2), b = x86_vector(op->rs, half * 2);
  struct x86_xmm to = {.q = {0, 0}};
  for (unsigned i = 0; i < half; i++) {
    to.b[i] = (uint8_t)clamp(a.sw[i], low, high);
    to.b[half + i] = (uint8_t)clamp(b.sw[i], low, high);
  }
  memcpy(op->rd, &to, half * 2);
  return RESULT_NEXT;
}

static enum x86_result pack_doublewords(const struct x86_op *op, int32_t low, int32_t high) {
  const unsigned half = x86_width(op) / 4;
  const struct x86_xmm a = x86_vector(op->rd, half * 4), b = x86_vector(op->rs, half * 4);
  struct x86_xmm to = {.q = {0, 0}};
  for (unsigned i = 0; i < half; i++) {
    to.w[i] = (uint16_t)clamp(a.sd[i], low, high);
    to.w[half + i] = (uint16_t)clamp(b.sd[i], low, high);
  }
  memcpy(op->rd, &to, half * 4);
  return RESULT_NEXT;
}
HANDLER(packsswb, pack_words(op, INT8_MIN, INT8_MAX))
HANDLER(packuswb, pack_words(op, 0, UINT8_MAX))
HANDLER(packssdw, pack_doublewords(op, INT16_MIN, INT16_MAX))
HANDLER(packusdw, pack_doublewords(op, 0, UINT16_MAX))

// Four words, each chosen by two bits; `from` and `to` count words.
static void shuffle_words(const struct x86_xmm *from, struct x86_xmm *to, unsigned start, uint64_t order) {
  for (unsigned i = 0; i < 4; i++)
    to->w[start + i] = from->w[start + (order >> i * 2 & 3)];
}

static enum x86_result shuffle_half(const struct x86_op *op, unsigned width, unsigned start) {
  const struct x86_xmm from = x86_vector(op->rs, width);
  struct x86_xmm to = from;
  shuffle_words(&from, &to, start, op->imm);
  x86_copy_vector(op->rd, &to, width);
  return RESULT_NEXT;
}
HANDLER(pshufw, shuffle_half(op, 8, 0))
HANDLER(pshuflw, shuffle_half(op, 16, 0))
HANDLER(pshufhw, shuffle_half(op, 16, 4))

// The two low elements come from `low`, the two high ones from `high`.
static enum x86_result shuffle_doublewords(const struct x86_op *op, const void *low, const void *high) {
  const struct x86_xmm a = x86_vector(low, 16), b = x86_vector(high, 16);
  struct x86_xmm to;
  for (unsigned i = 0; i < 4; i++)
    to.d[i] = (i < 2 ? &a : &b)->d[op->imm >> i * 2 & 3];
  memcpy(op->rd, &to, 16);
  return RESULT_NEXT;
}
HANDLER(pshufd, shuffle_doublewords(op, op->rs, op->rs))
HANDLER(shufps, shuffle_doublewords(op, op->rd, op->rs))

enum x86_result x86_shufpd(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  const struct x86_xmm a = x86_vector(op->rd, 16), b = x86_vector(op->rs, 16);
  const struct x86_xmm to = {.q = {a.q[op->imm & 1], b.q[op->imm >> 1 & 1]}};
  memcpy(op->rd, &to, 16);
  return RESULT_NEXT;
}

enum x86_result x86_pshufb(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  const unsigned width = x86_width(op);
  const struct x86_xmm from = x86_vector(op->rd, width), order = x86_vector(op->rs, width);
  struct x86_xmm to = {.q = {0, 0}};
  for (unsigned i = 0; i < width; i++)
    to.b[i] = order.b[i] >> 7 ? 0 : from.b[order.b[i] & (width - 1)];
  x86_copy_vector(op->rd, &to, width);
  return RESULT_NEXT;
}

// The bytes of destination (above) and source (below), shifted right together.
enum x86_result x86_palignr(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  const unsigned width = x86_width(op), count = op->imm & 0xff;
  uint8_t joined[64] = {0};
  memcpy(joined, op->rs, width);
  memcpy(joined + width, op->rd, width);
  if (count < width * 2)
    memcpy(op->rd, joined + count, width);
  else
    memset(op->rd, 0, width);
  return RESULT_NEXT;
}

// Elements of the source where the mask's bit is set.
static enum x86_result blend(const struct x86_op *op, unsigned size, uint64_t mask) {
  const struct x86_xmm from = x86_vector(op->rs, 16);
  const unsigned bytes = 1U << size;
  for (unsigned i = 0; i < 16 / bytes; i++) {
    if (mask >> i & 1)
      memcpy((uint8_t *)op->rd + i * bytes, from.b + i * bytes, bytes);
  }
  return RESULT_NEXT;
}
HANDLER(pblendw, blend(op, 1, op->imm))
HANDLER(blendps, blend(op, 2, op->imm))
HANDLER(blendpd, blend(op, 3, op->imm))

// The mask is the top bits of XMM0's elements.
static uint64_t mask_of_xmm0(const struct x86_cpu *cpu, unsigned size) {
  uint64_t mask = 0;
  for (unsigned i = 0; i < 16U >> size; i++)
    mask |= (uint64_t)(cpu->xmm[0].b[((i + 1) << size) - 1] >> 7) << i;
  return mask;
}
HANDLER(pblendvb, blend(op, 0, mask_of_xmm0(cpu, 0)))
HANDLER(blendvps, blend(op, 2, mask_of_xmm0(cpu, 2)))
HANDLER(blendvpd, blend(op, 3, mask_of_xmm0(cpu, 3)))

static enum x86_result insert(const struct x86_op *op, unsigned size, unsigned width) {
  const unsigned place = op->imm & ((width >> size) - 1);
  memcpy((uint8_t *)op->rd + (place << size), op->rs, 1U << size);
  return RESULT_NEXT;
}
HANDLER(pinsrb, insert(op, 0, 16))
HANDLER(pinsrw, insert(op, 1, x86_width(op)))
HANDLER(pinsrd, insert(op, op->shift, 16))

static enum x86_result extract(const struct x86_op *op, unsigned size, unsigned width) {
  const unsigned place = op->imm & ((width >> size) - 1);
  x86_write(op->rd, 3, x86_read((const uint8_t *)op->rs + (place << size), size));
  return RESULT_NEXT;
}
HANDLER(pextrb, extract(op, 0, 16))
HANDLER(pextrw, extract(op, 1, 16))
HANDLER(pextrw_mmx, extract(op, 1, 8))
HANDLER(pextrw_store, extract(op, 1, 16))
HANDLER(pextrd, extract(op, op->size, 16))

// Immediate: bits 6 and 7 choose the source's element (not from memory), 4 and 5 the place, 0 to 3 clear.
static enum x86_result insert_single(const struct x86_op *op, const void *from) {
  struct x86_xmm to = x86_vector(op->rd, 16);
  memcpy(&to.d[op->imm >> 4 & 3], from, 4);
  for (unsigned i = 0; i < 4; i++) {
    if (op->imm >> i & 1)
      to.d[i] = 0;
  }
  memcpy(op->rd, &to, 16);
  return RESULT_NEXT;
}
HANDLER(insertps, insert_single(op, (const uint8_t *)op->rs + (op->imm >> 6 & 3) * 4))
HANDLER(insertps_memory, insert_single(op, op->rs))

#define WIDEN(name, from_type, to_type, to_member)                                                                     \
  enum x86_result x86_##name(struct x86_cpu *cpu, const struct x86_op *op) {                                           \
    (void)cpu;                                                                                                         \
    from_type from[16 / sizeof(to_type)];                                                                              \
    struct x86_xmm to;                                                                                                 \
    memcpy(from, op->rs, sizeof from);                                                                                 \
    for (unsigned i = 0; i < 16 / sizeof(to_type); i++)                                                                \
      to.to_member[i] = (to_type)from[i];                                                                              \
    memcpy(op->rd, &to, 16);                                                                                           \
    return RESULT_NEXT;                                                                                                \
  }
WIDEN(pmovsxbw, int8_t, int16_t, sw)
WIDEN(pmovsxbd, int8_t, int32_t, sd)
WIDEN(pmovsxbq, int8_t, int64_t, sq)
WIDEN(pmovsxwd, int16_t, int32_t, sd)
WIDEN(pmovsxwq, int16_t, int64_t, sq)
WIDEN(pmovsxdq, int32_t, int64_t, sq)
WIDEN(pmovzxbw, uint8_t, uint16_t, w)
WIDEN(pmovzxbd, uint8_t, uint32_t, d)
WIDEN(pmovzxbq, uint8_t, uint64_t, q)
WIDEN(pmovzxwd, uint16_t, uint32_t, d)
WIDEN(pmovzxwq, uint16_t, uint64_t, q)
WIDEN(pmovzxdq, uint32_t, uint64_t, q)
