// Sv39, traps and CSRs, without a guest: page tables are built by hand, accesses are made as the CPU's slow paths make
// them.
#include "check.h"
#include "cpu/riscv64/cpu.h"
#include "cpu/riscv64/csr.h"
#include "cpu/riscv64/mmu.h"
#include "cpu/riscv64/trap.h"

#include <string.h>

#define RAM_BASE UINT64_C(0x80000000)
enum { RAM_SIZE = 8 << 20, ROOT = 0x1000, MIDDLE = 0x2000, LEAVES = 0x3000, DATA = 0x10000 };
enum { V = 1, R = 2, W = 4, X = 8, U = 16, A = 64, D = 128 };

static struct riscv_cpu cpu;
static struct ram ram;
static struct bus bus;

static uint64_t read_time(void *board) {
  (void)board;
  return 42;
}

static void put_entry(uint64_t table, unsigned index, uint64_t target, uint64_t flags) {
  const uint64_t entry = (RAM_BASE + target) >> 12 << 10 | flags;
  memcpy(ram.host + table + index * 8U, &entry, sizeof entry);
}

static uint64_t get_entry(uint64_t table, unsigned index) {
  uint64_t entry;
  memcpy(&entry, ram.host + table + index * 8U, sizeof entry);
  return entry;
}

// Virtual pages 0x1000 and on are the leaves given here; the tables are new each time.
static void map(enum riscv_mode mode, uint64_t flags_of_page_1, uint64_t flags_of_page_2) {
  memset(ram.host + ROOT, 0, 0x3000);
  put_entry(ROOT, 0, MIDDLE, V);
  put_entry(MIDDLE, 0, LEAVES, V);
  put_entry(LEAVES, 1, DATA, flags_of_page_1);
  put_entry(LEAVES, 2, DATA + 0x1000, flags_of_page_2);
  cpu.mode = MODE_SUPERVISOR;
  CHECK(riscv_csr_write(&cpu, CSR_SSTATUS, 0));
  CHECK(riscv_csr_write(&cpu, CSR_SATP, 0));
  CHECK(riscv_csr_write(&cpu, CSR_SATP, UINT64_C(8) << 60 | (RAM_BASE + ROOT) >> 12));
  cpu.mode = mode;
  riscv_select_view(&cpu);
}

static bool loads(uint64_t address) {
  uint64_t value;
  return riscv_load(&cpu, address, 4, &value);
}

static bool stores(uint64_t address) {
  return riscv_store(&cpu, address, 4, 7);
}

static bool fetches(uint64_t address) {
  struct tlb_page page;
  return riscv_translate_fetch(&cpu, address, &page);
}

static bool faulted(enum riscv_exception cause, uint64_t value) {
  return cpu.trap_cause == cause && cpu.trap_value == value;
}

static void should_set_accessed_and_dirty(void) {
  map(MODE_USER, V | R | W | X | U, 0);
  CHECK(loads(0x1010) && (get_entry(LEAVES, 1) & (A | D)) == A);
  CHECK(stores(0x1010) && (get_entry(LEAVES, 1) & (A | D)) == (A | D));
  CHECK(ram.host[DATA + 0x10] == 7);
}

static void should_check_permissions(void) {
  map(MODE_USER, V | R | U, V | X | U);
  CHECK(loads(0x1000) && !stores(0x1000) && faulted(EXC_STORE_PAGE, 0x1000));
  CHECK(!fetches(0x1ffe) && faulted(EXC_FETCH_PAGE, 0x1ffe));
  CHECK(fetches(0x2000) && !loads(0x2000) && faulted(EXC_LOAD_PAGE, 0x2000));
  CHECK(!loads(0x3000) && !loads(0x40000000) && !stores(0x200000));
  map(MODE_USER, V | R | W, V | X);
  CHECK(!loads(0x1000) && !stores(0x1000) && !fetches(0x2000));
}

static void should_keep_supervisor_and_user_apart(void) {
  map(MODE_SUPERVISOR, V | R | W | X | U, V | R | W | X);
  CHECK(!loads(0x1000) && !fetches(0x1000) && loads(0x2000) && fetches(0x2000));
  CHECK(riscv_csr_write(&cpu, CSR_SSTATUS, SSTATUS_SUM));
  CHECK(loads(0x1000) && stores(0x1000) && !fetches(0x1000));
  CHECK(riscv_csr_write(&cpu, CSR_SSTATUS, 0));
  CHECK(!loads(0x1000));
}

static void should_let_mxr_read_what_executes(void) {
  map(MODE_SUPERVISOR, V | X, 0);
  CHECK(!loads(0x1000));
  CHECK(riscv_csr_write(&cpu, CSR_SSTATUS, SSTATUS_MXR) && loads(0x1000));
}

static void should_refuse_reserved_encodings(void) {
  map(MODE_USER, V | W | U, V | R | U | UINT64_C(1) << 60);
  CHECK(!loads(0x1000) && !loads(0x2000));
  put_entry(MIDDLE, 1, 0x1000, V | R | U); // a superpage that is not aligned
  CHECK(!loads(0x200000));
  put_entry(MIDDLE, 1, LEAVES, V | A); // a pointer with A
  CHECK(!loads(0x201000));
  CHECK(!loads(UINT64_C(0x4000000000)) && faulted(EXC_LOAD_PAGE, UINT64_C(0x4000000000))); // not canonical
}

static void should_map_superpages(void) {
  map(MODE_USER, 0, 0);
  put_entry(MIDDLE, 1, 0x200000, V | R | W | U);
  CHECK(stores(0x234560) && ram.host[0x234560] == 7);
  put_entry(MIDDLE, 1, 0, 0);
  tlb_flush_page(&cpu.tlb_set, 0x200000); // names one page of it, covers all
  CHECK(cpu.tlb->write[tlb_index(0x234560)].page == TLB_NO_PAGE);
}

static void should_do_both_halves_or_none_across_pages(void) {
  uint64_t value = 0;
  map(MODE_USER, V | R | W | U, V | R | W | U);
  CHECK(riscv_store(&cpu, 0x1ffd, 8, UINT64_C(0x1122334455667788)));
  CHECK(riscv_load(&cpu, 0x1ffd, 8, &value) && value == UINT64_C(0x1122334455667788));
  map(MODE_USER, V | R | W | U, V | R | U);
  CHECK(!riscv_store(&cpu, 0x1ffd, 8, 0) && faulted(EXC_STORE_PAGE, 0x2000));
  CHECK(ram.host[DATA + 0xffd] == 0x88);
}

static void should_fault_where_nothing_is(void) {
  map(MODE_SUPERVISOR, V | R | W | X, V | R | W | X);
  const uint64_t nowhere = (UINT64_C(0x1000) >> 12 << 10) | V | R | W | X;
  memcpy(ram.host + LEAVES + 8, &nowhere, sizeof nowhere);
  CHECK(!loads(0x1000) && faulted(EXC_LOAD_ACCESS, 0x1000));
  CHECK(!stores(0x1000) && faulted(EXC_STORE_ACCESS, 0x1000));
  CHECK(!fetches(0x1000) && faulted(EXC_FETCH_ACCESS, 0x1000));
  CHECK(riscv_atomic_at(&cpu, 0x1000, true) == NULL && faulted(EXC_STORE_ACCESS, 0x1000));
  put_entry(ROOT, 0, UINT64_C(0x100000000), V); // a table outside RAM
  CHECK(!loads(0x5000) && faulted(EXC_LOAD_ACCESS, 0x5000));
}

static void should_take_and_return_from_traps(void) {
  cpu.mode = MODE_USER;
  cpu.stvec = 0x1000 | 1;
  cpu.sstatus |= SSTATUS_SIE;
  cpu.pc = 0x5000;
  riscv_take_trap(&cpu, EXC_BREAKPOINT, 9);
  CHECK(cpu.pc == 0x1000 && cpu.sepc == 0x5000 && cpu.scause == EXC_BREAKPOINT && cpu.stval == 9);
  CHECK(cpu.mode == MODE_SUPERVISOR && !(cpu.sstatus & (SSTATUS_SIE | SSTATUS_SPP)) && (cpu.sstatus & SSTATUS_SPIE));
  CHECK(riscv_sret(&cpu) && cpu.pc == 0x5000 && cpu.mode == MODE_USER && (cpu.sstatus & SSTATUS_SIE));
  CHECK(!riscv_sret(&cpu)); // not in user mode
  cpu.sie = cpu.sip = INTERRUPT_TIMER | INTERRUPT_EXTERNAL;
  CHECK(riscv_interrupt_pending(&cpu));
  riscv_take_interrupt(&cpu);
  CHECK(cpu.pc == 0x1000 + 4 * 9 && cpu.scause == (UINT64_C(1) << 63 | 9)); // vectored, external first
  CHECK(!riscv_interrupt_pending(&cpu));
  cpu.sie = cpu.sip = 0;
}

static void should_guard_csrs(void) {
  uint64_t value;
  cpu.mode = MODE_SUPERVISOR;
  const uint64_t before = cpu.satp;
  CHECK(riscv_csr_write(&cpu, CSR_SATP, UINT64_C(9) << 60 | 5) && cpu.satp == before); // Sv48: as it was
  CHECK(!riscv_csr_write(&cpu, CSR_TIME, 1) && riscv_csr_read(&cpu, CSR_TIME, &value) && value == 42);
  CHECK(!riscv_csr_read(&cpu, 0x300, &value) && !riscv_csr_read(&cpu, 0x7c0, &value));
  CHECK(riscv_csr_write(&cpu, CSR_SSTATUS, 0) && !riscv_csr_read(&cpu, CSR_FCSR, &value)); // FS is off
  CHECK(riscv_csr_write(&cpu, CSR_SSTATUS, SSTATUS_FS) && riscv_csr_read(&cpu, CSR_SSTATUS, &value));
  CHECK(value & SSTATUS_SD);
  cpu.mode = MODE_USER;
  CHECK(!riscv_csr_read(&cpu, CSR_SSTATUS, &value) && riscv_csr_read(&cpu, CSR_TIME, &value));
  cpu.scounteren = 0;
  CHECK(!riscv_csr_read(&cpu, CSR_TIME, &value));
}

int main(void) {
  cpu.ram = &ram;
  cpu.bus = &bus;
  cpu.read_time = read_time;
  CHECK(ram_init(&ram, RAM_BASE, RAM_SIZE) && riscv_init(&cpu));
  should_set_accessed_and_dirty();
  should_check_permissions();
  should_keep_supervisor_and_user_apart();
  should_let_mxr_read_what_executes();
  should_refuse_reserved_encodings();
  should_map_superpages();
  should_do_both_halves_or_none_across_pages();
  should_fault_where_nothing_is();
  should_take_and_return_from_traps();
  should_guard_csrs();
  return check_result("mmu, traps and csrs");
}
