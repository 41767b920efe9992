// Runs a riscv64 case on two boards (cpu.h).
#include "riscv64.h"

#include "cpu.h"
#include "cpu/riscv64/code_cache.h"
#include "cpu/riscv64/execute.h"
#include "cpu/riscv64/mmu.h"
#include "cpu/riscv64/trap.h"
#include "devices.h"
#include "machine/riscv_board.h"
#include "machine/sbi.h"
#include "translate/riscv64/translator.h"
#include "translation.h"

#include <stdio.h>
#include <string.h>

enum { SLICES_MAX = 8, SLICE_MAX = 600 };
// A run may go on to the end of a basic block, which is at most a page.
enum { OVERRUN_MAX = PAGE_SIZE / 2 + 4 };
// Bits of the page tables' entries that the processor itself sets: accessed and dirty.
#define ENTRY_MARKS UINT64_C(0xc0)

struct machine {
  struct riscv_board board;
  uint8_t random; // what the entropy device gives next
};

// What both are at the start, but for memory.
static struct machine normal, stepped, normal_at_reset, stepped_at_reset;
static struct fuzz_start start;

static void external_interrupt(void *owner, bool pending) {
  riscv_set_interrupt(owner, INTERRUPT_EXTERNAL, pending);
}

static uint64_t read_time(void *owner) {
  struct riscv_board *board = owner;
  return clock_now(&board->common.clock, riscv_instret(&board->cpu));
}

static bool make_machine(struct machine *machine) {
  struct riscv_board *board = &machine->board;
  struct board *common = &board->common;
  common->virtio_base = RISCV_VIRTIO_BASE;
  common->line = (struct interrupt_line){plic_set_line, &board->plic, 1};
  clock_init(&common->clock, true);
  board->cpu.ram = &common->ram;
  board->cpu.bus = &common->bus;
  board->cpu.board = board;
  board->cpu.read_time = read_time;
  board->plic.output = external_interrupt;
  board->plic.owner = &board->cpu;
  return ram_init(&common->ram, FUZZ_RAM_BASE, FUZZ_RAM_SIZE) && riscv_init(&board->cpu) &&
         plic_attach(&board->plic, &common->bus, RISCV_PLIC_BASE) && fuzz_attach_devices(common, &machine->random);
}

void fuzz_init(void) {
  if (!make_machine(&normal) || !make_machine(&stepped))
    fuzz_finding("not enough memory");
  if (!riscv_translate(&normal.board.cpu))
    fuzz_finding("not enough memory");
  normal_at_reset = normal;
  stepped_at_reset = stepped;
}

static void set_up(struct machine *machine, const struct machine *at_reset) {
  struct riscv_cpu *cpu = &machine->board.cpu;
  *machine = *at_reset;
  memcpy(ram_write_at(cpu->ram, FUZZ_RAM_BASE, FUZZ_RAM_SIZE), start.ram, FUZZ_RAM_SIZE);
  memcpy(cpu->x, start.x, sizeof start.x);
  memcpy(cpu->f, start.f, sizeof start.f);
  cpu->pc = start.pc;
  cpu->mode = start.mode;
  cpu->sstatus = start.sstatus;
  cpu->sie = start.sie;
  cpu->stvec = start.stvec;
  cpu->sscratch = start.sscratch;
  cpu->satp = start.satp;
  riscv_select_view(cpu);
}

static void stop_at(struct code_page *page, unsigned slot, uint64_t *stopped) {
  if (slot >= CODE_SLOTS)
    return;
  page->ops[slot] = (struct riscv_op){.code = RV_JAL, .rd = stopped};
  page->used_last = (uint16_t)(slot > page->used_last ? slot : page->used_last);
}

// Where does an op jump forward in its page? The budget is not looked at there. 0: nowhere.
static unsigned forward(const struct code_page *page, const struct riscv_op *op) {
  const bool jumps = op->code == RV_JAL || (op->code >= RV_BEQ && op->code <= RV_BGEU);
  return jumps && op->imm > 0 ? (unsigned)(op - page->ops) + (unsigned)op->imm / sizeof *op : 0;
}

// Executes the instruction at pc alone: behind it in its page, and where it jumps to, is an op that jumps to itself,
// where the budget ends.
static enum riscv_exit step(struct riscv_cpu *cpu) {
  uint64_t stopped = UINT64_MAX;
  struct tlb_page translated;
  if (riscv_interrupt_pending(cpu))
    riscv_take_interrupt(cpu);
  const uint64_t before = cpu->instret_end;
  if (riscv_translate_fetch(cpu, cpu->pc, &translated)) {
    const uint64_t frame = translated.physical & TLB_PAGE_MASK;
    ram_write_at(cpu->ram, frame, 1); // forgets what was decoded
    struct code_page *page = code_cache_page(cpu, frame);
    struct riscv_op *op = &page->ops[(cpu->pc & (PAGE_SIZE - 1)) >> 1];
    page->ops[SLOT_STRADDLE].code = RV_DECODE;
    code_cache_decode(cpu, page, op);
    if (op->code != RV_STRADDLE) {
      const unsigned target = forward(page, op);
      stop_at(page, (unsigned)(op - page->ops) + code_length(op->step) / 2, &stopped);
      if (target)
        stop_at(page, target, &stopped);
    }
  }
  const enum riscv_exit reason = riscv_run(cpu, 1);
  if (stopped != UINT64_MAX)
    cpu->instret_end = before + 1; // the stop is no instruction
  return reason;
}

static void compare_registers(const struct riscv_cpu *a, const struct riscv_cpu *b) {
  fuzz_same("pc", 0, a->pc, b->pc);
  fuzz_same("mode", 0, a->mode, b->mode);
  for (unsigned i = 0; i < X_COUNT; i++)
    fuzz_same("x", i, a->x[i], b->x[i]);
  for (unsigned i = 0; i < F_COUNT; i++)
    fuzz_same("f", i, a->f[i], b->f[i]);
  fuzz_same("fflags", 0, a->fflags, b->fflags);
  fuzz_same("frm", 0, a->frm, b->frm);
  fuzz_same("reservation", 0, a->reserved, b->reserved);
  fuzz_same("sstatus", 0, a->sstatus, b->sstatus);
  fuzz_same("sie", 0, a->sie, b->sie);
  fuzz_same("sip", 0, a->sip, b->sip);
  fuzz_same("stvec", 0, a->stvec, b->stvec);
  fuzz_same("sscratch", 0, a->sscratch, b->sscratch);
  fuzz_same("sepc", 0, a->sepc, b->sepc);
  fuzz_same("scause", 0, a->scause, b->scause);
  fuzz_same("stval", 0, a->stval, b->stval);
  fuzz_same("satp", 0, a->satp, b->satp);
}

static void compare(void) {
  const struct plic *plics[] = {&normal.board.plic, &stepped.board.plic};
  compare_registers(&normal.board.cpu, &stepped.board.cpu);
  fuzz_same("interrupts claimed", 0, plics[0]->claimed, plics[1]->claimed);
  fuzz_same("interrupt lines", 0, plics[0]->level, plics[1]->level);
  fuzz_same("deadline", 0, normal.board.common.clock.deadline, stepped.board.common.clock.deadline);
  fuzz_same_memory(&normal.board.common, &stepped.board.common, FUZZ_RAM_SIZE);
}

// Then the machine with a TLB may go by what was there before.
static bool tables_changed(const struct machine *machine) {
  const size_t from = FUZZ_TABLES * PAGE_SIZE, size = (FUZZ_TABLES_END - FUZZ_TABLES) * PAGE_SIZE;
  return fuzz_tables_differ(start.ram + from, machine->board.common.ram.host + from, size, ENTRY_MARKS);
}

static void show(const struct riscv_cpu *cpu) {
  if (fuzz_shows())
    fprintf(stderr, "%8llu %s %016llx cause %llx\n", (unsigned long long)riscv_instret(cpu),
            cpu->mode == MODE_USER ? "U" : "S", (unsigned long long)cpu->pc, (unsigned long long)cpu->scause);
}

// Steps until as many instructions are executed as on the other machine. False if that cannot be compared.
static bool follow(enum riscv_exit expected) {
  struct riscv_cpu *cpu = &stepped.board.cpu;
  const uint64_t end = riscv_instret(&normal.board.cpu);
  enum riscv_exit reason = EXIT_BUDGET;
  bool known = true;
  while (riscv_instret(cpu) < end && reason == EXIT_BUDGET) {
    show(cpu);
    known = known && fuzz_knows_satp(cpu->satp);
    reason = step(cpu);
  }
  // Both are asked: what one of them has written over and over may be what it was again.
  if (!known || !fuzz_knows_satp(cpu->satp) || tables_changed(&normal) || tables_changed(&stepped))
    return false;
  fuzz_same("instructions", 0, end, riscv_instret(cpu));
  fuzz_same("why it paused", 0, expected, reason);
  return true;
}

static void interrupt(struct dice *dice, struct machine *machine) {
  switch (roll(dice, 4)) {
  case 0: riscv_set_interrupt(&machine->board.cpu, INTERRUPT_TIMER, !one_in(dice, 3)); break;
  case 1: riscv_set_interrupt(&machine->board.cpu, INTERRUPT_SOFTWARE, true); break;
  case 2: plic_set_line(&machine->board.plic, 1 + roll(dice, 5), !one_in(dice, 3)); break;
  default: break;
  }
}

// As the board does between two slices.
static void between(struct dice *dice, struct machine *machine, enum riscv_exit reason) {
  struct riscv_cpu *cpu = &machine->board.cpu;
  if (reason == EXIT_SBI)
    riscv_board_sbi(&machine->board);
  else
    interrupt(dice, machine);
  if (clock_sample(&machine->board.common.clock, riscv_instret(cpu)) >= machine->board.common.clock.deadline)
    riscv_set_interrupt(cpu, INTERRUPT_TIMER, true);
}

// Runs both. False if they cannot be compared.
static bool run_slice(int32_t budget, enum riscv_exit *reason) {
  struct riscv_cpu *cpu = &normal.board.cpu;
  const uint64_t before = riscv_instret(cpu);
  fuzz_translation_begin();
  *reason = riscv_run(cpu, budget);
  fuzz_translation_end();
  const uint64_t done = riscv_instret(cpu) - before;
  fuzz_count.instructions += done;
  fuzz_count.waits += *reason == EXIT_WAIT;
  if (done > (uint64_t)budget + OVERRUN_MAX)
    fuzz_finding("%llu instructions with a budget of %d", (unsigned long long)done, (int)budget);
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
    fuzz_start_devices(dice, &normal.board.common, &stepped.board.common, FUZZ_RAM_BASE, FUZZ_DATA_PAGES);
  for (unsigned slice = 0; slice < SLICES_MAX && normal.board.common.state == BOARD_RUNNING; slice++) {
    int32_t budget = 1 + (int32_t)roll(dice, SLICE_MAX);
    const int32_t piece = fuzz_shows() ? 1 : budget;
    enum riscv_exit reason;
    do {
      if (!run_slice(piece, &reason))
        return FUZZ_UNCOMPARED;
      budget -= piece;
    } while (budget > 0 && reason == EXIT_BUDGET);
    struct dice same = *dice;
    between(dice, &normal, reason);
    between(&same, &stepped, reason);
  }
  return FUZZ_AGREED;
}
