// Puts together what boards of every architecture have.
#ifndef MACHINE_BOARD_ATTACH_H
#define MACHINE_BOARD_ATTACH_H

#include "machine/board.h"

// False if the bus is full or the host has not enough memory. Where the root filesystem is why, `error` says so; it is
// left alone otherwise.
bool board_attach_devices(struct board *board, const struct options *options, const char **error);
unsigned board_device_count(const struct options *options);
// Copies a part of the bundle to guest memory; false if it does not fit.
bool board_load_part(struct board *board, enum host_part part, uint64_t address);
// Announces to the host what RAM of the options' size, the processor beside it and the devices need, and lowers the
// default size where that is too much. False if the host has not enough memory.
bool board_reserve(struct options *options, uint64_t (*processor_needs)(uint64_t ram_size));
// The wall clock at reset.
uint64_t board_time_at_reset_ns(const struct options *options);

#endif
