// Packed integer arithmetic, MMX and XMM alike.
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/vector.h"

// One handler: elements `a` of the destination and `b` of the source give the result's.
#define PACKED(name, type, member, expression)                                                                         \
  static inline enum x86_result name(const struct x86_op *op, unsigned width) {                                        \
    struct x86_xmm to = x86_vector(op->rd, width);                                                                     \
    const struct x86_xmm from = x86_vector(op->rs, width);                                                             \
    for (unsigned i = 0; i < width / sizeof(type); i++) {                                                              \
      const type a = to.member[i], b = from.member[i];                                                                 \
      (void)a;                                                                                                         \
      to.member[i] = (type)(expression);                                                                               \
    }                                                                                                                  \
    x86_copy_vector(op->rd, &to, width);                                                                               \
    return RESULT_NEXT;                                                                                                \
  }                                                                                                                    \
  enum x86_result x86_##name(struct x86_cpu *cpu, const struct x86_op *op) {                                           \
    (void)cpu;                                                                                                         \
    return op->size == 4 ? name(op, 16) : name(op, 8);                                                                 \
  }

static int32_t clamp(int32_t value, int32_t low, int32_t high) {
  return value < low ? low : value > high ? high : value;
}
#define CLAMP_S8(value) clamp(value, INT8_MIN, INT8_MAX)
#define CLAMP_S16(value) clamp(value, INT16_MIN, INT16_MAX)
#define CLAMP_U8(value) clamp(value, 0, UINT8_MAX)
#define CLAMP_U16(value) clamp(value, 0, UINT16_MAX)

PACKED(pand, uint64_t, q, a &b)
PACKED(pandn, uint64_t, q, ~a &b)
PACKED(por, uint64_t, q, a | b)
PACKED(pxor, uint64_t, q, a ^ b)
PACKED(paddw, uint16_t, w, a + b)
PACKED(paddd, uint32_t, d, a + b)
PACKED(paddq, uint64_t, q, a + b)
PACKED(psubw, uint16_t, w, a - b)
PACKED(psubd, uint32_t, d, a - b)
PACKED(psubq, uint64_t, q, a - b)
PACKED(paddsb, int8_t, sb, CLAMP_S8(a + b))
PACKED(paddsw, int16_t, sw, CLAMP_S16(a + b))
PACKED(psubsb, int8_t, sb, CLAMP_S8(a - b))
PACKED(psubsw, int16_t, sw, CLAMP_S16(a - b))
PACKED(paddusb, uint8_t, b, CLAMP_U8(a + b))
PACKED(paddusw, uint16_t, w, CLAMP_U16(a + b))
PACKED(psubusb, uint8_t, b, CLAMP_U8(a - b))
PACKED(psubusw, uint16_t, w, CLAMP_U16(a - b))
PACKED(pavgb, uint8_t, b, (a + b + 1) >> 1)
PACKED(pavgw, uint16_t, w, (a + b + 1) >> 1)
PACKED(pcmpeqw, uint16_t, w, a == b ? UINT16_MAX : 0)
PACKED(pcmpeqd, uint32_t, d, a == b ? UINT32_MAX : 0)
PACKED(pcmpeqq, uint64_t, q, a == b ? UINT64_MAX : 0)
PACKED(pcmpgtb, int8_t, sb, a > b ? -1 : 0)
PACKED(pcmpgtw, int16_t, sw, a > b ? -1 : 0)
PACKED(pcmpgtd, int32_t, sd, a > b ? -1 : 0)
PACKED(pcmpgtq, int64_t, sq, a > b ? -1 : 0)
PACKED(pminuw, uint16_t, w, a < b ? a : b)
PACKED(pminud, uint32_t, d, a < b ? a : b)
PACKED(pminsb, int8_t, sb, a < b ? a : b)
PACKED(pminsw, int16_t, sw, a < b ? a : b)
PACKED(pminsd, int32_t, sd, a < b ? a : b)
PACKED(pmaxuw, uint16_t, w, a > b ? a : b)
PACKED(pmaxud, uint32_t, d, a > b ? a : b)
PACKED(pmaxsb, int8_t, sb, a > b ? a : b)
PACKED(pmaxsw, int16_t, sw, a > b ? a : b)
PACKED(pmaxsd, int32_t, sd, a > b ? a : b)
PACKED(pmullw, uint16_t, w, (uint32_t)a *b)
PACKED(pmulhw, int16_t, sw, (int32_t)a *b >> 16)
PACKED(pmulhuw, uint16_t, w, (uint32_t)a *b >> 16)
PACKED(pmulhrsw, int16_t, sw, (((int32_t)a * b >> 14) + 1) >> 1)
PACKED(pmulld, uint32_t, d, a *b)
PACKED(pmuludq, uint64_t, q, (uint64_t)(uint32_t)a *(uint32_t)b)
PACKED(pmuldq, int64_t, sq, (int64_t)(int32_t)a *(int32_t)b)
PACKED(psignb, int8_t, sb, b < 0 ? -a : b == 0 ? 0 : a)
PACKED(psignw, int16_t, sw, b < 0 ? -a : b == 0 ? 0 : a)
PACKED(psignd, uint32_t, d, (int32_t)b < 0 ? 0 - a : b == 0 ? 0 : a)
PACKED(pabsb, int8_t, sb, b < 0 ? -b : b)
PACKED(pabsw, int16_t, sw, b < 0 ? -b : b)
PACKED(pabsd, uint32_t, d, (int32_t)b < 0 ? 0 - b : b)

// Bytes that string functions and decoders live on, eight at a time.
#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS (~HIGH_BITS)

// All ones in each byte of which the mask has the top bit.
static inline uint64_t spread(uint64_t mask) {
  return (mask >> 7) * 255;
}

static inline uint64_t bytes_equal(uint64_t a, uint64_t b) {
  const uint64_t x = a ^ b;
  return spread(~(((x & LOW_BITS) + LOW_BITS) | x) & HIGH_BITS);
}

static inline uint64_t bytes_not_below(uint64_t a, uint64_t b) {
  const uint64_t difference = (a | HIGH_BITS) - (b & LOW_BITS); // its top bits: of the lower seven, no borrow
  return spread(((a & ~b) | (~(a ^ b) & difference)) & HIGH_BITS);
}

static inline uint64_t chosen(uint64_t mask, uint64_t a, uint64_t b) {
  return (a & mask) | (b & ~mask);
}

static inline uint64_t bytes_sum(uint64_t a, uint64_t b) {
  return ((a & LOW_BITS) + (b & LOW_BITS)) ^ ((a ^ b) & HIGH_BITS);
}

static inline uint64_t bytes_difference(uint64_t a, uint64_t b) {
  return ((a | HIGH_BITS) - (b & LOW_BITS)) ^ ((a ^ ~b) & HIGH_BITS);
}

PACKED(pcmpeqb, uint64_t, q, bytes_equal(a, b))
PACKED(pminub, uint64_t, q, chosen(bytes_not_below(a, b), b, a))
PACKED(pmaxub, uint64_t, q, chosen(bytes_not_below(a, b), a, b))
PACKED(paddb, uint64_t, q, bytes_sum(a, b))
PACKED(psubb, uint64_t, q, bytes_difference(a, b))

// Shifts by the source's low 64 bits, or by an immediate; a count of the element's width or more shifts all out.
#define SHIFT(name, type, member, limit, shifted, otherwise)                                                           \
  static inline enum x86_result name(const struct x86_op *op, uint64_t count, unsigned width) {                        \
    struct x86_xmm to = x86_vector(op->rd, width);                                                                     \
    for (unsigned i = 0; i < width / sizeof(type); i++) {                                                              \
      const type a = to.member[i];                                                                                     \
      to.member[i] = (type)(count < limit ? (shifted) : (otherwise));                                                  \
    }                                                                                                                  \
    x86_copy_vector(op->rd, &to, width);                                                                               \
    return RESULT_NEXT;                                                                                                \
  }                                                                                                                    \
  enum x86_result x86_##name(struct x86_cpu *cpu, const struct x86_op *op) {                                           \
    (void)cpu;                                                                                                         \
    const uint64_t count = x86_read(op->rs, 3);                                                                        \
    return op->size == 4 ? name(op, count, 16) : name(op, count, 8);                                                   \
  }                                                                                                                    \
  enum x86_result x86_##name##_imm(struct x86_cpu *cpu, const struct x86_op *op) {                                     \
    (void)cpu;                                                                                                         \
    return op->size == 4 ? name(op, op->imm & 0xff, 16) : name(op, op->imm & 0xff, 8);                                 \
  }
SHIFT(psrlw, uint16_t, w, 16, a >> count, 0)
SHIFT(psrld, uint32_t, d, 32, a >> count, 0)
SHIFT(psrlq, uint64_t, q, 64, a >> count, 0)
SHIFT(psllw, uint16_t, w, 16, a << count, 0)
SHIFT(pslld, uint32_t, d, 32, a << count, 0)
SHIFT(psllq, uint64_t, q, 64, a << count, 0)
SHIFT(psraw, int16_t, sw, 16, a >> count, a >> 15)
SHIFT(psrad, int32_t, sd, 32, a >> count, a >> 31)

enum x86_result x86_psrldq(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  const struct x86_xmm from = x86_vector(op->rd, 16);
  struct x86_xmm to = {.q = {0, 0}};
  const unsigned count = op->imm & 0xff;
  if (count < 16)
    memcpy(to.b, from.b + count, 16 - count);
  memcpy(op->rd, &to, 16);
  return RESULT_NEXT;
}

enum x86_result x86_pslldq(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  const struct x86_xmm from = x86_vector(op->rd, 16);
  struct x86_xmm to = {.q = {0, 0}};
  const unsigned count = op->imm & 0xff;
  if (count < 16)
    memcpy(to.b + count, from.b, 16 - count);
  memcpy(op->rd, &to, 16);
  return RESULT_NEXT;
}

// Neighbours are combined: the results of the destination's pairs, then of the source's.
#define HORIZONTAL(name, type, member, expression)                                                                     \
  enum x86_result x86_##name(struct x86_cpu *cpu, const struct x86_op *op) {                                           \
    (void)cpu;                                                                                                         \
    const struct x86_xmm first = x86_vector(op->rd, x86_width(op)), second = x86_vector(op->rs, x86_width(op));        \
    struct x86_xmm to = {.q = {0, 0}};                                                                                 \
    const unsigned half = x86_width(op) / sizeof(type) / 2;                                                            \
    for (unsigned i = 0; i < half * 2; i++) {                                                                          \
      const struct x86_xmm *from = i < half ? &first : &second;                                                        \
      const type a = from->member[i % half * 2], b = from->member[i % half * 2 + 1];                                   \
      to.member[i] = (type)(expression);                                                                               \
    }                                                                                                                  \
    x86_copy_vector(op->rd, &to, x86_width(op));                                                                       \
    return RESULT_NEXT;                                                                                                \
  }
HORIZONTAL(phaddw, uint16_t, w, a + b)
HORIZONTAL(phaddd, uint32_t, d, a + b)
HORIZONTAL(phaddsw, int16_t, sw, CLAMP_S16(a + b))
HORIZONTAL(phsubw, uint16_t, w, a - b)
HORIZONTAL(phsubd, uint32_t, d, a - b)
HORIZONTAL(phsubsw, int16_t, sw, CLAMP_S16(a - b))

enum x86_result x86_pmaddwd(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  struct x86_xmm to = x86_vector(op->rd, x86_width(op));
  const struct x86_xmm from = x86_vector(op->rs, x86_width(op));
  for (unsigned i = 0; i < x86_width(op) / 4; i++) {
    const int32_t low = (int32_t)to.sw[i * 2] * from.sw[i * 2], high = (int32_t)to.sw[i * 2 + 1] * from.sw[i * 2 + 1];
    to.d[i] = (uint32_t)low + (uint32_t)high;
  }
  x86_copy_vector(op->rd, &to, x86_width(op));
  return RESULT_NEXT;
}

// Unsigned bytes of the destination by signed ones of the source.
enum x86_result x86_pmaddubsw(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  struct x86_xmm to = x86_vector(op->rd, x86_width(op));
  const struct x86_xmm from = x86_vector(op->rs, x86_width(op));
  for (unsigned i = 0; i < x86_width(op) / 2; i++)
    to.sw[i] = (int16_t)CLAMP_S16(to.b[i * 2] * from.sb[i * 2] + to.b[i * 2 + 1] * from.sb[i * 2 + 1]);
  x86_copy_vector(op->rd, &to, x86_width(op));
  return RESULT_NEXT;
}

static unsigned distance(uint8_t a, uint8_t b) {
  return a > b ? (unsigned)(a - b) : (unsigned)(b - a);
}

enum x86_result x86_psadbw(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  struct x86_xmm to = x86_vector(op->rd, x86_width(op));
  const struct x86_xmm from = x86_vector(op->rs, x86_width(op));
  for (unsigned half = 0; half < x86_width(op) / 8; half++) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < 8; i++)
      sum += distance(to.b[half * 8 + i], from.b[half * 8 + i]);
    to.q[half] = sum;
  }
  x86_copy_vector(op->rd, &to, x86_width(op));
  return RESULT_NEXT;
}

// Immediate: bits 0 and 1 choose four bytes of the source, bit 2 eleven of the destination.
enum x86_result x86_mpsadbw(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  const struct x86_xmm a = x86_vector(op->rd, 16), b = x86_vector(op->rs, 16);
  const unsigned from = (op->imm & 3) * 4, at = (op->imm >> 2 & 1) * 4;
  struct x86_xmm to;
  for (unsigned i = 0; i < 8; i++) {
    unsigned sum = 0;
    for (unsigned j = 0; j < 4; j++)
      sum += distance(a.b[at + i + j], b.b[from + j]);
    to.w[i] = (uint16_t)sum;
  }
  memcpy(op->rd, &to, 16);
  return RESULT_NEXT;
}

// The least of eight words and its place.
enum x86_result x86_phminposuw(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  const struct x86_xmm from = x86_vector(op->rs, 16);
  unsigned least = 0;
  for (unsigned i = 1; i < 8; i++) {
    if (from.w[i] < from.w[least])
      least = i;
  }
  const struct x86_xmm to = {.q = {from.w[least] | (uint64_t)least << 16, 0}};
  memcpy(op->rd, &to, 16);
  return RESULT_NEXT;
}

enum x86_result x86_ptest(struct x86_cpu *cpu, const struct x86_op *op) {
  const struct x86_xmm a = x86_vector(op->rd, 16), b = x86_vector(op->rs, 16);
  const bool zero = !((a.q[0] & b.q[0]) | (a.q[1] & b.q[1])), carry = !((~a.q[0] & b.q[0]) | (~a.q[1] & b.q[1]));
  x86_set_flags(cpu, (zero ? FLAG_ZF : 0) | (carry ? FLAG_CF : 0));
  return RESULT_NEXT;
}

// CRC-32C, least significant bit first (SDM 2A, "CRC32").
static enum x86_result crc32(const struct x86_op *op, unsigned size) {
  uint32_t crc = (uint32_t)x86_read(op->rd, 2);
  const uint64_t data = x86_read(op->rs, size);
  for (unsigned byte = 0; byte < 1U << size; byte++) {
    crc ^= (uint32_t)(data >> byte * 8 & 0xff);
    for (unsigned bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (0x82f63b78 & (0 - (crc & 1)));
  }
  x86_write(op->rd, 2, crc);
  return RESULT_NEXT;
}

enum x86_result x86_crc32_8(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  return crc32(op, 0);
}

enum x86_result x86_crc32(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  return crc32(op, op->shift);
}
