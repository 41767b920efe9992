// Instructions that change the page they are executed from: what is left of them is done as if they had not.
#include "check.h"
#include "cpu/riscv64/cpu.h"
#include "cpu/riscv64/csr.h"
#include "cpu/riscv64/execute.h"
#include "cpu/riscv64/trap.h"

#include <string.h>

#define RAM_BASE UINT64_C(0x80000000)
enum { RAM_SIZE = 8 << 20, ROOT = 0x1000, MIDDLE = 0x2000, LEAVES = 0x3000, DATA = 0x10000 };
enum { V = 1, R = 2, W = 4, X = 8, A = 64, D = 128 };
enum { WFI = 0x10500073, FIRST = 0x800, OPERAND = 0xf00 };

static struct riscv_cpu cpu;
static struct ram ram;
static struct bus bus;

static uint64_t read_time(void *board) {
  (void)board;
  return 42;
}

static void put(uint64_t offset, uint64_t value, unsigned size) {
  memcpy(ram_write_at(&ram, RAM_BASE + offset, size), &value, size);
}

static uint64_t get(uint64_t offset) {
  uint64_t value;
  memcpy(&value, ram.host + offset, sizeof value);
  return value;
}

// Runs from `pc` to the WFI that ends it.
static bool run(uint64_t pc) {
  cpu.pc = pc;
  cpu.mode = MODE_SUPERVISOR;
  cpu.sstatus |= SSTATUS_FS;
  riscv_select_view(&cpu);
  return riscv_run(&cpu, 100) == EXIT_WAIT;
}

// rd = x7, rs1 = x5, rs2 = x6
static uint32_t atomic(unsigned funct5, bool wide) {
  return funct5 << 27 | 6U << 20 | 5U << 15 | (wide ? 3U : 2U) << 12 | 7U << 7 | 0x2f;
}

static void place_atomic(uint32_t before, uint32_t bits) {
  put(DATA + FIRST, before, 4);
  put(DATA + FIRST + 4, bits, 4);
  put(DATA + FIRST + 8, WFI, 4);
  put(DATA + OPERAND, 40, 8);
  cpu.x[5] = RAM_BASE + DATA + OPERAND;
  cpu.x[6] = 2;
  cpu.x[7] = 99;
}

static void should_change_its_own_page_atomically(void) {
  static const struct {
    unsigned funct5;
    uint64_t result;
  } ROWS[] = {{0, 42}, {1, 2}, {4, 42}, {8, 42}, {12, 0}, {16, 2}, {20, 40}, {24, 2}, {28, 40}};
  for (unsigned i = 0; i < 2 * sizeof ROWS / sizeof ROWS[0]; i++) {
    place_atomic(0x13, atomic(ROWS[i / 2].funct5, i & 1)); // nop
    CHECK(run(RAM_BASE + DATA + FIRST) && cpu.pc == RAM_BASE + DATA + FIRST + 12);
    CHECK(cpu.x[7] == 40 && get(DATA + OPERAND) == ROWS[i / 2].result);
  }
}

static void should_store_conditionally_to_its_own_page(void) {
  for (unsigned wide = 0; wide < 2; wide++) {
    place_atomic(atomic(2, wide) & ~(31U << 20), atomic(3, wide)); // lr, sc
    CHECK(run(RAM_BASE + DATA + FIRST) && cpu.x[7] == 0 && get(DATA + OPERAND) == 2);
  }
}

static void should_execute_what_an_atomic_put_behind_it(void) {
  place_atomic(0x13, atomic(1, false));
  cpu.x[5] = RAM_BASE + DATA + FIRST + 8;
  cpu.x[6] = 0x00500413; // li x8, 5
  put(DATA + FIRST + 12, WFI, 4);
  CHECK(run(RAM_BASE + DATA + FIRST) && cpu.x[7] == WFI && cpu.x[8] == 5);
  CHECK(cpu.pc == RAM_BASE + DATA + FIRST + 16);
}

static void put_entry(uint64_t table, unsigned index, uint64_t target, uint64_t flags) {
  put(table + index * 8U, (RAM_BASE + target) >> 12 << 10 | flags, 8);
}

// The table of leaves is the page that is executed; virtual page 1 is data, page 3 that table.
static void place_on_the_page_table(uint32_t bits) {
  memset(ram_write_at(&ram, RAM_BASE + ROOT, 0x3000), 0, 0x3000);
  put_entry(ROOT, 0, MIDDLE, V);
  put_entry(MIDDLE, 0, LEAVES, V);
  put_entry(LEAVES, 1, DATA, V | R | W);
  put_entry(LEAVES, 3, LEAVES, V | R | W | X | A | D);
  put(LEAVES + FIRST, bits, 4);
  put(LEAVES + FIRST + 4, WFI, 4);
  put(DATA + 0x10, UINT64_C(0x1234567890abcdef), 8);
  CHECK(riscv_csr_write(&cpu, CSR_SATP, 0));
  CHECK(riscv_csr_write(&cpu, CSR_SATP, UINT64_C(8) << 60 | (RAM_BASE + ROOT) >> 12));
  cpu.x[5] = 0x1010;
  cpu.x[6] = 5;
  cpu.x[7] = cpu.f[7] = 99;
}

static void should_mark_a_page_used_in_the_table_it_runs_on(void) {
  static const uint64_t LOADED[] = {UINT64_C(0xffffffffffffffef),
                                    UINT64_C(0xffffffffffffcdef),
                                    UINT64_C(0xffffffff90abcdef),
                                    UINT64_C(0x1234567890abcdef),
                                    UINT64_C(0xef),
                                    UINT64_C(0xcdef),
                                    UINT64_C(0x90abcdef)};
  const uint32_t load = 5U << 15 | 7U << 7, pc = 3U << 12 | FIRST;
  for (unsigned width = 0; width < 7; width++) {
    place_on_the_page_table(load | width << 12 | 0x03);
    CHECK(run(pc) && cpu.x[7] == LOADED[width] && cpu.pc == pc + 8 && (get(LEAVES + 8) & A));
  }
  place_on_the_page_table(load | 2 << 12 | 0x07); // flw
  CHECK(run(pc) && cpu.f[7] == UINT64_C(0xffffffff90abcdef) && cpu.pc == pc + 8);
  place_on_the_page_table(load | 3 << 12 | 0x07); // fld
  CHECK(run(pc) && cpu.f[7] == UINT64_C(0x1234567890abcdef) && cpu.pc == pc + 8);
  place_on_the_page_table(atomic(0, true));
  CHECK(run(pc) && cpu.x[7] == UINT64_C(0x1234567890abcdef) && cpu.pc == pc + 8);
  place_on_the_page_table(6U << 20 | 5U << 15 | 3U << 12 | 0x23); // sd
  CHECK(run(pc) && get(DATA + 0x10) == 5 && (get(LEAVES + 8) & D) && cpu.pc == pc + 8);
  CHECK(riscv_csr_write(&cpu, CSR_SATP, 0));
}

int main(void) {
  cpu.ram = &ram;
  cpu.bus = &bus;
  cpu.read_time = read_time;
  CHECK(ram_init(&ram, RAM_BASE, RAM_SIZE) && riscv_init(&cpu));
  should_change_its_own_page_atomically();
  should_store_conditionally_to_its_own_page();
  should_execute_what_an_atomic_put_behind_it();
  should_mark_a_page_used_in_the_table_it_runs_on();
  return check_result("changes of the page that is executed");
}
