#include "device/io_apic.h"

enum { SELECT = 0x00, WINDOW = 0x10, SIZE = 0x1000 };
enum { INDEX_ID = 0, INDEX_VERSION = 1, INDEX_ENTRIES = 0x10 };
enum { VERSION = 0x11 | (IO_APIC_INPUTS - 1) << 16 };

//   an entry
//    63     56          16     15       14    13  12 11    10..8     7..0
//   | destination | ... |mask|trigger|remote|pol|busy|mode|delivery | vector |
#define ENTRY_REMOTE UINT64_C(0x4000)
#define ENTRY_LEVEL UINT64_C(0x8000)
#define ENTRY_MASKED UINT64_C(0x10000)
#define ENTRY_WRITABLE UINT64_C(0xff0000000001afff)

static void raise_input(struct io_apic *io_apic, unsigned input) {
  uint64_t *entry = &io_apic->entries[input];
  if (*entry & ENTRY_MASKED)
    return;
  if (*entry & ENTRY_LEVEL) {
    if (*entry & ENTRY_REMOTE)
      return; // being served; looked at again at its end
    *entry |= ENTRY_REMOTE;
  }
  local_apic_raise(io_apic->target, *entry & 0xff, (*entry & ENTRY_LEVEL) != 0);
}

void io_apic_set_line(void *controller, unsigned input, bool level) {
  struct io_apic *io_apic = controller;
  const uint32_t bit = UINT32_C(1) << input;
  const bool before = (io_apic->levels & bit) != 0;
  io_apic->levels = level ? io_apic->levels | bit : io_apic->levels & ~bit;
  if (level && (!before || (io_apic->entries[input] & ENTRY_LEVEL)))
    raise_input(io_apic, input);
}

void io_apic_end_of_interrupt(struct io_apic *io_apic, unsigned vector) {
  for (unsigned input = 0; input < IO_APIC_INPUTS; input++) {
    uint64_t *entry = &io_apic->entries[input];
    if ((*entry & 0xff) != vector || !(*entry & ENTRY_REMOTE))
      continue;
    *entry &= ~ENTRY_REMOTE;
    if (io_apic->levels >> input & 1)
      raise_input(io_apic, input);
  }
}

static uint64_t read_register(void *device, uint64_t offset, unsigned size) {
  (void)size;
  const struct io_apic *io_apic = device;
  const uint32_t index = io_apic->selected, entry = (index - INDEX_ENTRIES) / 2;
  if (offset != WINDOW)
    return offset == SELECT ? index : 0;
  if (index >= INDEX_ENTRIES && entry < IO_APIC_INPUTS)
    return (uint32_t)(io_apic->entries[entry] >> (index & 1) * 32);
  return index == INDEX_VERSION ? VERSION : index == INDEX_ID ? io_apic->id : 0;
}

static void write_entry(struct io_apic *io_apic, unsigned input, bool high, uint32_t value) {
  uint64_t *entry = &io_apic->entries[input];
  const uint64_t half = UINT64_C(0xffffffff) << (high ? 32 : 0);
  const uint64_t written = ENTRY_WRITABLE & half;
  *entry = (*entry & ~written) | ((uint64_t)value << (high ? 32 : 0) & written);
  if (!(*entry & ENTRY_LEVEL))
    *entry &= ~ENTRY_REMOTE;
  else if (io_apic->levels >> input & 1)
    raise_input(io_apic, input);
}

static void write_register(void *device, uint64_t offset, uint64_t value, unsigned size) {
  (void)size;
  struct io_apic *io_apic = device;
  const uint32_t index = io_apic->selected, entry = (index - INDEX_ENTRIES) / 2;
  if (offset == SELECT)
    io_apic->selected = (uint32_t)value & 0xff;
  else if (offset != WINDOW)
    return;
  else if (index == INDEX_ID)
    io_apic->id = (uint32_t)value & 0x0f000000;
  else if (index >= INDEX_ENTRIES && entry < IO_APIC_INPUTS)
    write_entry(io_apic, entry, index & 1, (uint32_t)value);
}

bool io_apic_attach(struct io_apic *io_apic, struct bus *bus) {
  for (unsigned i = 0; i < IO_APIC_INPUTS; i++)
    io_apic->entries[i] = ENTRY_MASKED;
  return bus_attach(bus, &(struct mmio_region){IO_APIC_BASE, SIZE, 4, 4, read_register, write_register, io_apic});
}
