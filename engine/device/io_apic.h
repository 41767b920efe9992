// I/O APIC: 24 inputs, each with an entry that says which vector it raises (Intel 82093AA data sheet).
#ifndef DEVICE_IO_APIC_H
#define DEVICE_IO_APIC_H

#include "device/local_apic.h"

enum { IO_APIC_INPUTS = 24 };
#define IO_APIC_BASE UINT64_C(0xfec00000)

struct io_apic {
  uint64_t entries[IO_APIC_INPUTS];
  uint32_t levels; // inputs as the devices hold them, by bit
  uint32_t selected, id;
  struct local_apic *target;
};

bool io_apic_attach(struct io_apic *io_apic, struct bus *bus);
// `io_apic` is a struct io_apic: the signature is that of struct interrupt_line.
void io_apic_set_line(void *io_apic, unsigned input, bool level);
void io_apic_end_of_interrupt(struct io_apic *io_apic, unsigned vector);

#endif
