#include "cpu/x86_64/decode/code_cache.h"
#include "cpu/x86_64/execute/execute.h"
#include "cpu/x86_64/execute/reset.h"
#include "machine/board_attach.h"
#include "machine/board_wait.h"
#include "machine/machine.h"
#include "machine/x86_board.h"
#include "machine/x86_boot.h"
#include "machine/x86_missing.h"
#include "translate/x86_64/translator.h"

enum { SLICE = 65536 }; // instructions between two looks at timer and input
enum { TSC_HZ = 1000000000, TSC_PER_TICK = TSC_HZ / CLOCK_HZ, TSC_PER_APIC_COUNT = 40 };
enum { MSR_APIC_BASE = 0x1b, MSR_TSC_DEADLINE = 0x6e0 };
#define APIC_BASE_VALUE (LOCAL_APIC_BASE | 0x900) // enabled, the bootstrap processor

// I/O ports. What is not there reads as ones; CMOS as zeros (no clock: init sets the time).
enum {
  PORT_PIC_1 = 0x21,
  PORT_KEYBOARD = 0x64,
  PORT_CMOS_DATA = 0x71,
  PORT_PIC_2 = 0xa1,
  PORT_SERIAL = 0x3f8,
  PORT_SERIAL_STATUS = 0x3fd,
  KEYBOARD_RESET = 0xfe,
  SERIAL_EMPTY = 0x60
};

static struct x86_board machine;

static uint64_t instret(const struct board *board) {
  return x86_instret(&((const struct x86_board *)(const void *)board)->cpu);
}

static uint64_t read_tsc(void *owner) {
  struct x86_board *board = owner;
  return clock_now(&board->common.clock, x86_instret(&board->cpu)) * TSC_PER_TICK;
}

// What programs read: they compare two values, and the later one is the greater (SDM 3B, 18.17).
static uint64_t read_growing_tsc(void *owner) {
  struct x86_board *board = owner;
  const uint64_t now = clock_parts(&board->common.clock, x86_instret(&board->cpu), TSC_PER_TICK);
  board->last_tsc = now > board->last_tsc ? now : board->last_tsc + 1;
  return board->last_tsc;
}

static void interrupt_pending(void *owner, bool pending) {
  struct x86_board *board = owner;
  board->cpu.interrupt = pending;
}

static void nonmaskable(void *owner) {
  struct x86_board *board = owner;
  board->cpu.nmi = true;
}

static void end_of_interrupt(void *owner, unsigned vector) {
  struct x86_board *board = owner;
  io_apic_end_of_interrupt(&board->io_apic, vector);
}

static void timer_changed(void *owner) {
  struct x86_board *board = owner;
  const uint64_t deadline = board->apic.deadline;
  board->common.clock.deadline = deadline == APIC_NEVER ? CLOCK_NEVER : (deadline + TSC_PER_TICK - 1) / TSC_PER_TICK;
}

static unsigned acknowledge(void *owner) {
  struct x86_board *board = owner;
  return local_apic_acknowledge(&board->apic);
}

static bool read_msr(void *owner, uint32_t number, uint64_t *value) {
  const struct x86_board *board = owner;
  switch (number) {
  case MSR_APIC_BASE: *value = APIC_BASE_VALUE; return true;
  case MSR_TSC_DEADLINE: *value = local_apic_deadline(&board->apic); return true;
  default: return false;
  }
}

static bool write_msr(void *owner, uint32_t number, uint64_t value) {
  struct x86_board *board = owner;
  switch (number) {
  case MSR_APIC_BASE: return value == APIC_BASE_VALUE; // it cannot be moved or turned off
  case MSR_TSC_DEADLINE: local_apic_set_deadline(&board->apic, value); return true;
  default: return false;
  }
}

static void set_task_priority(void *owner, uint64_t priority) {
  struct x86_board *board = owner;
  local_apic_set_task_priority(&board->apic, (uint32_t)priority << 4);
}

// The interrupt controllers of the PC are there only as far as Linux asks whether they are: their masks can be read
// back.
static uint32_t port_read(void *owner, uint16_t port, unsigned size) {
  const struct x86_board *board = owner;
  (void)size;
  switch (port) {
  case PORT_PIC_1: return board->pic_masks[0];
  case PORT_PIC_2: return board->pic_masks[1];
  case PORT_CMOS_DATA: return 0;
  case PORT_SERIAL_STATUS: return SERIAL_EMPTY;
  default: return UINT32_MAX;
  }
}

static void port_write(void *owner, uint16_t port, unsigned size, uint32_t value) {
  struct x86_board *board = owner;
  (void)size;
  switch (port) {
  case PORT_PIC_1: board->pic_masks[0] = (uint8_t)value; break;
  case PORT_PIC_2: board->pic_masks[1] = (uint8_t)value; break;
  case PORT_SERIAL: kernel_log_put(&board->common.log, (char)value); break;
  case PORT_KEYBOARD:
    if ((value & 0xff) == KEYBOARD_RESET)
      board->common.state = BOARD_REBOOTED;
    break;
  default: break;
  }
}

static void connect(struct x86_board *board, const struct options *options) {
  struct board *common = &board->common;
  common->log.show = options->kernel_log;
  common->log.said = x86_kernel_said;
  common->log.owner = board;
  common->instret = instret;
  common->virtio_base = X86_VIRTIO_BASE;
  common->line = (struct interrupt_line){io_apic_set_line, &board->io_apic, X86_VIRTIO_INPUT};
  clock_init(&common->clock, options->deterministic);
  board->io_apic.target = &board->apic;
  board->apic.owner = board;
  board->apic.read_tsc = read_tsc;
  board->apic.output = interrupt_pending;
  board->apic.nonmaskable = nonmaskable;
  board->apic.end_of_interrupt = end_of_interrupt;
  board->apic.timer_changed = timer_changed;
  board->apic.tsc_per_count = TSC_PER_APIC_COUNT;
  board->cpu.ram = &common->ram;
  board->cpu.bus = &common->bus;
  board->cpu.board = board;
  board->cpu.read_tsc = read_growing_tsc;
  board->cpu.tsc_hz = TSC_HZ;
  board->cpu.acknowledge = acknowledge;
  board->cpu.read_msr = read_msr;
  board->cpu.write_msr = write_msr;
  board->cpu.set_task_priority = set_task_priority;
  board->cpu.port_read = port_read;
  board->cpu.port_write = port_write;
}

struct board *machine_create(struct options *options, const char **error) {
  struct x86_board *board = &machine;
  struct board *common = &board->common;
  connect(board, options);
  *error = "the host has not enough memory for the guest: give a lower --memory";
  if (!board_reserve(options, x86_memory_needed) || !ram_init(&common->ram, 0, options->memory) ||
      !x86_init(&board->cpu))
    return NULL;
  *error = "the board has more devices than interrupts: share fewer directories";
  if (X86_VIRTIO_INPUT + board_device_count(options) > X86_INPUTS_END ||
      !local_apic_attach(&board->apic, &common->bus) || !io_apic_attach(&board->io_apic, &common->bus) ||
      !board_attach_devices(common, options, error))
    return NULL;
  return x86_board_boot(board, options, error) ? common : NULL;
}

// Halted with interrupts off, a processor never goes on: so Linux powers off where there is no power switch.
static void wait(struct x86_board *board) {
  if (!(board->cpu.rflags & FLAG_IF))
    board->common.state = BOARD_SHUT_DOWN;
  else if (!board->cpu.interrupt)
    board_wait(&board->common);
}

bool machine_translate(void) {
  return x86_translate(&machine.cpu);
}

void machine_run(struct board *common) {
  struct x86_board *board = &machine;
  bool halted = false;
  while (common->state == BOARD_RUNNING) {
    const uint64_t retired = x86_instret(&board->cpu);
    if (clock_sample(&common->clock, retired) >= common->clock.deadline)
      local_apic_timer(&board->apic);
    if (halted && !board->cpu.interrupt) {
      board_wait(common);
      continue;
    }
    halted = false;
    switch (x86_run(&board->cpu, clock_budget(&common->clock, retired, SLICE))) {
    case X86_EXIT_BUDGET: board_poll_inputs(common); break;
    case X86_EXIT_WAIT:
      halted = true;
      wait(board);
      break;
    case X86_EXIT_SHUTDOWN: common->state = BOARD_REBOOTED; break;
    }
  }
}
