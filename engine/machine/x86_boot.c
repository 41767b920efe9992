// From nothing to the kernel's first instruction: Linux's 64-bit boot protocol (Documentation/x86/boot.rst), an MP
// table (Intel MultiProcessor Specification 1.4) and a command line.
//
// Low memory, all of it given back but the last kilobyte:
//   0x1000 page tables   0x6000 GDT   0x7000 boot parameters   0x8000 command line   0x9000 random seed
//   0x9fc00 MP table
#include "machine/x86_boot.h"

#include "machine/board_attach.h"
#include "machine/board_io.h"
#include "machine/launch.h"

#include <stdio.h>
#include <string.h>

enum {
  PML4 = 0x1000,
  PDPT = 0x2000,
  GDT = 0x6000,
  PARAMETERS = 0x7000,
  COMMAND_LINE = 0x8000,
  SEED = 0x9000,
  MP_TABLE = 0x9fc00,
  LOW_END = 0xa0000,
  COMMAND_LINE_SIZE = 2048,
  SEED_SIZE = 64
};
#define HIGH_START UINT64_C(0x100000)

// Offsets in the boot parameters.
enum {
  PARAMETER_E820_COUNT = 0x1e8,
  PARAMETER_BOOT_FLAG = 0x1fe,
  PARAMETER_MAGIC = 0x202,
  PARAMETER_VERSION = 0x206,
  PARAMETER_LOADER = 0x210,
  PARAMETER_FLAGS = 0x211,
  PARAMETER_RAMDISK = 0x218,
  PARAMETER_RAMDISK_SIZE = 0x21c,
  PARAMETER_COMMAND_LINE = 0x228,
  PARAMETER_SETUP_DATA = 0x250,
  PARAMETER_E820 = 0x2d0,
  E820_SIZE = 20,
  E820_RAM = 1,
  SETUP_RNG_SEED = 9
};

// ELF-64, little-endian, x86-64.
enum {
  ELF_HEADER_SIZE = 64,
  ELF_MACHINE = 18,
  ELF_ENTRY = 24,
  ELF_PROGRAM_OFFSET = 32,
  ELF_PROGRAM_COUNT = 56,
  ELF_PROGRAM_SIZE = 56,
  ELF_MACHINE_X86_64 = 62,
  ELF_LOAD = 1
};

static void put(struct ram *ram, uint64_t address, uint64_t value, unsigned size) {
  memcpy(ram_write_at(ram, address, size), &value, size);
}

static uint64_t get(const uint8_t *bytes, unsigned size) {
  uint64_t value = 0;
  memcpy(&value, bytes, size);
  return value;
}

struct extent {
  uint64_t entry, end; // physical
};

static bool load_segment(struct board *board, const uint8_t *program, struct extent *kernel) {
  const uint64_t offset = get(program + 8, 8), address = get(program + 24, 8);
  const uint64_t file_size = get(program + 32, 8), memory_size = get(program + 40, 8);
  if (get(program, 4) != ELF_LOAD || memory_size == 0)
    return true;
  const uint64_t image = host_part_size(HOST_KERNEL);
  if (offset > image || file_size > image - offset || file_size > memory_size || address < HIGH_START ||
      !ram_contains(&board->ram, address, memory_size))
    return false;
  if (file_size)
    host_part_read(HOST_KERNEL, offset, ram_write_at(&board->ram, address, file_size), (size_t)file_size);
  if (address + memory_size > kernel->end)
    kernel->end = address + memory_size;
  return true;
}

static bool load_kernel(struct board *board, struct extent *kernel) {
  uint8_t header[ELF_HEADER_SIZE], program[ELF_PROGRAM_SIZE];
  const uint64_t image = host_part_size(HOST_KERNEL);
  if (image < sizeof header)
    return false;
  host_part_read(HOST_KERNEL, 0, header, sizeof header);
  if (memcmp(header,
             "\x7f"
             "ELF\x02\x01",
             6) != 0 ||
      get(header + ELF_MACHINE, 2) != ELF_MACHINE_X86_64)
    return false;
  kernel->entry = get(header + ELF_ENTRY, 8);
  kernel->end = HIGH_START;
  const uint64_t table = get(header + ELF_PROGRAM_OFFSET, 8), count = get(header + ELF_PROGRAM_COUNT, 2);
  if (table > image || count * sizeof program > image - table)
    return false;
  for (uint64_t i = 0; i < count; i++) {
    host_part_read(HOST_KERNEL, table + i * sizeof program, program, sizeof program);
    if (!load_segment(board, program, kernel))
      return false;
  }
  return ram_contains(&board->ram, kernel->entry, 1);
}

// The first 4 GiB, one to one, in pages of 1 GiB.
static void make_page_tables(struct x86_board *board) {
  enum { PRESENT_WRITABLE = 3, LARGE = 0x80 };
  put(&board->common.ram, PML4, PDPT | PRESENT_WRITABLE, 8);
  for (uint64_t i = 0; i < 4; i++)
    put(&board->common.ram, PDPT + i * 8, i << 30 | PRESENT_WRITABLE | LARGE, 8);
  board->cpu.cr3 = PML4;
}

// The selectors that the boot protocol names.
static void make_segments(struct x86_board *board) {
  put(&board->common.ram, GDT + 0x10, UINT64_C(0x00af9b000000ffff), 8);
  put(&board->common.ram, GDT + 0x18, UINT64_C(0x00cf93000000ffff), 8);
  board->cpu.gdt = (struct x86_table_register){GDT, 0x1f};
  board->cpu.segments[SEG_CS] = (struct x86_segment_register){0x10, 0xa09b};
  for (unsigned i = 0; i < X86_SEGMENTS; i++) {
    if (i != SEG_CS)
      board->cpu.segments[i] = (struct x86_segment_register){0x18, 0xc093};
  }
}

static void put_checksum(struct ram *ram, uint64_t address, unsigned size, unsigned at) {
  const uint8_t *bytes = ram_read_at(ram, address, size);
  unsigned sum = 0;
  for (unsigned i = 0; i < size; i++)
    sum += bytes[i];
  put(ram, address + at, 0 - sum, 1);
}

// One processor, one I/O APIC, and ISA interrupts that go to its inputs of the same number: active high,
// level-triggered.
static void make_mp_table(struct ram *ram) {
  enum { POINTER_SIZE = 16, HEADER_SIZE = 44, ID_IO_APIC = 1, LEVEL_ACTIVE_HIGH = 0x0d };
  const uint64_t header = MP_TABLE + POINTER_SIZE;
  uint64_t at = header + HEADER_SIZE;
  put(ram, MP_TABLE, 0x5f504d5f /* _MP_ */, 4);
  put(ram, MP_TABLE + 4, header, 4);
  put(ram, MP_TABLE + 8, 0x0401, 2); // length in paragraphs, version
  put_checksum(ram, MP_TABLE, POINTER_SIZE, 10);
  put(ram, at, 0x03140000, 4); // processor 0: APIC version 0x14, enabled, bootstrap
  put(ram, at + 4, 0x000206c2, 4);
  at += 20;
  put(ram, at, 0x2020204153490001 /* bus 0: "ISA   " */, 8);
  at += 8;
  put(ram, at, 0x01110002 | ID_IO_APIC << 8, 4);
  put(ram, at + 4, IO_APIC_BASE, 4);
  at += 8;
  for (uint64_t irq = 0; irq < X86_INPUTS_END; irq++, at += 8)
    put(ram, at, 3 | (uint64_t)LEVEL_ACTIVE_HIGH << 16 | irq << 40 | (uint64_t)ID_IO_APIC << 48 | irq << 56, 8);
  put(ram, header, 0x504d4350 /* PCMP */, 4);
  put(ram, header + 4, at - header, 2);
  put(ram, header + 6, 4, 1); // version 1.4
  memcpy(ram_write_at(ram, header + 8, 20), "OCI2WASMmicrovm     ", 20);
  put(ram, header + 34, 3 + X86_INPUTS_END, 2);
  put(ram, header + 36, LOCAL_APIC_BASE, 4);
  put_checksum(ram, header, (unsigned)(at - header), 7);
}

// A panic reboots at once, and the board takes a reboot for a failure. Messages below warnings only with --kernel-log:
// each byte of them costs the guest an instruction that leaves it. The timers need no checking.
static void make_command_line(struct board *board, const struct options *options) {
  char *line = (char *)ram_write_at(&board->ram, COMMAND_LINE, COMMAND_LINE_SIZE);
  int length =
      snprintf(line, COMMAND_LINE_SIZE,
               "earlyprintk=serial,0x3f8,keep console=ttynull panic=-1 reboot=k no_timer_check tsc=reliable %s",
               options->kernel_log ? "loglevel=7" : "quiet");
  for (unsigned i = 0; i < board_device_count(options); i++)
    length += snprintf(line + length, COMMAND_LINE_SIZE - (size_t)length, " virtio_mmio.device=4K@0x%llx:%u",
                       (unsigned long long)(X86_VIRTIO_BASE + (uint64_t)i * VIRTIO_MMIO_SIZE), X86_VIRTIO_INPUT + i);
}

static void make_seed(struct board *board) {
  uint8_t *seed = ram_write_at(&board->ram, SEED, 16 + SEED_SIZE);
  put(&board->ram, SEED + 8, SETUP_RNG_SEED, 4);
  put(&board->ram, SEED + 12, SEED_SIZE, 4);
  board_random(board, seed + 16, SEED_SIZE);
}

static void put_e820(struct ram *ram, unsigned number, uint64_t start, uint64_t end) {
  const uint64_t at = PARAMETERS + PARAMETER_E820 + number * E820_SIZE;
  put(ram, at, start, 8);
  put(ram, at + 8, end - start, 8);
  put(ram, at + 16, E820_RAM, 4);
  put(ram, PARAMETERS + PARAMETER_E820_COUNT, number + 1, 1);
}

static void make_parameters(struct board *board, uint64_t initramfs, uint64_t initramfs_end) {
  struct ram *ram = &board->ram;
  put(ram, PARAMETERS + PARAMETER_BOOT_FLAG, 0xaa55, 2);
  put(ram, PARAMETERS + PARAMETER_MAGIC, 0x53726448 /* HdrS */, 4);
  put(ram, PARAMETERS + PARAMETER_VERSION, 0x020f, 2);
  put(ram, PARAMETERS + PARAMETER_LOADER, 0xff, 1);
  put(ram, PARAMETERS + PARAMETER_FLAGS, 1, 1); // loaded high
  put(ram, PARAMETERS + PARAMETER_RAMDISK, initramfs, 4);
  put(ram, PARAMETERS + PARAMETER_RAMDISK_SIZE, initramfs_end - initramfs, 4);
  put(ram, PARAMETERS + PARAMETER_COMMAND_LINE, COMMAND_LINE, 4);
  put(ram, PARAMETERS + PARAMETER_SETUP_DATA, SEED, 8);
  put_e820(ram, 0, 0, MP_TABLE);
  put_e820(ram, 1, HIGH_START, ram->size);
}

static uint64_t align_up(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

bool x86_board_boot(struct x86_board *board, const struct options *options, const char **error) {
  struct board *common = &board->common;
  struct extent kernel;
  struct launch launch;
  *error = "the kernel image in this module is damaged, or does not fit in the guest's memory";
  if (!load_kernel(common, &kernel))
    return false;
  *error = "kernel, initramfs and launch description do not fit in the guest's memory: raise --memory";
  if (!launch_build(&launch, options, board_time_at_reset_ns(options)))
    return false;
  const uint64_t initramfs = align_up(kernel.end, PAGE_SIZE);
  const uint64_t launch_at = align_up(initramfs + host_part_size(HOST_INITRAMFS), 4);
  uint8_t *launch_target = ram_write_at(&common->ram, launch_at, launch.size);
  if (!launch_target || !board_load_part(common, HOST_INITRAMFS, initramfs))
    return false;
  memcpy(launch_target, launch.bytes, launch.size);
  make_page_tables(board);
  make_segments(board);
  make_mp_table(&common->ram);
  make_command_line(common, options);
  make_seed(common);
  make_parameters(common, initramfs, launch_at + launch.size);
  board->cpu.rip = kernel.entry;
  board->cpu.r[RSI] = PARAMETERS;
  return true;
}
