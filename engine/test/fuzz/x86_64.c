// Runs an x86-64 case on two boards (cpu.h).
#include "x86_64.h"

#include "cpu.h"
#include "cpu/x86_64/decode/code_cache.h"
#include "cpu/x86_64/decode/decode.h"
#include "cpu/x86_64/execute/execute.h"
#include "cpu/x86_64/execute/reset.h"
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/system/debug.h"
#include "cpu/x86_64/system/exception.h"
#include "cpu/x86_64/system/mmu.h"
#include "cpu/x86_64/system/privilege.h"
#include "devices.h"
#include "machine/x86_board.h"
#include "translate/x86_64/translator.h"
#include "translation.h"

#include <stdio.h>
#include <string.h>

enum { SLICES_MAX = 8, SLICE_MAX = 600 };
// 64 elements of a string at most count as one instruction.
enum { STEPS_MAX = 100000 };
_Static_assert(STEPS_MAX > 2 * 64 * SLICE_MAX, "more than a slice can be");
// A run may go on for as long as control only goes forward in a page.
enum { OVERRUN_MAX = PAGE_SIZE };
enum { TSC_PER_SLICE = 20000, TSC_PER_COUNT = 40, APIC_ENABLED = 0x1ff };
// Bits of the page tables' entries that the processor itself sets: accessed and dirty.
#define ENTRY_MARKS UINT64_C(0x60)
#define TSC_AT_START UINT64_C(1000000)

struct machine {
  struct x86_board board;
  uint64_t tsc; // stands still while a slice runs
  uint8_t random;
  uint64_t port_writes; // a sum of what was written
};

static struct machine normal, stepped, normal_at_reset, stepped_at_reset;
static struct fuzz_start start;

static uint64_t read_tsc(void *owner) {
  return ((const struct machine *)owner)->tsc;
}

static void interrupt_pending(void *owner, bool pending) {
  ((struct machine *)owner)->board.cpu.interrupt = pending;
}

static void nonmaskable(void *owner) {
  ((struct machine *)owner)->board.cpu.nmi = true;
}

static void end_of_interrupt(void *owner, unsigned vector) {
  io_apic_end_of_interrupt(&((struct machine *)owner)->board.io_apic, vector);
}

static void timer_changed(void *owner) {
  (void)owner;
}

static unsigned acknowledge(void *owner) {
  return local_apic_acknowledge(&((struct machine *)owner)->board.apic);
}

enum { MSR_TSC_DEADLINE = 0x6e0 };

static bool read_msr(void *owner, uint32_t number, uint64_t *value) {
  *value = local_apic_deadline(&((const struct machine *)owner)->board.apic);
  return number == MSR_TSC_DEADLINE;
}

static bool write_msr(void *owner, uint32_t number, uint64_t value) {
  if (number == MSR_TSC_DEADLINE)
    local_apic_set_deadline(&((struct machine *)owner)->board.apic, value);
  return number == MSR_TSC_DEADLINE;
}

static void set_task_priority(void *owner, uint64_t priority) {
  local_apic_set_task_priority(&((struct machine *)owner)->board.apic, (uint32_t)priority << 4);
}

static uint32_t port_read(void *owner, uint16_t port, unsigned size) {
  (void)owner;
  return port * 0x01010101U * size;
}

static void port_write(void *owner, uint16_t port, unsigned size, uint32_t value) {
  struct machine *machine = owner;
  machine->port_writes = machine->port_writes * 31 + port + value * size;
}

static void connect(struct machine *machine) {
  struct x86_board *board = &machine->board;
  struct x86_cpu *cpu = &board->cpu;
  board->common.virtio_base = X86_VIRTIO_BASE;
  board->common.line = (struct interrupt_line){io_apic_set_line, &board->io_apic, X86_VIRTIO_INPUT};
  board->io_apic.target = &board->apic;
  board->apic.owner = machine;
  board->apic.read_tsc = read_tsc;
  board->apic.output = interrupt_pending;
  board->apic.nonmaskable = nonmaskable;
  board->apic.end_of_interrupt = end_of_interrupt;
  board->apic.timer_changed = timer_changed;
  board->apic.tsc_per_count = TSC_PER_COUNT;
  cpu->ram = &board->common.ram;
  cpu->bus = &board->common.bus;
  cpu->board = machine;
  cpu->read_tsc = read_tsc;
  cpu->tsc_hz = 1000000000;
  cpu->acknowledge = acknowledge;
  cpu->read_msr = read_msr;
  cpu->write_msr = write_msr;
  cpu->set_task_priority = set_task_priority;
  cpu->port_read = port_read;
  cpu->port_write = port_write;
}

static bool make_machine(struct machine *machine) {
  struct x86_board *board = &machine->board;
  struct board *common = &board->common;
  connect(machine);
  machine->tsc = TSC_AT_START;
  return ram_init(&common->ram, 0, FUZZ_RAM_SIZE) && x86_init(&board->cpu) &&
         local_apic_attach(&board->apic, &common->bus) && io_apic_attach(&board->io_apic, &common->bus) &&
         fuzz_attach_devices(common, &machine->random);
}

void fuzz_init(void) {
  if (!make_machine(&normal) || !make_machine(&stepped))
    fuzz_finding("not enough memory");
  if (!x86_translate(&normal.board.cpu))
    fuzz_finding("not enough memory");
  normal_at_reset = normal;
  stepped_at_reset = stepped;
}

static void set_segments(struct x86_cpu *cpu) {
  const bool user = start.user;
  cpu->segments[SEG_CS] = (struct x86_segment_register){user ? 0x33 : 0x10, user ? 0xa0fb : 0xa09b};
  cpu->segments[SEG_SS] = (struct x86_segment_register){user ? 0x2b : 0x18, user ? 0xc0f3 : 0xc093};
  cpu->segment_bases[SEG_FS] = start.fs;
  cpu->segment_bases[SEG_GS] = start.gs;
  cpu->kernel_gs_base = start.kernel_gs;
  cpu->gdt = (struct x86_table_register){start.gdt, FUZZ_GDT_LIMIT};
  cpu->idt = (struct x86_table_register){start.idt, FUZZ_IDT_LIMIT};
  cpu->tr_base = start.tss;
  cpu->tr_limit = FUZZ_TSS_LIMIT;
}

static void set_up(struct machine *machine, const struct machine *at_reset) {
  struct x86_cpu *cpu = &machine->board.cpu;
  code_cache_drop_all(cpu);
  const uint32_t generation = cpu->generation;
  *machine = *at_reset;
  cpu->generation = generation;
  memcpy(ram_write_at(cpu->ram, 0, FUZZ_RAM_SIZE), start.ram, FUZZ_RAM_SIZE);
  memcpy(cpu->r, start.r, sizeof start.r);
  memcpy(cpu->xmm, start.xmm, sizeof start.xmm);
  cpu->rip = start.rip;
  x86_set_flags(cpu, start.flags);
  cpu->rflags = start.flags & ~FLAGS_ARITHMETIC & ~FLAG_ONE;
  cpu->cr0 = start.cr0;
  cpu->cr3 = start.cr3;
  cpu->cr4 = start.cr4;
  cpu->efer = start.efer;
  cpu->star = start.star;
  cpu->lstar = start.lstar;
  cpu->fmask = start.fmask;
  cpu->mxcsr = start.mxcsr;
  set_segments(cpu);
  for (unsigned i = 0; i < 4; i++)
    x86_write_debug(cpu, i, start.dr[i]);
  x86_write_debug(cpu, 7, start.dr7);
  machine->board.apic.spurious = APIC_ENABLED;
  x86_set_privilege(cpu, start.user ? 3 : 0);
}

// Executes one instruction as it is done behind STI: decoded for itself, without a TLB.
static enum x86_exit step(struct x86_cpu *cpu) {
  if (x86_interrupt_pending(cpu) && !cpu->after_sti)
    x86_deliver_interrupt(cpu);
  if (!cpu->breakpoints && !(cpu->rflags & FLAG_TF))
    cpu->after_sti = true;
  return x86_run(cpu, 1);
}

static void compare_system(const struct x86_cpu *a, const struct x86_cpu *b) {
  for (unsigned i = 0; i < X86_SEGMENTS; i++) {
    fuzz_same("segment", i, a->segments[i].selector, b->segments[i].selector);
    fuzz_same("attributes of segment", i, a->segments[i].attributes, b->segments[i].attributes);
    fuzz_same("base of segment", i, a->segment_bases[i], b->segment_bases[i]);
  }
  fuzz_same("cr0", 0, a->cr0, b->cr0);
  fuzz_same("cr2", 0, a->cr2, b->cr2);
  fuzz_same("cr3", 0, a->cr3, b->cr3);
  fuzz_same("cr4", 0, a->cr4, b->cr4);
  fuzz_same("cr8", 0, a->cr8, b->cr8);
  fuzz_same("efer", 0, a->efer, b->efer);
  fuzz_same("lstar", 0, a->lstar, b->lstar);
  fuzz_same("gdt", 0, a->gdt.base, b->gdt.base);
  fuzz_same("idt", 0, a->idt.base, b->idt.base);
  fuzz_same("tr", 0, a->tr_base, b->tr_base);
  fuzz_same("kernel gs", 0, a->kernel_gs_base, b->kernel_gs_base);
  fuzz_same("tsc offset", 0, a->tsc_offset, b->tsc_offset);
  fuzz_same("interrupt", 0, a->interrupt, b->interrupt);
  fuzz_same("nmi", 0, a->nmi + 2 * a->nmi_blocked, b->nmi + 2 * b->nmi_blocked);
  for (unsigned i = 0; i < 8; i++)
    fuzz_same("dr", i, a->dr[i], b->dr[i]);
}

static void compare_registers(const struct x86_cpu *a, const struct x86_cpu *b) {
  fuzz_same("rip", 0, a->rip, b->rip);
  fuzz_same("privilege", 0, a->mode, b->mode);
  fuzz_same("flags", 0, x86_rflags(a), x86_rflags(b));
  fuzz_same("mxcsr", 0, a->mxcsr, b->mxcsr);
  for (unsigned i = 0; i < X86_REGISTERS; i++)
    fuzz_same("register", i, a->r[i], b->r[i]);
  for (unsigned i = 0; i < 32; i++)
    fuzz_same("half of xmm", i, a->xmm[i / 2].q[i % 2], b->xmm[i / 2].q[i % 2]);
  for (unsigned i = 0; i < 8; i++) {
    fuzz_same("x87 significand", i, a->x87.registers[i].significand, b->x87.registers[i].significand);
    fuzz_same("x87 exponent", i, a->x87.registers[i].sign_exponent, b->x87.registers[i].sign_exponent);
  }
  fuzz_same("x87 control", 0, a->x87.control, b->x87.control);
  fuzz_same("x87 status", 0, a->x87.status, b->x87.status);
  fuzz_same("x87 top", 0, a->x87.top, b->x87.top);
  fuzz_same("x87 registers used", 0, a->x87.used, b->x87.used);
  fuzz_same("x87 instruction", 0, a->x87.instruction, b->x87.instruction);
  fuzz_same("x87 operand", 0, a->x87.operand, b->x87.operand);
}

static void compare(void) {
  compare_registers(&normal.board.cpu, &stepped.board.cpu);
  compare_system(&normal.board.cpu, &stepped.board.cpu);
  fuzz_same("ports", 0, normal.port_writes, stepped.port_writes);
  for (unsigned i = 0; i < APIC_VECTOR_WORDS; i++) {
    fuzz_same("requested", i, normal.board.apic.requested[i], stepped.board.apic.requested[i]);
    fuzz_same("in service", i, normal.board.apic.in_service[i], stepped.board.apic.in_service[i]);
  }
  fuzz_same_memory(&normal.board.common, &stepped.board.common, FUZZ_RAM_SIZE);
}

// Then the machine with a TLB may go by what was there before.
static bool tables_changed(const struct machine *machine) {
  const size_t from = FUZZ_TABLES * PAGE_SIZE, size = (FUZZ_TABLES_END - FUZZ_TABLES) * PAGE_SIZE;
  return fuzz_tables_differ(start.ram + from, machine->board.common.ram.host + from, size, ENTRY_MARKS);
}

static void show(const struct x86_cpu *cpu) {
  if (fuzz_shows())
    fprintf(stderr, "%s %8llu %u %016llx flags %llx rsp %llx\n", cpu == &normal.board.cpu ? "=" : " ",
            (unsigned long long)x86_instret(cpu), cpu->mode, (unsigned long long)cpu->rip,
            (unsigned long long)x86_rflags(cpu), (unsigned long long)cpu->r[RSP]);
}

// The bytes that are about to be executed, of the next page only where reading them leaves no trace. None if something
// else comes first.
static void read_code(const struct x86_cpu *cpu, uint8_t *bytes) {
  // Executing it finds the code, and marks the page as used, in the same way. No TLB is asked.
  static struct x86_cpu copy;
  const size_t room = PAGE_SIZE - (cpu->rip & (PAGE_SIZE - 1)), first = room < X86_LENGTH_MAX ? room : X86_LENGTH_MAX;
  struct tlb_page page;
  memset(bytes, 0, X86_LENGTH_MAX);
  if (x86_interrupt_pending(cpu) || cpu->breakpoints)
    return;
  memcpy(&copy, cpu, offsetof(struct x86_cpu, empty_tlb));
  if (!x86_translate_fetch(&copy, cpu->rip, &page))
    return;
  memcpy(bytes, ram_read_at(cpu->ram, page.physical, 1), first);
  if (first < X86_LENGTH_MAX && x86_look_fetch(&copy, cpu->rip + first, &page))
    memcpy(bytes + first, ram_read_at(cpu->ram, page.physical, 1), X86_LENGTH_MAX - first);
}

static void show_code(const uint8_t *bytes) {
  for (unsigned i = 0; fuzz_shows() && i < X86_LENGTH_MAX; i++)
    fprintf(stderr, i == 0 ? "  %02x" : i < X86_LENGTH_MAX - 1 ? " %02x" : " %02x\n", bytes[i]);
}

static bool is_same_x87(const struct x86_x87 *a, const struct x86_x87 *b) {
  for (unsigned i = 0; i < 8; i++) {
    if (a->registers[i].significand != b->registers[i].significand ||
        a->registers[i].sign_exponent != b->registers[i].sign_exponent)
      return false;
  }
  return a->top == b->top && a->used == b->used && a->status == b->status && a->control == b->control;
}

// A loop comes by the same place again and again, and what it changes may be anywhere, or nothing but ports.
static bool is_where_normal_is(const struct x86_cpu *cpu) {
  const struct x86_cpu *other = &normal.board.cpu;
  return cpu->rip == other->rip && memcmp(cpu->r, other->r, sizeof cpu->r) == 0 &&
         stepped.port_writes == normal.port_writes && x86_rflags(cpu) == x86_rflags(other) &&
         cpu->mxcsr == other->mxcsr && memcmp(cpu->xmm, other->xmm, sizeof cpu->xmm) == 0 &&
         is_same_x87(&cpu->x87, &other->x87) && memcmp(cpu->ram->host, other->ram->host, FUZZ_RAM_SIZE) == 0;
}

// Steps to where the other machine is: until as many instructions are executed. A repeated string instruction counts
// by what it does at a time, and alone that is one element, so that more are counted here: behind one of them registers
// and memory say where to end.
// False if that cannot be compared.
static bool follow(enum x86_exit expected) {
  struct x86_cpu *cpu = &stepped.board.cpu;
  const uint64_t end = x86_instret(&normal.board.cpu);
  enum x86_exit reason = X86_EXIT_BUDGET;
  bool known = true, repeated = false;
  uint8_t bytes[X86_LENGTH_MAX], bytes_now[X86_LENGTH_MAX];
  for (unsigned steps = 0; steps < STEPS_MAX && reason == X86_EXIT_BUDGET; steps++) {
    const uint64_t rip = cpu->rip;
    const bool there = x86_instret(cpu) >= end && (!repeated || is_where_normal_is(cpu));
    if (there && expected == X86_EXIT_BUDGET)
      break;
    show(cpu);
    read_code(cpu, bytes);
    show_code(bytes);
    known = known && fuzz_knows_cr3(cpu->cr3);
    reason = step(cpu);
    if (cpu->rip != rip)
      continue;
    repeated = true;
    read_code(cpu, bytes_now); // an instruction may write over itself while it is repeated: when is that seen?
    known = known && memcmp(bytes, bytes_now, sizeof bytes) == 0;
  }
  // Both are asked: what one of them has written over and over may be what it was again.
  if (!known || !fuzz_knows_cr3(cpu->cr3) || tables_changed(&normal) || tables_changed(&stepped))
    return false;
  if (!repeated)
    fuzz_same("instructions", 0, end, x86_instret(cpu));
  cpu->instret_end += end - x86_instret(cpu);
  fuzz_same("why it paused", 0, expected, reason);
  return true;
}

// As the board does between two slices, and what comes from outside.
static void between(struct dice *dice, struct machine *machine) {
  struct x86_board *board = &machine->board;
  switch (roll(dice, 5)) {
  case 0: local_apic_raise(&board->apic, roll(dice, 256), one_in(dice, 2)); break;
  case 1: io_apic_set_line(&board->io_apic, roll(dice, 8), !one_in(dice, 3)); break;
  case 2: board->cpu.nmi = board->cpu.nmi || one_in(dice, 4); break;
  default: break;
  }
  machine->tsc += TSC_PER_SLICE;
  if (machine->tsc >= board->apic.deadline)
    local_apic_timer(&board->apic);
}

// Runs both. False if they cannot be compared.
static bool run_slice(int32_t budget, enum x86_exit *reason) {
  struct x86_cpu *cpu = &normal.board.cpu;
  const uint64_t before = x86_instret(cpu);
  fuzz_translation_begin();
  *reason = x86_run(cpu, budget);
  fuzz_translation_end();
  const uint64_t done = x86_instret(cpu) - before;
  fuzz_count.instructions += done;
  fuzz_count.waits += *reason == X86_EXIT_WAIT;
  fuzz_count.shutdowns += *reason == X86_EXIT_SHUTDOWN;
  if (done > (uint64_t)budget + OVERRUN_MAX)
    fuzz_finding("%llu instructions with a budget of %d", (unsigned long long)done, (int)budget);
  show(&normal.board.cpu);
  if (!follow(*reason))
    return false;
  compare();
  return true;
}

enum fuzz_end fuzz_case(struct dice *dice) {
  fuzz_translation_case(*dice);
  fuzz_program(dice, &start);
  set_up(&normal, &normal_at_reset);
  set_up(&stepped, &stepped_at_reset);
  if (one_in(dice, 2))
    fuzz_start_devices(dice, &normal.board.common, &stepped.board.common, 0, FUZZ_DATA_PAGES);
  enum x86_exit reason = X86_EXIT_BUDGET;
  for (unsigned slice = 0; slice < SLICES_MAX && reason != X86_EXIT_SHUTDOWN; slice++) {
    int32_t budget = 1 + (int32_t)roll(dice, SLICE_MAX);
    const int32_t piece = fuzz_shows() ? 1 : budget;
    do {
      if (!run_slice(piece, &reason))
        return FUZZ_UNCOMPARED;
      budget -= piece;
    } while (budget > 0 && reason == X86_EXIT_BUDGET);
    struct dice same = *dice;
    between(dice, &normal);
    between(&same, &stepped);
  }
  return FUZZ_AGREED;
}
