// SSE on the halves of XMM registers, which are locals of 64 bits: what compilers make of loops over integers. All else
// is left to the interpreter's functions, as are MMX registers (size 3).
#include "halves.h"
#include "operand.h"
#include "order.h"
#include "simd.h"

enum { VECTOR_SIZE = 4, PARTS_MAX = 8 }; // log2 of the bytes; of a vector that is put together, at most

// Each element of so many bits.
static uint64_t in_each(unsigned bits, uint64_t value) {
  uint64_t all = 0;
  for (unsigned at = 0; at < 64; at += bits)
    all |= value << at;
  return all;
}

static uint64_t all_ones(unsigned bits) {
  return UINT64_MAX >> (64 - bits);
}

static uint64_t signs_of(unsigned bits) {
  return in_each(bits, UINT64_C(1) << (bits - 1));
}

static void put(struct emitter *emitter, enum wasm_opcode opcode) {
  wasm_byte(emitter->code, opcode);
}

static void with(struct emitter *emitter, enum wasm_opcode opcode, uint64_t constant) {
  wasm_i64(emitter->code, (int64_t)constant);
  put(emitter, opcode);
}

static void load(struct emitter *emitter, const void *from, uint32_t byte) {
  emit_load_half(emitter, (const uint8_t *)from + byte);
}

// So many bytes of one half, extended with zeros.
static void load_bytes(struct emitter *emitter, const void *from, uint32_t byte, unsigned count) {
  load(emitter, from, byte);
  if (byte % 8)
    with(emitter, WASM_I64_SHR_U, (uint64_t)byte % 8 * 8);
  if (byte % 8 + count < 8)
    with(emitter, WASM_I64_AND, all_ones(8 * count));
}

// ---- One half of the result, of which `byte` is the first. It stays on the stack. ----

static void both(struct emitter *emitter, const struct x86_op *op, uint32_t byte, enum wasm_opcode opcode) {
  load(emitter, op->rd, byte);
  load(emitter, op->rs, byte);
  put(emitter, opcode);
}

static void load_both(struct emitter *emitter, const struct x86_op *op, uint32_t byte) {
  load(emitter, op->rd, byte);
  wasm_set(emitter->code, LOCAL_X);
  load(emitter, op->rs, byte);
  wasm_set(emitter->code, LOCAL_Y);
}

// Without the elements' signs no sum is carried, and with them no difference borrows. What the signs add comes behind.
static void sums(struct emitter *emitter, const struct x86_op *op, uint32_t byte, unsigned bits, bool subtract) {
  struct wasm_code *code = emitter->code;
  const uint64_t signs = signs_of(bits);
  load_both(emitter, op, byte);
  wasm_get(code, LOCAL_X);
  with(emitter, subtract ? WASM_I64_OR : WASM_I64_AND, subtract ? signs : ~signs);
  wasm_get(code, LOCAL_Y);
  with(emitter, WASM_I64_AND, ~signs);
  put(emitter, subtract ? WASM_I64_SUB : WASM_I64_ADD);
  wasm_get(code, LOCAL_X);
  wasm_get(code, LOCAL_Y);
  put(emitter, WASM_I64_XOR);
  if (subtract)
    with(emitter, WASM_I64_XOR, UINT64_MAX);
  with(emitter, WASM_I64_AND, signs);
  put(emitter, WASM_I64_XOR);
}

// An element's sign where a bit differs, then all of its bits where none does.
static void equal(struct emitter *emitter, const struct x86_op *op, uint32_t byte, unsigned bits) {
  struct wasm_code *code = emitter->code;
  const uint64_t signs = signs_of(bits);
  both(emitter, op, byte, WASM_I64_XOR);
  wasm_tee(code, LOCAL_X);
  with(emitter, WASM_I64_AND, ~signs);
  with(emitter, WASM_I64_ADD, ~signs);
  wasm_get(code, LOCAL_X);
  put(emitter, WASM_I64_OR);
  with(emitter, WASM_I64_XOR, UINT64_MAX);
  with(emitter, WASM_I64_AND, signs);
  with(emitter, WASM_I64_SHR_U, bits - 1);
  with(emitter, WASM_I64_MUL, all_ones(bits));
}

static void shift(struct emitter *emitter, const struct x86_op *op, uint32_t byte, unsigned bits, bool left) {
  const unsigned count = (unsigned)op->imm & 0xff;
  if (count >= bits) {
    wasm_i64(emitter->code, 0);
    return;
  }
  load(emitter, op->rd, byte);
  with(emitter, left ? WASM_I64_SHL : WASM_I64_SHR_U, count);
  if (bits < 64 && count > 0)
    with(emitter, WASM_I64_AND,
         in_each(bits, left ? all_ones(bits) << count & all_ones(bits) : all_ones(bits) >> count));
}

// What comes in from above are copies of the sign.
static void shift_signed(struct emitter *emitter, const struct x86_op *op, uint32_t byte, unsigned bits) {
  const unsigned imm = (unsigned)op->imm & 0xff, count = imm < bits ? imm : bits - 1;
  const uint64_t kept = all_ones(bits) >> count;
  load(emitter, op->rd, byte);
  wasm_tee(emitter->code, LOCAL_X);
  with(emitter, WASM_I64_SHR_U, count);
  with(emitter, WASM_I64_AND, in_each(bits, kept));
  wasm_get(emitter->code, LOCAL_X);
  with(emitter, WASM_I64_SHR_U, bits - 1);
  with(emitter, WASM_I64_AND, in_each(bits, 1));
  with(emitter, WASM_I64_MUL, all_ones(bits) ^ kept);
  put(emitter, WASM_I64_OR);
}

// Four bytes become the lower ones of four words.
static void spread(struct emitter *emitter, const void *from, uint32_t byte) {
  load_bytes(emitter, from, byte, 4);
  for (unsigned bits = 32; bits > 8; bits /= 2) {
    wasm_tee(emitter->code, LOCAL_X);
    wasm_get(emitter->code, LOCAL_X);
    with(emitter, WASM_I64_SHL, bits / 2);
    put(emitter, WASM_I64_OR);
    with(emitter, WASM_I64_AND, in_each(bits, all_ones(bits / 2)));
  }
}

static void interleave_bytes(struct emitter *emitter, const struct x86_op *op, uint32_t first) {
  spread(emitter, op->rd, first);
  spread(emitter, op->rs, first);
  with(emitter, WASM_I64_SHL, 8);
  put(emitter, WASM_I64_OR);
}

// Four words with signs, in a local, become at least 0 and at most 255.
static void clamp(struct emitter *emitter, uint32_t words) {
  struct wasm_code *code = emitter->code;
  wasm_get(code, words);
  wasm_get(code, words);
  with(emitter, WASM_I64_SHR_U, 15);
  with(emitter, WASM_I64_AND, in_each(16, 1));
  with(emitter, WASM_I64_MUL, all_ones(16));
  with(emitter, WASM_I64_XOR, UINT64_MAX);
  put(emitter, WASM_I64_AND);
  wasm_tee(code, words);
  wasm_get(code, words);
  with(emitter, WASM_I64_AND, in_each(16, 0x7f00));
  with(emitter, WASM_I64_ADD, in_each(16, 0x7f00)); // the sign, if there is more than 255
  with(emitter, WASM_I64_SHR_U, 15);
  with(emitter, WASM_I64_AND, in_each(16, 1));
  with(emitter, WASM_I64_MUL, all_ones(8));
  put(emitter, WASM_I64_OR);
  with(emitter, WASM_I64_AND, in_each(16, all_ones(8)));
  wasm_set(code, words);
}

// The lower bytes of four words become four bytes.
static void squeeze(struct emitter *emitter, uint32_t words) {
  struct wasm_code *code = emitter->code;
  wasm_get(code, words);
  for (unsigned bits = 32; bits <= 64; bits *= 2) {
    wasm_tee(code, words);
    wasm_get(code, words);
    with(emitter, WASM_I64_SHR_U, bits / 4);
    put(emitter, WASM_I64_OR);
    with(emitter, WASM_I64_AND, in_each(bits, all_ones(bits / 2)));
  }
}

static void pack_bytes(struct emitter *emitter, const struct x86_op *op, uint32_t byte) {
  struct wasm_code *code = emitter->code;
  const void *const from = byte ? op->rs : op->rd;
  load(emitter, from, 0);
  wasm_tee(code, LOCAL_X);
  load(emitter, from, 8);
  wasm_tee(code, LOCAL_Y);
  put(emitter, WASM_I64_OR);
  with(emitter, WASM_I64_AND, in_each(16, 0xff00));
  with(emitter, WASM_I64_NE, 0);
  wasm_open(code, WASM_IF, WASM_VOID);
  clamp(emitter, LOCAL_X);
  clamp(emitter, LOCAL_Y);
  wasm_end(code);
  squeeze(emitter, LOCAL_X);
  squeeze(emitter, LOCAL_Y);
  with(emitter, WASM_I64_SHL, 32);
  put(emitter, WASM_I64_OR);
}

// ---- Comparisons ----

enum comparison { GREATER, LEAST, MOST };

// An op that compares elements of so many bits; 0 bits: none.
struct compared {
  enum comparison kind;
  unsigned bits;
  bool is_signed;
};

static struct compared comparison_of(unsigned code) {
  switch (code) {
#define IS(name, kind, bits, is_signed)                                                                                \
  case X86_##name: return (struct compared){kind, bits, is_signed};
    IS(PCMPGTB, GREATER, 8, true)
    IS(PCMPGTW, GREATER, 16, true)
    IS(PCMPGTD, GREATER, 32, true)
    IS(PMINUB, LEAST, 8, false)
    IS(PMINUW, LEAST, 16, false)
    IS(PMINUD, LEAST, 32, false)
    IS(PMINSB, LEAST, 8, true)
    IS(PMINSW, LEAST, 16, true)
    IS(PMINSD, LEAST, 32, true)
    IS(PMAXUB, MOST, 8, false)
    IS(PMAXUW, MOST, 16, false)
    IS(PMAXUD, MOST, 32, false)
    IS(PMAXSB, MOST, 8, true)
    IS(PMAXSW, MOST, 16, true)
    IS(PMAXSD, MOST, 32, true)
#undef IS
  default: return (struct compared){GREATER, 0, false};
  }
}

// All bits of the elements of `a` that are not less than those of `b`: their signs decide, or the difference of the
// rest.
static void not_less(struct emitter *emitter, uint32_t a, uint32_t b, unsigned bits, bool is_signed) {
  struct wasm_code *code = emitter->code;
  const uint64_t signs = signs_of(bits);
  wasm_get(code, a);
  wasm_get(code, b);
  put(emitter, WASM_I64_XOR);
  wasm_set(code, LOCAL_Z);
  wasm_get(code, a);
  with(emitter, WASM_I64_OR, signs);
  wasm_get(code, b);
  with(emitter, WASM_I64_AND, ~signs);
  put(emitter, WASM_I64_SUB);
  wasm_get(code, LOCAL_Z);
  with(emitter, WASM_I64_XOR, UINT64_MAX);
  put(emitter, WASM_I64_AND);
  wasm_get(code, is_signed ? b : a);
  wasm_get(code, LOCAL_Z);
  put(emitter, WASM_I64_AND);
  put(emitter, WASM_I64_OR);
  with(emitter, WASM_I64_AND, signs);
  with(emitter, WASM_I64_SHR_U, bits - 1);
  with(emitter, WASM_I64_MUL, all_ones(bits));
}

static void compare(struct emitter *emitter, const struct x86_op *op, uint32_t byte, const struct compared *how) {
  struct wasm_code *code = emitter->code;
  load_both(emitter, op, byte);
  if (how->kind == GREATER) {
    not_less(emitter, LOCAL_Y, LOCAL_X, how->bits, how->is_signed);
    with(emitter, WASM_I64_XOR, UINT64_MAX);
    return;
  }
  not_less(emitter, LOCAL_X, LOCAL_Y, how->bits, how->is_signed);
  wasm_get(code, LOCAL_Z); // where they differ
  put(emitter, WASM_I64_AND);
  wasm_get(code, how->kind == LEAST ? LOCAL_X : LOCAL_Y);
  put(emitter, WASM_I64_XOR);
}

// The greater byte less the lesser one; of each half their sum, which the product has in its highest word.
static void sum_of_distances(struct emitter *emitter, const struct x86_op *op, uint32_t byte) {
  struct wasm_code *code = emitter->code;
  load_both(emitter, op, byte);
  not_less(emitter, LOCAL_X, LOCAL_Y, 8, false);
  wasm_get(code, LOCAL_Z);
  put(emitter, WASM_I64_AND);
  wasm_set(code, LOCAL_Z);
  wasm_get(code, LOCAL_Y);
  wasm_get(code, LOCAL_Z);
  put(emitter, WASM_I64_XOR);
  wasm_get(code, LOCAL_X);
  wasm_get(code, LOCAL_Z);
  put(emitter, WASM_I64_XOR);
  put(emitter, WASM_I64_SUB);
  wasm_tee(code, LOCAL_X);
  with(emitter, WASM_I64_AND, in_each(16, all_ones(8)));
  wasm_get(code, LOCAL_X);
  with(emitter, WASM_I64_SHR_U, 8);
  with(emitter, WASM_I64_AND, in_each(16, all_ones(8)));
  put(emitter, WASM_I64_ADD);
  with(emitter, WASM_I64_MUL, in_each(16, 1));
  with(emitter, WASM_I64_SHR_U, 48);
}

// ---- Products of words ----

static void load_signed(struct emitter *emitter, const void *from, uint32_t byte) {
  load(emitter, from, byte);
  if (byte % 8 < 6)
    with(emitter, WASM_I64_SHL, (uint64_t)(6 - byte % 8) * 8);
  with(emitter, WASM_I64_SHR_S, 48);
}

static void product(struct emitter *emitter, const struct x86_op *op, uint32_t byte) {
  load_signed(emitter, op->rd, byte);
  load_signed(emitter, op->rs, byte);
  put(emitter, WASM_I64_MUL);
}

static void low_products(struct emitter *emitter, const struct x86_op *op, uint32_t byte) {
  for (uint32_t word = 0; word < 4; word++) {
    product(emitter, op, byte + 2 * word);
    with(emitter, WASM_I64_AND, all_ones(16));
    if (word > 0) {
      with(emitter, WASM_I64_SHL, (uint64_t)16 * word);
      put(emitter, WASM_I64_OR);
    }
  }
}

static void sums_of_products(struct emitter *emitter, const struct x86_op *op, uint32_t byte) {
  for (uint32_t word = 0; word < 4; word += 2) {
    product(emitter, op, byte + 2 * word);
    product(emitter, op, byte + 2 * word + 2);
    put(emitter, WASM_I64_ADD);
    with(emitter, word ? WASM_I64_SHL : WASM_I64_AND, word ? 32 : all_ones(32));
  }
  put(emitter, WASM_I64_OR);
}

// False: none of these.
static bool half(struct emitter *emitter, const struct x86_op *op, uint32_t byte) {
  switch ((enum x86_code)op->code) {
  case X86_PAND: both(emitter, op, byte, WASM_I64_AND); return true;
  case X86_POR: both(emitter, op, byte, WASM_I64_OR); return true;
  case X86_PXOR:
    if (op->rd == op->rs)
      wasm_i64(emitter->code, 0);
    else
      both(emitter, op, byte, WASM_I64_XOR);
    return true;
  case X86_PANDN:
    load(emitter, op->rd, byte);
    with(emitter, WASM_I64_XOR, UINT64_MAX);
    load(emitter, op->rs, byte);
    put(emitter, WASM_I64_AND);
    return true;
  case X86_PADDB: sums(emitter, op, byte, 8, false); return true;
  case X86_PADDW: sums(emitter, op, byte, 16, false); return true;
  case X86_PADDD: sums(emitter, op, byte, 32, false); return true;
  case X86_PADDQ: both(emitter, op, byte, WASM_I64_ADD); return true;
  case X86_PSUBB: sums(emitter, op, byte, 8, true); return true;
  case X86_PSUBW: sums(emitter, op, byte, 16, true); return true;
  case X86_PSUBD: sums(emitter, op, byte, 32, true); return true;
  case X86_PSUBQ: both(emitter, op, byte, WASM_I64_SUB); return true;
  case X86_PCMPEQB: equal(emitter, op, byte, 8); return true;
  case X86_PCMPEQW: equal(emitter, op, byte, 16); return true;
  case X86_PCMPEQD: equal(emitter, op, byte, 32); return true;
  case X86_PMULUDQ:
    load_bytes(emitter, op->rd, byte, 4);
    load_bytes(emitter, op->rs, byte, 4);
    put(emitter, WASM_I64_MUL);
    return true;
  case X86_PMULLW: low_products(emitter, op, byte); return true;
  case X86_PMADDWD: sums_of_products(emitter, op, byte); return true;
  case X86_PSADBW: sum_of_distances(emitter, op, byte); return true;
  case X86_PSLLW_IMM: shift(emitter, op, byte, 16, true); return true;
  case X86_PSLLD_IMM: shift(emitter, op, byte, 32, true); return true;
  case X86_PSLLQ_IMM: shift(emitter, op, byte, 64, true); return true;
  case X86_PSRLW_IMM: shift(emitter, op, byte, 16, false); return true;
  case X86_PSRLD_IMM: shift(emitter, op, byte, 32, false); return true;
  case X86_PSRLQ_IMM: shift(emitter, op, byte, 64, false); return true;
  case X86_PSRAW_IMM: shift_signed(emitter, op, byte, 16); return true;
  case X86_PSRAD_IMM: shift_signed(emitter, op, byte, 32); return true;
  case X86_PUNPCKLBW: interleave_bytes(emitter, op, byte / 2); return true;
  case X86_PUNPCKHBW: interleave_bytes(emitter, op, 8 + byte / 2); return true;
  case X86_PACKUSWB: pack_bytes(emitter, op, byte); return true;
  default: break;
  }
  const struct compared how = comparison_of(op->code);
  if (how.bits)
    compare(emitter, op, byte, &how);
  return how.bits > 0;
}

// ---- Other orders of bytes ----

// How many bytes from `at` on, inside of a half, lie behind each other in one half, or are all 0.
static unsigned part_of(const uint8_t *bytes, unsigned at) {
  const bool zero = bytes[at] >= ORDER_ZERO;
  unsigned count = 1;
  while ((at + count) % 8 && (zero ? bytes[at + count] >= ORDER_ZERO
                                   : bytes[at + count] == bytes[at] + count && bytes[at + count] / 8 == bytes[at] / 8))
    count++;
  return count;
}

static void ordered_half(struct emitter *emitter, const struct x86_op *op, const uint8_t *bytes, unsigned start) {
  bool first = true;
  for (unsigned at = start, count; at < start + 8; at += count) {
    count = part_of(bytes, at);
    if (bytes[at] >= ORDER_ZERO)
      continue;
    load_bytes(emitter, bytes[at] < ORDER_SOURCE ? op->rd : op->rs, bytes[at] % 16, count);
    if (at > start)
      with(emitter, WASM_I64_SHL, (uint64_t)(at - start) * 8);
    if (!first)
      put(emitter, WASM_I64_OR);
    first = false;
  }
  if (first)
    wasm_i64(emitter->code, 0);
}

static unsigned parts(const uint8_t *bytes) {
  unsigned count = 0;
  for (unsigned at = 0; at < 16; at += part_of(bytes, at))
    count++;
  return count;
}

// Bit 7 of each byte: the product has those of a half in its highest byte.
static bool byte_signs(struct emitter *emitter, const struct x86_op *op) {
  for (uint32_t byte = 0; byte < 16; byte += 8) {
    load(emitter, op->rs, byte);
    with(emitter, WASM_I64_AND, signs_of(8));
    with(emitter, WASM_I64_MUL, UINT64_C(0x0002040810204081));
    with(emitter, WASM_I64_SHR_U, 56);
  }
  with(emitter, WASM_I64_SHL, 8);
  put(emitter, WASM_I64_OR);
  return emit_write(emitter, op->rd, 3);
}

bool emit_halves(struct emitter *emitter, const struct x86_op *op) {
  uint8_t bytes[16];
  if (op->code == X86_PMOVMSKB)
    return byte_signs(emitter, op);
  if (op->size != VECTOR_SIZE)
    return false;
  const bool moves = x86_vector_order(op, bytes) && parts(bytes) <= PARTS_MAX;
  // Both halves are there before one is written: the operands may be the same.
  for (uint32_t byte = 0; byte < 16; byte += 8) {
    if (moves)
      ordered_half(emitter, op, bytes, byte);
    else if (!half(emitter, op, byte))
      return false;
  }
  emit_store_half(emitter, (const uint8_t *)op->rd + 8);
  emit_store_half(emitter, op->rd);
  return true;
}
