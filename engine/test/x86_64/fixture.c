#include "fixture.h"

#include "cpu/x86_64/execute/control.h"
#include "cpu/x86_64/execute/execute.h"
#include "cpu/x86_64/execute/reset.h"
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/system/privilege.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VECTORS = 256, GATE_SIZE = 16, HANDLER_STEP = 16, TSC_HZ = 1000000000 };
enum { HLT = 0xf4 };

static uint64_t read_tsc(void *board) {
  (void)board;
  return 1000;
}

static unsigned acknowledge(void *board) {
  struct fixture *fixture = board;
  fixture->cpu.interrupt = false;
  return fixture->next_vector;
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

void fixture_init(struct fixture *fixture, uint64_t ram_size, uint64_t kernel_base) {
  struct x86_cpu *cpu = &fixture->cpu;
  fixture->kernel_base = kernel_base;
  cpu->ram = &fixture->ram;
  cpu->bus = &fixture->bus;
  cpu->board = fixture;
  cpu->read_tsc = read_tsc;
  cpu->acknowledge = acknowledge;
  cpu->read_msr = no_msr;
  cpu->write_msr = no_msr_write;
  cpu->tsc_hz = TSC_HZ;
  if (!ram_init(&fixture->ram, 0, ram_size) || !x86_init(cpu)) {
    fputs("no memory\n", stderr);
    exit(1);
  }
}

void fixture_put(struct fixture *fixture, uint64_t physical, uint64_t value) {
  memcpy(ram_write_at(&fixture->ram, physical, sizeof value), &value, sizeof value);
}

void fixture_map(struct fixture *fixture, uint64_t address, uint64_t entry) {
  fixture_put(fixture, FIXTURE_DIRECTORY + (address >> 21 & 511) * 8, FIXTURE_TABLE | PTE_P | PTE_W | PTE_U);
  fixture_put(fixture, FIXTURE_TABLE + (address >> 12 & 511) * 8, entry);
  tlb_flush(&fixture->cpu.tlb_set);
}

static void make_gate(struct fixture *fixture, unsigned vector, uint64_t dpl) {
  const uint64_t physical = FIXTURE_HANDLERS + vector * HANDLER_STEP, handler = fixture->kernel_base + physical;
  fixture->ram.host[physical] = HLT;
  fixture_put(fixture, FIXTURE_IDT + vector * GATE_SIZE,
              (handler & 0xffff) | SELECTOR_CODE << 16 | (UINT64_C(0x8e00) | dpl << 13) << 32 | handler >> 16 << 48);
  fixture_put(fixture, FIXTURE_IDT + vector * GATE_SIZE + 8, handler >> 32);
}

static void make_tables(struct fixture *fixture, uint64_t rights, unsigned gate_dpl) {
  const uint64_t base = fixture->kernel_base;
  fixture_put(fixture, FIXTURE_PML4, FIXTURE_PDPT | PTE_P | PTE_W | PTE_U);
  fixture_put(fixture, FIXTURE_PDPT, FIXTURE_DIRECTORY | PTE_P | PTE_W | PTE_U);
  fixture_put(fixture, FIXTURE_DIRECTORY + (base >> 21) * 8, rights | PTE_LARGE);
  fixture_put(fixture, FIXTURE_GDT + SELECTOR_CODE, UINT64_C(0x00af9b000000ffff));
  fixture_put(fixture, FIXTURE_GDT + SELECTOR_DATA, UINT64_C(0x00cf93000000ffff));
  fixture_put(fixture, FIXTURE_GDT + (SELECTOR_USER_32 & ~3), UINT64_C(0x00cffb000000ffff));
  fixture_put(fixture, FIXTURE_GDT + (SELECTOR_USER_DATA & ~3), UINT64_C(0x00cff3000000ffff));
  fixture_put(fixture, FIXTURE_GDT + (SELECTOR_USER & ~3), UINT64_C(0x00affb000000ffff));
  fixture_put(fixture, FIXTURE_TSS + 4, base + FIXTURE_INTERRUPT_STACK);
  for (unsigned vector = 0; vector < VECTORS; vector++)
    make_gate(fixture, vector, vector == VECTOR_BP ? 3 : gate_dpl);
}

void fixture_reset(struct fixture *fixture, uint64_t rights, unsigned gate_dpl) {
  struct x86_cpu *cpu = &fixture->cpu;
  const uint64_t base = fixture->kernel_base;
  memset(ram_write_at(&fixture->ram, 0, fixture->ram.size), 0, (size_t)fixture->ram.size);
  make_tables(fixture, rights, gate_dpl);
  cpu->cr0 |= CR0_WP;
  cpu->cr3 = FIXTURE_PML4;
  cpu->efer |= EFER_NXE;
  cpu->gdt = (struct x86_table_register){base + FIXTURE_GDT, 0x3f};
  cpu->idt = (struct x86_table_register){base + FIXTURE_IDT, VECTORS * GATE_SIZE - 1};
  cpu->tr_base = base + FIXTURE_TSS;
  cpu->tr_limit = 103;
  cpu->rflags = 0;
  cpu->interrupt = cpu->shut_down = false;
  x86_set_flags(cpu, 0);
  x86_write_cr4(cpu, CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT);
  memset(cpu->r, 0, sizeof cpu->r);
  cpu->segments[SEG_CS] = (struct x86_segment_register){SELECTOR_CODE, 0xa09b};
  cpu->segments[SEG_SS] = (struct x86_segment_register){SELECTOR_DATA, 0xc093};
  x86_set_privilege(cpu, 0);
}

void fixture_to_user(struct fixture *fixture) {
  struct x86_cpu *cpu = &fixture->cpu;
  cpu->segments[SEG_CS] = (struct x86_segment_register){SELECTOR_USER, 0xa0fb};
  cpu->segments[SEG_SS] = (struct x86_segment_register){SELECTOR_USER_DATA, 0xc0f3};
  x86_set_privilege(cpu, 3);
}

void fixture_to_user_32(struct fixture *fixture) {
  struct x86_cpu *cpu = &fixture->cpu;
  fixture_to_user(fixture);
  cpu->segments[SEG_CS] = (struct x86_segment_register){SELECTOR_USER_32, 0xc0fb};
  cpu->segment_bases[SEG_ES] = cpu->segment_bases[SEG_SS] = cpu->segment_bases[SEG_DS] = 0;
  x86_set_privilege(cpu, 3);
}

bool fixture_run(struct fixture *fixture, const char *code, unsigned length) {
  memcpy(ram_write_at(&fixture->ram, FIXTURE_CODE, length), code, length);
  fixture->cpu.rip = fixture->kernel_base + FIXTURE_CODE;
  return x86_run(&fixture->cpu, 1000) == X86_EXIT_WAIT;
}

unsigned fixture_vector(const struct fixture *fixture) {
  return (unsigned)((fixture->cpu.rip - 1 - fixture->kernel_base - FIXTURE_HANDLERS) / HANDLER_STEP);
}
