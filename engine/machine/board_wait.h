// What a board does between two slices of instructions.
#ifndef MACHINE_BOARD_WAIT_H
#define MACHINE_BOARD_WAIT_H

#include "machine/board.h"

// Between two slices: moves input to the guest now and then.
void board_poll_inputs(struct board *board);
// The guest has nothing to do until the timer or input: neither has the host.
void board_wait(struct board *board);

#endif
