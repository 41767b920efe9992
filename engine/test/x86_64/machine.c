// Runs a case on the emulator: a machine with page tables, descriptor tables and handlers that halt, so that exceptions
// are delivered as they would be to a kernel.
#include "state.h"

#include "cpu/x86_64/cpu.h"
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/x87_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Physical memory.
enum {
  RAM_SIZE = 1 << 21,
  PML4 = 0x1000,
  PDPT = 0x2000,
  DIRECTORY = 0x3000,
  TABLE = 0x4000,
  GDT = 0x5000,
  IDT = 0x6000,
  TSS = 0x7000,
  STACK_TOP = 0x9000,
  HANDLERS = 0xa000,
  DATA = 0x10000,
  CODE = 0x20000
};
// All of it once more for the supervisor, as one large page.
enum { KERNEL_BASE = 0x20000000 };
enum {
  SELECTOR_KERNEL = 0x08,
  SELECTOR_USER_DATA = 0x1b,
  SELECTOR_USER = 0x23,
  SELECTOR_TSS = 0x28,
  HANDLER_STEP = 16
};
enum { P = 1, W = 2, U = 4, LARGE = 0x80 };

static struct x86_cpu cpu;
static struct ram ram;
static struct bus bus;
uint8_t *machine_data;

static void put(uint64_t physical, uint64_t value) {
  memcpy(ram.host + physical, &value, sizeof value);
}

static void map_page(uint64_t address, uint64_t physical, uint64_t rights) {
  put(TABLE + (address >> 12 & 511) * 8, physical | rights);
}

static void make_page_tables(void) {
  put(PML4, PDPT | P | W | U);
  put(PDPT, DIRECTORY | P | W | U);
  put(DIRECTORY + (DATA_BASE >> 21) * 8, TABLE | P | W | U);
  put(DIRECTORY + (KERNEL_BASE >> 21) * 8, P | W | LARGE);
  for (uint64_t page = 0; page < DATA_SIZE; page += 4096)
    map_page(DATA_BASE + page, DATA + page, page < DATA_WRITABLE ? P | W | U : P | U);
  map_page(CODE_BASE, CODE, P | W | U);
}

static void make_gate(unsigned vector) {
  const uint64_t handler = KERNEL_BASE + HANDLERS + vector * HANDLER_STEP;
  ram.host[HANDLERS + vector * HANDLER_STEP] = 0xf4; // hlt
  put(IDT + vector * 16, (handler & 0xffff) | SELECTOR_KERNEL << 16 | UINT64_C(0xee00) << 32 | handler >> 16 << 48);
  put(IDT + vector * 16 + 8, handler >> 32);
}

static void make_tables(void) {
  put(GDT + SELECTOR_KERNEL, UINT64_C(0x00af9b000000ffff));
  put(GDT + (SELECTOR_USER_DATA & ~3), UINT64_C(0x00cff3000000ffff));
  put(GDT + (SELECTOR_USER & ~3), UINT64_C(0x00affb000000ffff));
  for (unsigned vector = 0; vector < 256; vector++)
    make_gate(vector);
  put(TSS + 4, KERNEL_BASE + STACK_TOP);
  cpu.gdt = (struct x86_table_register){KERNEL_BASE + GDT, 0xff};
  cpu.idt = (struct x86_table_register){KERNEL_BASE + IDT, 0xfff};
  cpu.tr_base = KERNEL_BASE + TSS;
  cpu.tr_limit = 103;
}

static uint64_t no_time(void *board) {
  (void)board;
  return 0;
}

static unsigned no_vector(void *board) {
  (void)board;
  return 0;
}

static bool no_msr(void *board, uint32_t number, uint64_t *value) {
  (void)board;
  (void)number;
  (void)value;
  return false;
}

static bool no_msr_write(void *board, uint32_t number, uint64_t value) {
  (void)board;
  (void)number;
  (void)value;
  return false;
}

void machine_init(void) {
  cpu.ram = &ram;
  cpu.bus = &bus;
  cpu.read_tsc = no_time;
  cpu.acknowledge = no_vector;
  cpu.read_msr = no_msr;
  cpu.write_msr = no_msr_write;
  cpu.tsc_hz = 1000000000;
  if (!ram_init(&ram, 0, RAM_SIZE) || !x86_init(&cpu)) {
    fputs("no memory\n", stderr);
    exit(1);
  }
  make_page_tables();
  make_tables();
  cpu.cr0 |= CR0_WP;
  cpu.cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
  cpu.cr3 = PML4;
  cpu.segment_bases[SEG_GS] = GS_BASE;
  machine_data = ram.host + DATA;
}

uint8_t *machine_code(void) {
  return ram_write_at(&ram, CODE, CODE_SIZE);
}

static void load(const struct state *state) {
  memcpy(cpu.r, state->r, sizeof cpu.r);
  cpu.rip = state->rip;
  x86_set_flags(&cpu, state->flags);
  cpu.rflags = (state->flags & ~FLAGS_ARITHMETIC & ~FLAG_ONE) | FLAG_IF;
  cpu.segments[SEG_CS] = (struct x86_segment_register){SELECTOR_USER, 0xa0fb};
  cpu.segments[SEG_SS] = (struct x86_segment_register){SELECTOR_USER_DATA, 0xc0f3};
  x86_set_privilege(&cpu, 3);
  x86_fxrstor_image(&cpu, true, state->fxsave);
}

static void store(struct state *state) {
  memcpy(state->r, cpu.r, sizeof cpu.r);
  x86_fxsave_image(&cpu, true, state->fxsave);
}

void machine_run(const struct state *before, struct state *after) {
  uint64_t frame[6];
  *after = *before;
  load(before);
  enum x86_exit reason;
  unsigned rounds = 0;
  do {
    reason = x86_run(&cpu, 1000);
  } while (reason == X86_EXIT_BUDGET && ++rounds < 1000);
  if (reason != X86_EXIT_WAIT) {
    fprintf(stderr, "emulator did not stop in a handler: exit %d, rip %#llx\n", (int)reason,
            (unsigned long long)cpu.rip);
    abort();
  }
  const bool has_error = cpu.r[RSP] == KERNEL_BASE + STACK_TOP - sizeof frame;
  const uint8_t *stack = ram.host + (cpu.r[RSP] - KERNEL_BASE);
  memset(frame, 0, sizeof frame);
  memcpy(frame + !has_error, stack, sizeof frame - (has_error ? 0 : 8));
  store(after);
  after->vector = (uint32_t)((cpu.rip - 1 - KERNEL_BASE - HANDLERS) / HANDLER_STEP);
  after->error = (uint32_t)frame[0];
  after->fault_address = cpu.cr2;
  after->rip = frame[1];
  after->flags = frame[3];
  after->r[RSP] = frame[4];
}
