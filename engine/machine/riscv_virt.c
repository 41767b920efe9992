#include "cpu/riscv64/code_cache.h"
#include "cpu/riscv64/execute.h"
#include "cpu/riscv64/trap.h"
#include "host/host.h"
#include "machine/board_attach.h"
#include "machine/board_wait.h"
#include "machine/launch.h"
#include "machine/machine.h"
#include "machine/riscv_board.h"
#include "machine/riscv_tree.h"
#include "machine/sbi.h"
#include "translate/riscv64/translator.h"

#include <string.h>

// The kernel's image header says where it wants to be and how much it needs with its zeroed data (Linux,
// Documentation/riscv/boot-image-header.rst).
enum {
  HEADER_TEXT_OFFSET = 8,
  HEADER_IMAGE_SIZE = 16,
  HEADER_MAGIC = 56,
  HEADER_SIZE = 64,
  MAGIC = 0x05435352 // "RSC\x05"
};

enum { A0 = 10, A1 = 11, ALIGNMENT = 1 << 21, DEVICE_TREE_MAX = 16384 };
enum { SLICE = 65536 }; // instructions between two looks at timer and input

static struct riscv_board machine;

static void external_interrupt(void *owner, bool pending) {
  riscv_set_interrupt(owner, INTERRUPT_EXTERNAL, pending);
}

static uint64_t read_time(void *owner) {
  struct riscv_board *board = owner;
  return clock_now(&board->common.clock, riscv_instret(&board->cpu));
}

static uint64_t instret(const struct board *board) {
  return riscv_instret(&((const struct riscv_board *)(const void *)board)->cpu);
}

static uint64_t align_up(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// In memory from low to high: kernel, initramfs with the launch description's archive, device tree.
static bool load(struct riscv_board *board, const struct options *options, const char **error) {
  uint8_t header[HEADER_SIZE];
  uint64_t text_offset, image_size;
  uint32_t magic;
  *error = "the kernel image in this module is damaged";
  if (host_part_size(HOST_KERNEL) < HEADER_SIZE)
    return false;
  host_part_read(HOST_KERNEL, 0, header, sizeof header);
  memcpy(&text_offset, header + HEADER_TEXT_OFFSET, sizeof text_offset);
  memcpy(&image_size, header + HEADER_IMAGE_SIZE, sizeof image_size);
  memcpy(&magic, header + HEADER_MAGIC, sizeof magic);
  const uint64_t kernel = board->common.ram.base + text_offset;
  if (magic != MAGIC || !ram_contains(&board->common.ram, kernel, image_size))
    return false;
  *error = "kernel, initramfs and launch description do not fit in the guest's memory: raise --memory";
  struct launch launch;
  const uint64_t initramfs = align_up(kernel + image_size, ALIGNMENT);
  const uint64_t launch_at = align_up(initramfs + host_part_size(HOST_INITRAMFS), 4);
  if (!launch_build(&launch, options, board_time_at_reset_ns(options)))
    return false;
  const uint64_t end = launch_at + launch.size, tree_at = align_up(end, PAGE_SIZE);
  uint8_t *launch_target = ram_write_at(&board->common.ram, launch_at, launch.size);
  uint8_t *tree_target = ram_write_at(&board->common.ram, tree_at, DEVICE_TREE_MAX);
  if (!launch_target || !tree_target || !board_load_part(&board->common, HOST_KERNEL, kernel) ||
      !board_load_part(&board->common, HOST_INITRAMFS, initramfs))
    return false;
  memcpy(launch_target, launch.bytes, launch.size);
  if (!riscv_board_device_tree(board, options, initramfs, end, tree_target, DEVICE_TREE_MAX))
    return false;
  board->cpu.pc = kernel;
  board->cpu.x[A0] = 0;
  board->cpu.x[A1] = tree_at;
  return true;
}

struct board *machine_create(struct options *options, const char **error) {
  struct riscv_board *board = &machine;
  struct board *common = &board->common;
  common->log.show = options->kernel_log;
  common->instret = instret;
  common->virtio_base = RISCV_VIRTIO_BASE;
  common->line = (struct interrupt_line){plic_set_line, &board->plic, 1};
  clock_init(&common->clock, options->deterministic);
  board->cpu.ram = &common->ram;
  board->cpu.bus = &common->bus;
  board->cpu.board = board;
  board->cpu.read_time = read_time;
  board->plic.output = external_interrupt;
  board->plic.owner = &board->cpu;
  *error = "the host has not enough memory for the guest: give a lower --memory";
  if (!board_reserve(options, riscv_memory_needed))
    return NULL;
  if (!ram_init(&common->ram, RISCV_RAM_BASE, options->memory) || !riscv_init(&board->cpu))
    return NULL;
  *error = "the board has more devices than its bus takes";
  if (!plic_attach(&board->plic, &common->bus, RISCV_PLIC_BASE) || !board_attach_devices(common, options, error))
    return NULL;
  return load(board, options, error) ? common : NULL;
}

// A deadline that has passed is none: a guest with the timer's interrupt off may wait for something else.
static void check_timer(struct riscv_board *board, uint64_t now) {
  if (now < board->common.clock.deadline)
    return;
  riscv_set_interrupt(&board->cpu, INTERRUPT_TIMER, true);
  board->common.clock.deadline = CLOCK_NEVER;
}

bool machine_translate(void) {
  return riscv_translate(&machine.cpu);
}

void machine_run(struct board *common) {
  struct riscv_board *board = &machine;
  while (common->state == BOARD_RUNNING) {
    const uint64_t retired = riscv_instret(&board->cpu);
    check_timer(board, clock_sample(&common->clock, retired));
    switch (riscv_run(&board->cpu, clock_budget(&common->clock, retired, SLICE))) {
    case EXIT_BUDGET: board_poll_inputs(common); break;
    case EXIT_WAIT: board_wait(common); break;
    case EXIT_SBI: riscv_board_sbi(board); break;
    }
  }
}
