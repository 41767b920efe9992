#include "x86_64.h"
#include "x86_64_code.h"

#include <string.h>

enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40, LARGE = 0x80, G = 0x100 };
#define XD (UINT64_C(1) << 63)
enum {
  ENTRIES = 512,
  WINDOW = 16,
  SPACES = 2,
  GATE_SIZE = 16,
  VECTORS = 256,
  PLACE_SIZE = 64,
  PLACES = 16,
  HOT_PLACES = 6,
  HOT_PAGES = 6
};
#define LOW_WINDOW UINT64_C(0x10000)
#define EDGE_WINDOW UINT64_C(0x7fffffff0000)
#define HIGH_WINDOW UINT64_C(0xffffffffffff0000)

// Page tables. Both address spaces have the same kernel.
enum table {
  HIGH = FUZZ_TABLES, // of the third level, for the upper half
  HIGH_DIRECTORY,
  HIGH_LEAVES,
  KERNEL_DIRECTORY,
  KERNEL_LEAVES,
  SPACE, // of the first space: root, then three levels each for the lower half's start and end
  TABLES_A_SPACE = 6
};
// The kernel's pages.
enum { HANDLER = FUZZ_KERNEL, TABLE, GDT, IDT, TSS, STACK };
// In the handler's table, behind the number of the place it took last.
enum { PLACES_AT = 0x40, REGISTERS_AT = 0x800 };
enum {
  KERNEL_CODE = 0x10,
  KERNEL_DATA = 0x18,
  USER_CODE_32 = 0x23,
  USER_DATA = 0x2b,
  USER_CODE = 0x33,
  TSS_ENTRY = 0x40
};

static const uint64_t DEVICES[] = {0xfee00000, 0xfec00000, 0xd0000000, 0xd0001000, 0xd0002000};

static unsigned root_of(unsigned space) {
  return SPACE + space * TABLES_A_SPACE;
}

bool fuzz_knows_cr3(uint64_t cr3) {
  const uint64_t page = (cr3 & UINT64_C(0xfffffff000)) >> PAGE_BITS;
  return page == root_of(0) || page == root_of(1);
}

static void put(struct fuzz_start *start, unsigned page, unsigned offset, uint64_t value) {
  memcpy(start->ram + page * PAGE_SIZE + offset, &value, sizeof value);
}

static void put_entry(struct fuzz_start *start, unsigned page, uint64_t index, uint64_t physical, uint64_t flags) {
  put(start, page, (unsigned)(index % ENTRIES) * 8, physical | flags);
}

static uint64_t address_of(unsigned page) {
  return FUZZ_KERNEL_BASE + (uint64_t)page * PAGE_SIZE;
}

static uint64_t frame_of(unsigned page) {
  return (uint64_t)page * PAGE_SIZE;
}

// What a page of a window leads to: RAM mostly, and the same page more than once.
static uint64_t random_frame(struct dice *dice) {
  switch (roll(dice, 16)) {
  case 0: return DEVICES[roll(dice, sizeof DEVICES / sizeof DEVICES[0])];
  case 1: return one_in(dice, 2) ? frame_of(FUZZ_PAGES) : roll_bits(dice) & UINT64_C(0xfffffff000);
  case 2: return frame_of(roll(dice, FUZZ_PAGES));
  case 3:
  case 4:
  case 5: return frame_of(roll(dice, FUZZ_DATA_PAGES));
  default: return frame_of(roll(dice, HOT_PAGES));
  }
}

// Only what both address spaces have can be global; and it is marked as used, like the tables that lead to it, since a
// TLB that holds it does not look at those of the other space.
static uint64_t random_rights(struct dice *dice, uint64_t user) {
  const uint64_t global = !user && one_in(dice, 4) ? G : 0, used = global || one_in(dice, 2) ? A | D : 0;
  if (one_in(dice, 10))
    return (roll_bits(dice) & 0xff) | (one_in(dice, 4) ? UINT64_C(1) << (40 + roll(dice, 24)) : 0);
  if (one_in(dice, 10))
    user ^= U;
  return P | (one_in(dice, 5) ? 0 : W) | user | used | global | (one_in(dice, 8) ? XD : 0);
}

static void make_window(struct dice *dice, struct fuzz_start *start, unsigned leaves, uint64_t address, uint64_t user) {
  for (unsigned i = 0; i < WINDOW; i++)
    put_entry(start, leaves, (address >> PAGE_BITS) + i, random_frame(dice), random_rights(dice, user));
}

// Three levels that lead to a table of leaves, in the pages from `first` on.
static void make_path(struct fuzz_start *start, unsigned root, uint64_t address, unsigned first) {
  const uint64_t all = P | W | U | A;
  put_entry(start, root, address >> 39, frame_of(first), all);
  put_entry(start, first, address >> 30, frame_of(first + 1), all);
}

static void make_space(struct dice *dice, struct fuzz_start *start, unsigned space) {
  const unsigned root = root_of(space), low = root + 1, edge = root + 3, leaves = root + 5;
  make_path(start, root, LOW_WINDOW, low);
  make_path(start, root, EDGE_WINDOW, edge);
  // One table of leaves for both: its first and its last pages.
  put_entry(start, low + 1, LOW_WINDOW >> 21, frame_of(leaves), P | W | U | A);
  put_entry(start, edge + 1, EDGE_WINDOW >> 21, frame_of(leaves), P | W | U | A);
  make_window(dice, start, leaves, LOW_WINDOW, U);
  make_window(dice, start, leaves, EDGE_WINDOW, U);
  make_path(start, root, HIGH_WINDOW, HIGH);
  put_entry(start, HIGH_DIRECTORY, HIGH_WINDOW >> 21, frame_of(HIGH_LEAVES), P | W | U | A);
  put_entry(start, HIGH, FUZZ_KERNEL_BASE >> 30, frame_of(KERNEL_DIRECTORY), P | W | U | A);
}

static void make_kernel_pages(struct dice *dice, struct fuzz_start *start) {
  make_window(dice, start, HIGH_LEAVES, HIGH_WINDOW, 0);
  const uint64_t rights = P | W | A | D | (one_in(dice, 2) ? G : 0);
  if (one_in(dice, 3)) {
    put_entry(start, KERNEL_DIRECTORY, FUZZ_KERNEL_BASE >> 21, 0, rights | LARGE);
    return;
  }
  put_entry(start, KERNEL_DIRECTORY, FUZZ_KERNEL_BASE >> 21, frame_of(KERNEL_LEAVES), P | W | U | A);
  for (unsigned i = 0; i < FUZZ_DATA_PAGES; i++)
    put_entry(start, KERNEL_LEAVES, i, frame_of(i), one_in(dice, 8) ? random_rights(dice, 0) : rights);
  for (unsigned i = FUZZ_KERNEL; i < FUZZ_KERNEL_END; i++)
    put_entry(start, KERNEL_LEAVES, i, frame_of(i), rights);
  put_entry(start, KERNEL_LEAVES, FUZZ_KERNEL_END, DEVICES[0], rights); // the local APIC, for the handler
}

static uint64_t random_address(struct dice *dice, bool user) {
  const uint64_t bases[] = {LOW_WINDOW, EDGE_WINDOW, HIGH_WINDOW, FUZZ_KERNEL_BASE};
  const uint64_t base = one_in(dice, 8) ? bases[roll(dice, 4)] : bases[user ? roll(dice, 8) / 7 : 2 + roll(dice, 2)];
  const uint64_t page = base + (uint64_t)roll(dice, WINDOW) * PAGE_SIZE;
  return page + (one_in(dice, 4) ? PAGE_SIZE - roll(dice, 40) : roll(dice, PAGE_SIZE));
}

// Where the program is again and again.
static uint64_t hot_places[HOT_PLACES];

static uint64_t random_place(struct dice *dice) {
  return hot_places[roll(dice, HOT_PLACES)];
}

static uint64_t random_register(struct dice *dice, bool user) {
  if (one_in(dice, 3)) // so that stores change what is executed
    return (random_place(dice) & ~UINT64_C(15)) + roll(dice, 8) * 16;
  return one_in(dice, 4) ? roll_value(dice) : random_address(dice, user) & ~(uint64_t)(one_in(dice, 2) ? 15 : 0);
}

static void fill_code(struct dice *dice, uint8_t *page) {
  uint8_t bytes[FUZZ_INSTRUCTION_MAX];
  for (unsigned at = 0; at < PAGE_SIZE;) {
    if (one_in(dice, 24)) { // what another page has there, or nothing: jumps need some luck
      at += roll(dice, 400);
      continue;
    }
    const unsigned length = fuzz_instruction(dice, bytes, frame_of(root_of(roll(dice, SPACES))));
    memcpy(page + at, bytes, length < PAGE_SIZE - at ? length : PAGE_SIZE - at);
    at += length;
  }
}

static uint64_t random_flags(struct dice *dice) {
  uint64_t flags = FLAG_ONE | (roll_bits(dice) & (FLAGS_ARITHMETIC | FLAG_IF));
  if (one_in(dice, 8))
    flags |= roll_bits(dice) & (FLAG_TF | FLAG_DF | FLAG_IOPL | FLAG_RF | FLAG_AC | FLAG_ID);
  return one_in(dice, 64) ? flags | FLAG_NT : flags;
}

// Ends the interrupt, takes the next of the table's frames and goes there; loads all registers anew.
static void put_handler(struct fuzz_start *start) {
  uint8_t *code = start->ram + HANDLER * PAGE_SIZE;
  unsigned at = 0;
  const uint32_t end_of_interrupt = (uint32_t)address_of(FUZZ_KERNEL_END) + 0xb0;
  const uint64_t table = address_of(TABLE);
  static const uint8_t NEXT[] = {0x48, 0x8b, 0x08,                                   // mov rcx, [rax]
                                 0x48, 0x83, 0xc1, PLACE_SIZE,                       // add rcx, 64
                                 0x48, 0x81, 0xe1, 0xc0,       0x03,     0x00, 0x00, // and rcx, 0x3c0
                                 0x48, 0x89, 0x08,                                   // mov [rax], rcx
                                 0x48, 0x8d, 0x64, 0x08,       PLACES_AT};           // lea rsp, [rax + rcx + 0x40]
  memcpy(code + at, "\xc7\x04\x25", 3);                                              // mov dword [address], 0
  memcpy(code + at + 3, &end_of_interrupt, 4);
  memset(code + at + 7, 0, 4);
  memcpy(code + at + 11, "\x48\xb8", 2); // mov rax, table
  memcpy(code + at + 13, &table, 8);
  memcpy(code + at + 21, NEXT, sizeof NEXT);
  at += 21 + sizeof NEXT;
  for (unsigned i = 1; i <= X86_REGISTERS; i++) { // mov register, [rax + offset]; rax last
    const unsigned number = i % X86_REGISTERS;
    const uint32_t offset = REGISTERS_AT + number * 8;
    if (number == RSP)
      continue;
    code[at++] = (uint8_t)(0x48 | (number >> 3) << 2);
    code[at++] = 0x8b;
    code[at++] = (uint8_t)(0x80 | (number & 7) << 3);
    memcpy(code + at, &offset, 4);
    at += 4;
  }
  memcpy(code + at, "\x48\xcf", 2); // iretq
}

static void put_place(struct dice *dice, struct fuzz_start *start, unsigned place) {
  const uint64_t rip = one_in(dice, 4) ? random_address(dice, one_in(dice, 2)) : random_place(dice);
  const bool user = rip < EDGE_WINDOW * 2;
  const unsigned at = PLACES_AT + place * PLACE_SIZE;
  put(start, TABLE, at, rip);
  put(start, TABLE, at + 8, one_in(dice, 32) ? roll(dice, FUZZ_GDT_LIMIT) : user ? USER_CODE : KERNEL_CODE);
  put(start, TABLE, at + 16, random_flags(dice));
  put(start, TABLE, at + 24, random_address(dice, user) & ~UINT64_C(7));
  put(start, TABLE, at + 32, one_in(dice, 32) ? roll(dice, FUZZ_GDT_LIMIT) : user ? USER_DATA : KERNEL_DATA);
}

static void make_gate(struct dice *dice, struct fuzz_start *start, unsigned vector) {
  const uint64_t handler = address_of(HANDLER);
  uint64_t type = 0x8e00 | (uint64_t)roll(dice, 4) << 13 | (one_in(dice, 2) ? 0x100 : 0);
  if (one_in(dice, 64))
    type = roll_bits(dice) & 0xffff;
  // Without a stack of its own an exception in the kernel needs a good one, or nothing can be delivered any more.
  const uint64_t stack = vector != VECTOR_DF && one_in(dice, 4) ? 0 : 1 + roll(dice, 7);
  put(start, IDT, vector * GATE_SIZE,
      (handler & 0xffff) | KERNEL_CODE << 16 | stack << 32 | type << 32 | handler >> 16 << 48);
  put(start, IDT, vector * GATE_SIZE + 8, handler >> 32);
}

static void make_descriptors(struct dice *dice, struct fuzz_start *start) {
  for (unsigned at = 0; at < FUZZ_GDT_LIMIT; at += 8)
    put(start, GDT, at, one_in(dice, 2) ? roll_bits(dice) | UINT64_C(0x0020980000000000) : 0);
  put(start, GDT, KERNEL_CODE, UINT64_C(0x00af9b000000ffff));
  put(start, GDT, KERNEL_DATA, UINT64_C(0x00cf93000000ffff));
  put(start, GDT, USER_CODE_32 & ~3, UINT64_C(0x00cffb000000ffff));
  put(start, GDT, USER_DATA & ~3, UINT64_C(0x00cff3000000ffff));
  put(start, GDT, USER_CODE & ~3, UINT64_C(0x00affb000000ffff));
  put(start, GDT, TSS_ENTRY, UINT64_C(0x0000890000000067) | (address_of(TSS) & 0xffffff) << 16);
  for (unsigned vector = 0; vector < VECTORS; vector++)
    make_gate(dice, start, vector);
  for (unsigned at = 4; at < FUZZ_TSS_LIMIT - 8; at += 8)
    put(start, TSS, at, one_in(dice, 16) ? random_address(dice, false) : address_of(STACK + 1) - roll(dice, 64));
}

static void make_kernel(struct dice *dice, struct fuzz_start *start) {
  memset(start->ram + FUZZ_KERNEL * PAGE_SIZE, 0, (FUZZ_KERNEL_END - FUZZ_KERNEL) * PAGE_SIZE);
  put_handler(start);
  for (unsigned place = 0; place < PLACES; place++)
    put_place(dice, start, place);
  for (unsigned i = 0; i < X86_REGISTERS; i++)
    put(start, TABLE, REGISTERS_AT + i * 8, random_register(dice, one_in(dice, 2)));
  make_descriptors(dice, start);
  make_kernel_pages(dice, start);
}

static void make_memory(struct dice *dice, struct fuzz_start *start) {
  enum { CODE_PAGES = 4 }; // made anew for each case; the others are copies of them, or data
  memset(start->ram, 0, sizeof start->ram);
  for (unsigned page = 0; page < CODE_PAGES; page++)
    fill_code(dice, start->ram + page * PAGE_SIZE);
  for (unsigned page = CODE_PAGES; page < FUZZ_DATA_PAGES; page++) {
    uint8_t *bytes = start->ram + page * PAGE_SIZE;
    if (page < HOT_PAGES || !one_in(dice, 4)) {
      const unsigned shift = roll(dice, PAGE_SIZE); // other instructions at the page's end
      const uint8_t *from = start->ram + roll(dice, CODE_PAGES) * PAGE_SIZE;
      memcpy(bytes, from + shift, PAGE_SIZE - shift);
      memcpy(bytes + PAGE_SIZE - shift, from, shift);
      continue;
    }
    for (unsigned at = 0; at < PAGE_SIZE; at += 8)
      put(start, page, at, one_in(dice, 2) ? roll_value(dice) : random_address(dice, true));
  }
}

static void make_state(struct dice *dice, struct fuzz_start *start) {
  start->user = one_in(dice, 2);
  start->rip = random_address(dice, start->user);
  start->flags = random_flags(dice) & ~FLAG_RF; // IRET sets it, and only with breakpoints
  start->cr0 = CR0_PE | CR0_PG | CR0_ET | CR0_NE | CR0_MP | (one_in(dice, 4) ? 0 : CR0_WP);
  start->cr3 = frame_of(root_of(roll(dice, SPACES)));
  start->cr4 = CR4_PAE | CR4_OSFXSR | (roll_bits(dice) & (CR4_PGE | CR4_OSXMMEXCPT));
  start->efer = EFER_LME | EFER_LMA | EFER_SCE | (one_in(dice, 8) ? 0 : EFER_NXE);
  start->star = (uint64_t)0x20 << 48 | (uint64_t)KERNEL_CODE << 32;
  start->lstar = one_in(dice, 4) ? random_address(dice, false) : address_of(HANDLER);
  start->fmask = FLAG_IF | FLAG_TF;
  start->fs = one_in(dice, 2) ? 0 : random_address(dice, true);
  start->gs = one_in(dice, 2) ? 0 : random_address(dice, true);
  start->kernel_gs = random_address(dice, false);
  start->gdt = address_of(GDT);
  start->idt = address_of(IDT);
  start->tss = address_of(TSS);
  start->dr7 = one_in(dice, 8) ? roll_bits(dice) & 0xffff00ff : 0;
  start->mxcsr = one_in(dice, 2) ? 0x1f80 : (uint32_t)roll_bits(dice) & 0xffff;
  for (unsigned i = 0; i < 4; i++)
    start->dr[i] = random_address(dice, start->user);
  for (unsigned i = 0; i < X86_REGISTERS; i++)
    start->r[i] = random_register(dice, start->user);
  for (unsigned i = 0; i < 16; i++)
    start->xmm[i] = (struct x86_xmm){.q = {roll_value(dice), roll_bits(dice)}};
}

void fuzz_program(struct dice *dice, struct fuzz_start *start) {
  for (unsigned i = 0; i < HOT_PLACES; i++)
    hot_places[i] = random_address(dice, one_in(dice, 2));
  make_memory(dice, start);
  for (unsigned space = 0; space < SPACES; space++)
    make_space(dice, start, space);
  make_kernel(dice, start);
  make_state(dice, start);
}
