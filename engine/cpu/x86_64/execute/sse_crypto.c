// AES, carry-less multiplication and SHA (SDM 1, 5.12 and 12.13; FIPS 197 and 180-4). Words and bytes are numbered from
// the register's low end, where the SDM writes them from the high one.
#include "sse_crypto.h"

#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/vector.h"

static struct x86_xmm operand(const void *from) {
  return x86_vector(from, 16);
}

static enum x86_result put(const struct x86_op *op, const struct x86_xmm *result) {
  memcpy(op->rd, result, sizeof *result);
  return RESULT_NEXT;
}

static uint32_t rotate_left(uint32_t value, unsigned count) {
  return value << count | value >> (32 - count);
}

static uint32_t rotate_right(uint32_t value, unsigned count) {
  return value >> count | value << (32 - count);
}

// --- AES. A column of the state is a word, its first row the lowest byte. ---

// What a byte becomes, and what it adds to its column: bytes for the rows from its own on.
static struct {
  uint8_t substitute[256], restore[256];
  uint32_t mix[256], unmix[256]; // after the substitution, or its inverse
} aes;

// In GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
static uint8_t multiply(uint8_t a, uint8_t b) {
  unsigned product = 0;
  for (unsigned bit = 0; bit < 8; bit++) {
    product ^= b >> bit & 1 ? (unsigned)a : 0;
    a = (uint8_t)(a << 1 ^ (a >> 7 ? 0x1b : 0));
  }
  return (uint8_t)product;
}

static uint32_t column(uint8_t value, uint8_t own, uint8_t next, uint8_t second, uint8_t third) {
  return multiply(value, own) | (uint32_t)multiply(value, next) << 8 | (uint32_t)multiply(value, second) << 16 |
         (uint32_t)multiply(value, third) << 24;
}

// FIPS 197, 5.1.1: the inverse, which 3 and its inverse 0xf6 are walked to find, and an affine map.
void x86_crypto_init(void) {
  uint8_t value = 1, inverse = 1;
  do {
    const uint8_t twice = (uint8_t)(inverse << 1 | inverse >> 7), four = (uint8_t)(inverse << 2 | inverse >> 6);
    const uint8_t eight = (uint8_t)(inverse << 3 | inverse >> 5), half = (uint8_t)(inverse << 4 | inverse >> 4);
    aes.substitute[value] = (uint8_t)(inverse ^ twice ^ four ^ eight ^ half ^ 0x63);
    value = multiply(value, 3);
    inverse = multiply(inverse, 0xf6);
  } while (value != 1);
  aes.substitute[0] = 0x63;
  for (unsigned i = 0; i < 256; i++)
    aes.restore[aes.substitute[i]] = (uint8_t)i;
  for (unsigned i = 0; i < 256; i++) {
    aes.mix[i] = column(aes.substitute[i], 2, 1, 1, 3);
    aes.unmix[i] = column(aes.restore[i], 14, 9, 13, 11);
  }
}

// Row r comes from the column r further on; back, when decrypting.
static inline uint8_t shifted(const struct x86_xmm *state, unsigned at, unsigned row, bool decrypt) {
  return state->b[((decrypt ? at - row : at + row) & 3) * 4 + row];
}

static inline enum x86_result aes_round(const struct x86_op *op, bool decrypt, bool last) {
  const struct x86_xmm state = operand(op->rd), key = operand(op->rs);
  const uint8_t *const bytes = decrypt ? aes.restore : aes.substitute;
  const uint32_t *const columns = decrypt ? aes.unmix : aes.mix;
  struct x86_xmm result;
  for (unsigned i = 0; i < 4; i++) {
    uint32_t word = 0;
    for (unsigned row = 0; row < 4; row++) {
      const uint8_t byte = shifted(&state, i, row, decrypt);
      word ^= last ? (uint32_t)bytes[byte] << row * 8 : row ? rotate_left(columns[byte], row * 8) : columns[byte];
    }
    result.d[i] = word ^ key.d[i];
  }
  return put(op, &result);
}

static uint32_t substitute_word(uint32_t word) {
  return aes.substitute[word & 0xff] | (uint32_t)aes.substitute[word >> 8 & 0xff] << 8 |
         (uint32_t)aes.substitute[word >> 16 & 0xff] << 16 | (uint32_t)aes.substitute[word >> 24] << 24;
}

static enum x86_result unmix(const struct x86_op *op) {
  const struct x86_xmm from = operand(op->rs);
  struct x86_xmm result = {.q = {0, 0}};
  for (unsigned i = 0; i < 16; i++) {
    const uint32_t part = aes.unmix[aes.substitute[from.b[i]]];
    result.d[i / 4] ^= i % 4 ? rotate_left(part, i % 4 * 8) : part;
  }
  return put(op, &result);
}

static enum x86_result help_with_key(const struct x86_op *op) {
  const struct x86_xmm from = operand(op->rs);
  const uint32_t first = substitute_word(from.d[1]), second = substitute_word(from.d[3]);
  const uint32_t constant = (uint32_t)op->imm & 0xff;
  return put(op, &(struct x86_xmm){
                     .d = {first, rotate_right(first, 8) ^ constant, second, rotate_right(second, 8) ^ constant}});
}

// --- PCLMULQDQ: four bits of one factor at a time. ---

static enum x86_result multiply_carryless(const struct x86_op *op) {
  const struct x86_xmm first = operand(op->rd), second = operand(op->rs);
  const uint64_t a = first.q[op->imm & 1], b = second.q[op->imm >> 4 & 1];
  unsigned __int128 multiples[16] = {0, b}, product = 0;
  for (unsigned i = 2; i < 16; i++)
    multiples[i] = multiples[i / 2] << 1 ^ (i & 1 ? b : 0);
  for (unsigned shift = 64; shift > 0; shift -= 4)
    product = product << 4 ^ multiples[a >> (shift - 4) & 15];
  return put(op, &(struct x86_xmm){.q = {(uint64_t)product, (uint64_t)(product >> 64)}});
}

// --- SHA ---

static uint32_t choose(uint32_t x, uint32_t y, uint32_t z) {
  return (x & y) ^ (~x & z);
}

static uint32_t majority(uint32_t x, uint32_t y, uint32_t z) {
  return (x & y) ^ (x & z) ^ (y & z);
}

static enum x86_result sha1_rounds(const struct x86_op *op) {
  static const uint32_t CONSTANTS[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
  const struct x86_xmm state = operand(op->rd), words = operand(op->rs);
  uint32_t a = state.d[3], b = state.d[2], c = state.d[1], d = state.d[0], e = 0; // e is in the first word
  const unsigned kind = op->imm & 3;
  for (unsigned i = 4; i-- > 0;) {
    const uint32_t f = kind == 0 ? choose(b, c, d) : kind == 2 ? majority(b, c, d) : b ^ c ^ d;
    const uint32_t next = f + rotate_left(a, 5) + words.d[i] + e + CONSTANTS[kind];
    e = d;
    d = c;
    c = rotate_left(b, 30);
    b = a;
    a = next;
  }
  return put(op, &(struct x86_xmm){.d = {d, c, b, a}});
}

static enum x86_result sha1_next_e(const struct x86_op *op) {
  struct x86_xmm words = operand(op->rs);
  words.d[3] += rotate_left(operand(op->rd).d[3], 30);
  return put(op, &words);
}

static enum x86_result sha1_schedule_1(const struct x86_op *op) {
  const struct x86_xmm a = operand(op->rd), b = operand(op->rs);
  return put(op, &(struct x86_xmm){.d = {b.d[2] ^ a.d[0], b.d[3] ^ a.d[1], a.d[0] ^ a.d[2], a.d[1] ^ a.d[3]}});
}

static enum x86_result sha1_schedule_2(const struct x86_op *op) {
  const struct x86_xmm a = operand(op->rd), b = operand(op->rs);
  const uint32_t first = rotate_left(a.d[3] ^ b.d[2], 1);
  return put(op, &(struct x86_xmm){.d = {rotate_left(a.d[0] ^ first, 1), rotate_left(a.d[1] ^ b.d[0], 1),
                                         rotate_left(a.d[2] ^ b.d[1], 1), first}});
}

static enum x86_result sha256_rounds(const struct x86_cpu *cpu, const struct x86_op *op) {
  const struct x86_xmm high = operand(op->rs), low = operand(op->rd);
  uint32_t a = high.d[3], b = high.d[2], c = low.d[3], d = low.d[2];
  uint32_t e = high.d[1], f = high.d[0], g = low.d[1], h = low.d[0];
  for (unsigned i = 0; i < 2; i++) {
    const uint32_t sum_1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
    const uint32_t sum_0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
    const uint32_t term = choose(e, f, g) + sum_1 + cpu->xmm[0].d[i] + h;
    h = g;
    g = f;
    f = e;
    e = term + d;
    d = c;
    c = b;
    b = a;
    a = term + majority(b, c, d) + sum_0;
  }
  return put(op, &(struct x86_xmm){.d = {f, e, b, a}});
}

static uint32_t sigma_0(uint32_t x) {
  return rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3;
}

static uint32_t sigma_1(uint32_t x) {
  return rotate_right(x, 17) ^ rotate_right(x, 19) ^ x >> 10;
}

static enum x86_result sha256_schedule_1(const struct x86_op *op) {
  const struct x86_xmm a = operand(op->rd), b = operand(op->rs);
  return put(op, &(struct x86_xmm){.d = {a.d[0] + sigma_0(a.d[1]), a.d[1] + sigma_0(a.d[2]), a.d[2] + sigma_0(a.d[3]),
                                         a.d[3] + sigma_0(b.d[0])}});
}

static enum x86_result sha256_schedule_2(const struct x86_op *op) {
  const struct x86_xmm a = operand(op->rd), b = operand(op->rs);
  const uint32_t first = a.d[0] + sigma_1(b.d[2]), second = a.d[1] + sigma_1(b.d[3]);
  return put(op, &(struct x86_xmm){.d = {first, second, a.d[2] + sigma_1(first), a.d[3] + sigma_1(second)}});
}

#define HANDLER(name, call)                                                                                            \
  enum x86_result x86_##name(struct x86_cpu *cpu, const struct x86_op *op) {                                           \
    (void)cpu;                                                                                                         \
    return call;                                                                                                       \
  }
HANDLER(aesenc, aes_round(op, false, false))
HANDLER(aesenclast, aes_round(op, false, true))
HANDLER(aesdec, aes_round(op, true, false))
HANDLER(aesdeclast, aes_round(op, true, true))
HANDLER(aesimc, unmix(op))
HANDLER(aeskeygenassist, help_with_key(op))
HANDLER(pclmulqdq, multiply_carryless(op))
HANDLER(sha1rnds4, sha1_rounds(op))
HANDLER(sha1nexte, sha1_next_e(op))
HANDLER(sha1msg1, sha1_schedule_1(op))
HANDLER(sha1msg2, sha1_schedule_2(op))
HANDLER(sha256rnds2, sha256_rounds(cpu, op))
HANDLER(sha256msg1, sha256_schedule_1(op))
HANDLER(sha256msg2, sha256_schedule_2(op))
