// libFuzzer target: a hostile guest's memory and register writes against the console, both block devices and the
// entropy device. Rings and buffers are what the fuzzer put in guest memory; ASan sees any step outside it.
//
// Input: one byte for the device, then commands of four bytes (kind, register or queue, value) up to a zero kind, then
// guest memory.
#include "device/virtio_block.h"
#include "device/virtio_console.h"
#include "device/virtio_rng.h"

#include "virtio_driver.h"

enum { COMMAND_SIZE = 4, RING_AREA = 0x100, DISK_SIZE = 1 << 16 };
enum command { COMMAND_END, COMMAND_NOTIFY, COMMAND_REGISTER, COMMAND_INPUT, COMMAND_CLOSE, COMMAND_COUNT };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEVICES = 4 };
static struct test_guest guests[DEVICES];
static struct virtio_console console;
static struct virtio_block block, written;
static struct virtio_rng rng;
static uint64_t output_sum;

static bool take_output(void *owner, enum console_port port, const uint8_t *bytes, size_t length) {
  (void)owner;
  (void)port;
  for (size_t i = 0; i < length; i++)
    output_sum += bytes[i];
  // Now and then nobody reads any more.
  return (output_sum & 31) != 0;
}

static bool read_disk(void *owner, uint64_t offset, uint8_t *bytes, size_t length) {
  (void)owner;
  if (offset > DISK_SIZE || length > DISK_SIZE - offset)
    __builtin_trap();
  memset(bytes, 1, length);
  return offset < DISK_SIZE / 2; // the rest is damaged
}

static bool write_disk(void *owner, uint64_t offset, const uint8_t *bytes, size_t length) {
  (void)owner;
  if (offset > DISK_SIZE || length > DISK_SIZE - offset)
    __builtin_trap();
  for (size_t i = 0; i < length; i++)
    output_sum += bytes[i];
  return offset < DISK_SIZE / 2; // the rest cannot be written
}

static bool flush_disk(void *owner) {
  (void)owner;
  return (output_sum & 31) != 0;
}

static void fill(void *owner, uint8_t *bytes, size_t length) {
  (void)owner;
  memset(bytes, 2, length);
}

static void prepare(void) {
  static bool prepared;
  if (prepared)
    return;
  prepared = true;
  console.output = take_output;
  virtio_console_init(&console);
  block.size = DISK_SIZE;
  block.read = read_disk;
  virtio_block_init(&block);
  written.size = DISK_SIZE;
  written.read = read_disk;
  written.write = write_disk;
  written.flush = flush_disk;
  virtio_block_init(&written);
  rng.fill = fill;
  virtio_rng_init(&rng);
  struct virtio_device *const devices[DEVICES] = {&console.device, &block.device, &rng.device, &written.device};
  for (unsigned i = 0; i < DEVICES; i++) {
    if (!test_attach(&guests[i], devices[i]))
      __builtin_trap();
  }
}

static void obey(struct test_guest *guest, const uint8_t *command) {
  const unsigned value = command[2] | (unsigned)command[3] << 8;
  const uint8_t input[100] = {1};
  switch (command[0] % COMMAND_COUNT) {
  case COMMAND_NOTIFY: test_notify(guest, command[1]); break;
  case COMMAND_REGISTER: test_write(guest, command[1] & 0xfcU, value); break;
  case COMMAND_INPUT:
    virtio_console_input(&console, (enum console_port)(command[1] % CONSOLE_PORTS), input, value % 100);
    break;
  case COMMAND_CLOSE: virtio_console_close(&console, (enum console_port)(command[1] % CONSOLE_PORTS)); break;
  default: break;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  prepare();
  if (size < 1)
    return 0;
  struct test_guest *guest = &guests[data[0] % DEVICES];
  const uint8_t *command = data + 1, *end = data + size;
  while (end - command >= COMMAND_SIZE && command[0])
    command += COMMAND_SIZE;
  const uint8_t *memory = end - command > COMMAND_SIZE ? command + COMMAND_SIZE : end;
  const size_t memory_size = (size_t)(end - memory) < TEST_RAM_SIZE ? (size_t)(end - memory) : TEST_RAM_SIZE;
  test_write(guest, 0x070, 0);
  memset(guest->ram.host, 0, 0x8000);
  memcpy(guest->ram.host, memory, memory_size);
  for (unsigned queue = 0; queue < guest->device->type->queues; queue++) {
    const uint64_t ring = TEST_RAM_BASE + queue * RING_AREA;
    test_place_queue(guest, queue, ring, ring + 0x80, ring + 0xa0);
  }
  test_write(guest, 0x070, 15);
  for (const uint8_t *at = data + 1; at < command; at += COMMAND_SIZE)
    obey(guest, at);
  return 0;
}
