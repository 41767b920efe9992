#include "machine/riscv_virt.h"

#include "host/host.h"
#include "machine/launch.h"

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
#define INPUT_POLL_NS UINT64_C(5000000)
#define WAIT_MAX_NS UINT64_C(3600000000000)

static void external_interrupt(void *owner, bool pending) {
  riscv_set_interrupt(owner, INTERRUPT_EXTERNAL, pending);
}

static uint64_t read_time(void *owner) {
  struct riscv_board *board = owner;
  return clock_now(&board->clock, riscv_instret(&board->cpu));
}

static void read_rootfs(uint64_t offset, uint8_t *bytes, size_t length) {
  host_part_read(HOST_ROOTFS, offset, bytes, length);
}

static bool attach_virtio(struct riscv_board *board, struct virtio_device *device, unsigned number) {
  device->ram = &board->ram;
  device->plic = &board->plic;
  device->source = number + 1;
  return virtio_attach(device, &board->bus, RISCV_VIRTIO_BASE + (uint64_t)number * VIRTIO_MMIO_SIZE);
}

static bool attach_shares(struct riscv_board *board) {
  const unsigned count = shares_count();
  board->shares = host_allocate(count * sizeof *board->shares);
  for (unsigned share = 0; board->shares && share < count; share++) {
    char tag[SHARE_TAG_SIZE];
    shares_tag(share, tag);
    if (!virtio_9p_init(&board->shares[share], share, tag) ||
        !attach_virtio(board, &board->shares[share].device, RISCV_DEVICE_SHARES + share))
      return false;
  }
  return board->shares != NULL;
}

static bool attach_devices(struct riscv_board *board, const struct options *options) {
  board->plic.output = external_interrupt;
  board->plic.owner = &board->cpu;
  board->block.size = host_part_size(HOST_ROOTFS);
  board->block.read = read_rootfs;
  board->rng.fill = riscv_board_random;
  board->rng.owner = board;
  riscv_board_attach_streams(board, options);
  virtio_console_init(&board->console);
  virtio_block_init(&board->block);
  virtio_rng_init(&board->rng);
  return plic_attach(&board->plic, &board->bus, RISCV_PLIC_BASE) &&
         attach_virtio(board, &board->console.device, RISCV_DEVICE_CONSOLE) &&
         attach_virtio(board, &board->block.device, RISCV_DEVICE_BLOCK) &&
         attach_virtio(board, &board->rng.device, RISCV_DEVICE_RNG) && attach_shares(board);
}

static bool load_part(struct riscv_board *board, enum host_part part, uint64_t address) {
  const size_t size = (size_t)host_part_size(part);
  if (size == 0)
    return true;
  uint8_t *target = ram_write_at(&board->ram, address, size);
  if (target)
    host_part_read(part, 0, target, size);
  return target != NULL;
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
  const uint64_t kernel = board->ram.base + text_offset;
  if (magic != MAGIC || !ram_contains(&board->ram, kernel, image_size))
    return false;
  *error = "kernel, initramfs and launch description do not fit in the guest's memory: raise --memory";
  struct launch launch;
  const uint64_t initramfs = align_up(kernel + image_size, ALIGNMENT);
  const uint64_t launch_at = align_up(initramfs + host_part_size(HOST_INITRAMFS), 4);
  if (!launch_build(&launch, options,
                    options->deterministic ? UINT64_C(1577836800000000000) /* 2020-01-01 */ : host_realtime_ns()))
    return false;
  const uint64_t end = launch_at + launch.size, tree_at = align_up(end, PAGE_SIZE);
  uint8_t *launch_target = ram_write_at(&board->ram, launch_at, launch.size);
  uint8_t *tree_target = ram_write_at(&board->ram, tree_at, DEVICE_TREE_MAX);
  if (!launch_target || !tree_target || !load_part(board, HOST_KERNEL, kernel) ||
      !load_part(board, HOST_INITRAMFS, initramfs))
    return false;
  memcpy(launch_target, launch.bytes, launch.size);
  if (!riscv_board_device_tree(board, options, initramfs, end, tree_target, DEVICE_TREE_MAX))
    return false;
  board->cpu.pc = kernel;
  board->cpu.x[A0] = 0;
  board->cpu.x[A1] = tree_at;
  return true;
}

static bool reserve(const struct options *options) {
  enum { OTHERS = 1 << 20 };
  const uint64_t launch = 2 * host_part_size(HOST_LAUNCH);
  return host_reserve(options->memory + (options->memory >> PAGE_BITS) + riscv_memory_needed(options->memory) +
                      virtio_9p_memory(shares_count()) + launch + OTHERS);
}

bool riscv_board_init(struct riscv_board *board, const struct options *options, const char **error) {
  board->log.show = options->kernel_log;
  clock_init(&board->clock, options->deterministic);
  board->cpu.ram = &board->ram;
  board->cpu.bus = &board->bus;
  board->cpu.board = board;
  board->cpu.read_time = read_time;
  *error = "the host has not enough memory: lower --memory";
  if (!reserve(options))
    return false;
  if (!ram_init(&board->ram, RISCV_RAM_BASE, options->memory) || !riscv_init(&board->cpu))
    return false;
  *error = "the board has more devices than its bus takes";
  if (!attach_devices(board, options))
    return false;
  return load(board, options, error);
}

static void check_timer(struct riscv_board *board, uint64_t now) {
  if (now >= board->clock.deadline)
    riscv_set_interrupt(&board->cpu, INTERRUPT_TIMER, true);
}

static void poll_inputs(struct riscv_board *board) {
  const unsigned wanted = riscv_board_wanted(board);
  if (!wanted)
    return;
  const uint64_t now = host_monotonic_ns();
  if (!riscv_board_holds_input(board, wanted) && now - board->polled_ns < INPUT_POLL_NS)
    return;
  board->polled_ns = now;
  riscv_board_pump(board, host_wait(0, wanted));
}

// The guest has nothing to do until the timer or input: neither has the host.
static void wait_for_event(struct riscv_board *board) {
  const uint64_t instret = riscv_instret(&board->cpu), now = clock_sample(&board->clock, instret);
  const uint64_t deadline = board->clock.deadline;
  const unsigned wanted = riscv_board_wanted(board);
  if (riscv_board_holds_input(board, wanted)) {
    riscv_board_pump(board, 0);
    return;
  }
  if (board->clock.deterministic && deadline != CLOCK_NEVER) {
    riscv_board_pump(board, wanted ? host_wait(0, wanted) : 0);
    clock_skip_to(&board->clock, deadline, instret);
    return;
  }
  uint64_t timeout = WAIT_MAX_NS;
  if (deadline <= now)
    return;
  if (deadline - now < WAIT_MAX_NS / CLOCK_TICK_NS)
    timeout = (deadline - now) * CLOCK_TICK_NS;
  riscv_board_pump(board, host_wait(timeout, wanted));
}

void riscv_board_run(struct riscv_board *board) {
  while (board->state == BOARD_RUNNING) {
    const uint64_t instret = riscv_instret(&board->cpu);
    check_timer(board, clock_sample(&board->clock, instret));
    switch (riscv_run(&board->cpu, clock_budget(&board->clock, instret, SLICE))) {
    case EXIT_BUDGET: poll_inputs(board); break;
    case EXIT_WAIT: wait_for_event(board); break;
    case EXIT_SBI: riscv_board_sbi(board); break;
    }
  }
}
