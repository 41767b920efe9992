// The board's connections to the host: streams, control lines, entropy.
#ifndef MACHINE_BOARD_IO_H
#define MACHINE_BOARD_IO_H

#include "machine/board.h"

void board_attach_streams(struct board *board, const struct options *options);
// Do the container's streams come over the network?
bool board_streams_are_far(const struct board *board);
// Inputs that the guest would take something from now: a bit 1 << INPUT for each, as host_wait takes them.
unsigned board_wanted(const struct board *board);
// Is there something in a wanted input's buffer?
bool board_holds_input(const struct board *board, unsigned wanted);
// Moves input to the guest: what is in the buffers, or else what can be read from those that are ready.
void board_pump(struct board *board, unsigned ready);
// Random bytes: the host's, or a fixed sequence in deterministic mode. `owner` is the board.
void board_random(void *owner, uint8_t *bytes, size_t length);

#endif
