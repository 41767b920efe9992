#include "riscv64.h"

#include <string.h>

enum { V = 1, R = 2, W = 4, X = 8, U = 16, G = 32, A = 64, D = 128 };
enum { ENTRIES = 512, WINDOW = 16, SPACES = 2, TABLES_A_SPACE = 7, HOT_PLACES = 6, HOT_PAGES = 6 };
enum table { ROOT, LOW, LOW_LEAVES, HIGH, HIGH_LEAVES, IDENTITY, IDENTITY_LEAVES };
#define USER_WINDOW UINT64_C(0x10000)
#define LARGE_PAGE UINT64_C(0x200000)
#define SUPERVISOR_WINDOW UINT64_C(0xffffffffffff0000)
#define PLIC_BASE UINT64_C(0x0c000000)
#define VIRTIO_BASE UINT64_C(0x10001000)

// Within the kernel's page: the handler, where it goes on after each trap, the registers it loads.
enum { HANDLER = 0, PLACES = 0x400, PLACES_SIZE = 512, REGISTERS = 0x800 };

static const struct {
  uint32_t mask, match;
} ROWS[] = {
#define INSN(code, mask, match, format, mnemonic, extension) {mask, match},
#include "cpu/riscv64/insn.inc"
#undef INSN
};
static const uint16_t CSRS[] = {
#define CSR(name, number, text) number,
#include "cpu/riscv64/csr.inc"
#undef CSR
};

static uint64_t frame_of(unsigned page) {
  return FUZZ_RAM_BASE + (uint64_t)page * PAGE_SIZE;
}

static unsigned table_page(unsigned space, enum table table) {
  return FUZZ_TABLES + space * TABLES_A_SPACE + table;
}

static uint64_t satp_of(unsigned space) {
  return UINT64_C(8) << 60 | frame_of(table_page(space, ROOT)) >> PAGE_BITS;
}

bool fuzz_knows_satp(uint64_t satp) {
  return satp >> 60 == 0 || satp == satp_of(0) || satp == satp_of(1);
}

static void put(struct fuzz_start *start, unsigned page, unsigned offset, uint64_t value) {
  memcpy(start->ram + page * PAGE_SIZE + offset, &value, sizeof value);
}

static void put_entry(struct fuzz_start *start, unsigned page, uint64_t index, uint64_t physical, uint64_t flags) {
  put(start, page, (unsigned)index * 8, physical >> PAGE_BITS << 10 | flags);
}

// What a page of a window leads to: RAM mostly, and the same page more than once.
static uint64_t random_frame(struct dice *dice) {
  switch (roll(dice, 16)) {
  case 0: return PLIC_BASE + (one_in(dice, 2) ? 0x200000 : roll(dice, 3) * 0x1000);
  case 1: return VIRTIO_BASE + roll(dice, 3) * 0x1000;
  case 2: return one_in(dice, 2) ? frame_of(FUZZ_PAGES) : roll_bits(dice) & UINT64_C(0xfffffffffff000);
  case 3: return frame_of(roll(dice, FUZZ_PAGES));
  case 4:
  case 5:
  case 6: return frame_of(roll(dice, FUZZ_DATA_PAGES));
  default: return frame_of(roll(dice, HOT_PAGES));
  }
}

static uint64_t random_rights(struct dice *dice, uint64_t user) {
  const uint64_t used = one_in(dice, 2) ? A | D : 0, global = one_in(dice, 8) ? G : 0;
  if (one_in(dice, 8))
    return (roll_bits(dice) & 0xff) | used; // not present, a pointer at the end, W without R
  if (one_in(dice, 8))
    user ^= U;
  const uint64_t rights[] = {R | W | X, R | X, R | W, R, X};
  return V | rights[one_in(dice, 3) ? roll(dice, 5) : 0] | user | used | global;
}

static void make_window(struct dice *dice, struct fuzz_start *start, unsigned leaves, uint64_t address, uint64_t user) {
  for (unsigned i = 0; i < WINDOW; i++)
    put_entry(start, leaves, (address >> PAGE_BITS) % ENTRIES + i, random_frame(dice), random_rights(dice, user));
}

static void make_space(struct dice *dice, struct fuzz_start *start, unsigned space) {
  const unsigned root = table_page(space, ROOT), low = table_page(space, LOW), high = table_page(space, HIGH);
  for (unsigned table = ROOT; table < TABLES_A_SPACE; table++)
    memset(start->ram + table_page(space, table) * PAGE_SIZE, 0, PAGE_SIZE);
  put_entry(start, root, 0, frame_of(low), V);
  put_entry(start, low, 0, frame_of(table_page(space, LOW_LEAVES)), V);
  make_window(dice, start, table_page(space, LOW_LEAVES), USER_WINDOW, U);
  put_entry(start, low, LARGE_PAGE >> 21, FUZZ_RAM_BASE, random_rights(dice, one_in(dice, 2) ? U : 0));
  put_entry(start, root, ENTRIES - 1, frame_of(high), V);
  put_entry(start, high, ENTRIES - 1, frame_of(table_page(space, HIGH_LEAVES)), V);
  make_window(dice, start, table_page(space, HIGH_LEAVES), SUPERVISOR_WINDOW, 0);
  const uint64_t all = V | R | W | X | A | D;
  if (one_in(dice, 4)) {
    put_entry(start, root, FUZZ_RAM_BASE >> 30, FUZZ_RAM_BASE, all);
    return;
  }
  const unsigned identity = table_page(space, IDENTITY), leaves = table_page(space, IDENTITY_LEAVES);
  put_entry(start, root, FUZZ_RAM_BASE >> 30, frame_of(identity), V);
  put_entry(start, identity, 0, frame_of(leaves), V);
  for (unsigned i = 0; i < FUZZ_DATA_PAGES; i++)
    put_entry(start, leaves, i, frame_of(i), one_in(dice, 8) ? random_rights(dice, 0) : all);
  put_entry(start, leaves, FUZZ_KERNEL, frame_of(FUZZ_KERNEL), all);
}

// An address in one of the windows: anywhere, or near a page's end.
static uint64_t random_address(struct dice *dice, bool user) {
  const uint64_t bases[] = {USER_WINDOW, LARGE_PAGE, SUPERVISOR_WINDOW, FUZZ_RAM_BASE};
  const uint64_t base = one_in(dice, 8) ? bases[roll(dice, 4)] : user ? USER_WINDOW : bases[2 + roll(dice, 2)];
  const uint64_t page = base + (uint64_t)roll(dice, WINDOW) * PAGE_SIZE;
  return page + (one_in(dice, 4) ? PAGE_SIZE - roll(dice, 40) : roll(dice, PAGE_SIZE));
}

// Where the program is again and again.
static uint64_t hot_places[HOT_PLACES];

static uint64_t random_place(struct dice *dice) {
  return hot_places[roll(dice, HOT_PLACES)];
}

static uint64_t random_register(struct dice *dice, bool user) {
  switch (roll(dice, 12)) {
  case 0: return roll_value(dice);
  case 1: return satp_of(roll(dice, SPACES));
  case 3: // so that stores change what is executed
  case 4:
  case 5:
  case 6: return (random_place(dice) & ~UINT64_C(7)) + roll(dice, 8) * 8;
  case 2: return one_in(dice, 2) ? 0 : roll_bits(dice) & (SSTATUS_SUM | SSTATUS_MXR | SSTATUS_FS | SSTATUS_SIE);
  default: return random_address(dice, user) & ~(uint64_t)(one_in(dice, 2) ? 7 : 0);
  }
}

static uint32_t set_field(uint32_t bits, uint32_t value, unsigned shift, unsigned width) {
  const uint32_t mask = ((UINT32_C(1) << width) - 1) << shift;
  return (bits & ~mask) | (value << shift & mask);
}

// One instruction; returns its bytes.
static unsigned random_instruction(struct dice *dice, uint8_t *bytes) {
  uint32_t bits = (uint32_t)roll_bits(dice);
  if (one_in(dice, 4)) { // compressed
    const uint16_t half = (uint16_t)(bits % 4 == 3 ? bits - 1 : bits);
    memcpy(bytes, &half, sizeof half);
    return sizeof half;
  }
  if (!one_in(dice, 40)) {
    const unsigned row = roll(dice, sizeof ROWS / sizeof ROWS[0]);
    bits = (bits & ~ROWS[row].mask) | ROWS[row].match;
  }
  const uint32_t opcode = bits & 0x7f;
  if (one_in(dice, 2)) // one of the registers that the handler keeps good
    bits = set_field(bits, 8 + roll(dice, 8), 15, 5);
  if (opcode == 0x73 && (bits >> 12 & 7) && !one_in(dice, 10))
    bits = set_field(bits, CSRS[roll(dice, sizeof CSRS / sizeof CSRS[0])], 20, 12);
  if (opcode == 0x6f && !one_in(dice, 10)) // a short jump: sign and bits 10 to 1
    bits = set_field(bits, (bits >> 31) * 0x800ff | (bits >> 20 & 0x7fe) << 8, 12, 20);
  if (opcode == 0x63 && one_in(dice, 2)) // a short branch
    bits = set_field(set_field(bits, (bits >> 31) * 0x7f, 25, 7), (bits >> 31) | (bits >> 7 & 0x1e), 7, 5);
  if ((opcode == 0x03 || opcode == 0x13) && one_in(dice, 2)) // a small offset
    bits = set_field(bits, bits >> 28, 20, 12);
  if (opcode == 0x23 && one_in(dice, 2))
    bits = set_field(bits, 0, 25, 7);
  memcpy(bytes, &bits, sizeof bits);
  return sizeof bits;
}

static void fill_code(struct dice *dice, uint8_t *page) {
  uint8_t bytes[4];
  for (unsigned at = one_in(dice, 2) ? 2 : 0; at < PAGE_SIZE;) {
    const unsigned length = random_instruction(dice, bytes);
    memcpy(page + at, bytes, length < PAGE_SIZE - at ? length : PAGE_SIZE - at);
    at += length;
  }
}

// Takes the next place from the table: bit 0 says whether it is the supervisor's. Loads x8 to x15 anew.
static void put_handler(struct fuzz_start *start) {
  uint32_t code[24] = {
      0x14002f73, // csrr x30, sscratch
      0x008f0f93, // addi x31, x30, 8
      0x1fffff93, // andi x31, x31, 511
      0xe00f7f13, // andi x30, x30, -512
      0x01ff6fb3, // or x31, x30, x31
      0x140f9073, // csrw sscratch, x31
      0x000fbe83, // ld x29, 0(x31)
      0x141e9073, // csrw sepc, x29
      0x10000e13, // li x28, 0x100
      0x100e3073, // csrc sstatus, x28
      0x008e9e93, // slli x29, x29, 8
      0x01cefeb3, // and x29, x29, x28
      0x100ea073, // csrs sstatus, x29
  };
  unsigned count = 13;
  for (uint32_t i = 8; i < 16; i++) // ld xi, offset(x30); the registers are 0x400 behind the places
    code[count++] = (0x400 + i * 8) << 20 | 30 << 15 | 3 << 12 | i << 7 | 0x03;
  code[count++] = 0x10200073; // sret
  memcpy(start->ram + FUZZ_KERNEL * PAGE_SIZE + HANDLER, code, sizeof code);
}

static void make_kernel(struct dice *dice, struct fuzz_start *start) {
  memset(start->ram + FUZZ_KERNEL * PAGE_SIZE, 0, PAGE_SIZE);
  put_handler(start);
  for (unsigned i = 0; i < PLACES_SIZE / 8; i++) {
    const uint64_t place = one_in(dice, 4) ? random_address(dice, one_in(dice, 2)) : random_place(dice);
    put(start, FUZZ_KERNEL, PLACES + i * 8, (place & ~UINT64_C(1)) | (place >= LARGE_PAGE));
  }
  for (unsigned i = 8; i < 16; i++)
    put(start, FUZZ_KERNEL, REGISTERS + i * 8, random_register(dice, one_in(dice, 2)));
}

void fuzz_program(struct dice *dice, struct fuzz_start *start) {
  for (unsigned i = 0; i < HOT_PLACES; i++)
    hot_places[i] = random_address(dice, one_in(dice, 2));
  for (unsigned page = 0; page < FUZZ_PAGES; page++) {
    uint8_t *bytes = start->ram + page * PAGE_SIZE;
    if (page < FUZZ_DATA_PAGES && (page < HOT_PAGES || !one_in(dice, 4)))
      fill_code(dice, bytes);
    else
      for (unsigned at = 0; at < PAGE_SIZE; at += 8)
        put(start, page, at, one_in(dice, 2) ? roll_value(dice) : random_address(dice, true));
  }
  for (unsigned space = 0; space < SPACES; space++)
    make_space(dice, start, space);
  make_kernel(dice, start);
  start->mode = one_in(dice, 2) ? MODE_USER : MODE_SUPERVISOR;
  start->satp = one_in(dice, 8) ? 0 : satp_of(roll(dice, SPACES));
  start->pc = random_address(dice, start->mode == MODE_USER) & ~UINT64_C(1);
  start->stvec = frame_of(FUZZ_KERNEL) + HANDLER + (one_in(dice, 16) ? 1 : 0);
  start->sscratch = frame_of(FUZZ_KERNEL) + PLACES;
  start->sie = roll_bits(dice) & (INTERRUPT_SOFTWARE | INTERRUPT_TIMER | INTERRUPT_EXTERNAL);
  start->sstatus = SSTATUS_UXL64 | (roll_bits(dice) & (SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SUM | SSTATUS_MXR)) |
                   (one_in(dice, 4) ? 0 : SSTATUS_FS);
  start->x[0] = 0;
  for (unsigned i = 1; i < X_COUNT; i++)
    start->x[i] = random_register(dice, start->mode == MODE_USER);
  for (unsigned i = 0; i < F_COUNT; i++)
    start->f[i] = one_in(dice, 2) ? roll_bits(dice) : UINT64_C(0xffffffff00000000) | roll_bits(dice);
}
