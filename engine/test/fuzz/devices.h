// What the machines of both architectures have beside their processor (cpu.h): devices, and memory that is compared.
#ifndef TEST_FUZZ_DEVICES_H
#define TEST_FUZZ_DEVICES_H

#include "machine/board.h"
#include "random.h"

// Attaches console, disk and entropy device to a board that has its line and virtio_base. *random is what the entropy
// device gives next. False if the bus is full.
bool fuzz_attach_devices(struct board *board, uint8_t *random);
// Starts them alike on both boards, with rings anywhere in the first pages of RAM, which begins at ram_base.
void fuzz_start_devices(struct dice *dice, struct board *normal, struct board *stepped, uint64_t ram_base,
                        unsigned pages);
// Ends the program as a finding if the boards' memory of that size differs.
void fuzz_same_memory(const struct board *normal, const struct board *stepped, size_t size);
// Do two copies of page tables differ in other bits than in marks, which the processor sets itself?
bool fuzz_tables_differ(const uint8_t *before, const uint8_t *now, size_t size, uint64_t marks);

#endif
