#include "machine/board_wait.h"

#include "machine/board_io.h"

#define INPUT_POLL_NS UINT64_C(5000000)
#define WAIT_MAX_NS UINT64_C(3600000000000)

void board_poll_inputs(struct board *board) {
  const unsigned wanted = board_wanted(board);
  if (!wanted)
    return;
  // By the guest's clock, so that deterministic mode looks at the same instructions.
  const uint64_t now = clock_sample(&board->clock, board->instret(board)) * CLOCK_TICK_NS;
  if (!board_holds_input(board, wanted) && now - board->polled_ns < INPUT_POLL_NS)
    return;
  board->polled_ns = now;
  board_pump(board, host_wait(0, wanted));
}

void board_wait(struct board *board) {
  const uint64_t instret = board->instret(board), now = clock_sample(&board->clock, instret);
  const uint64_t deadline = board->clock.deadline;
  const unsigned wanted = board_wanted(board);
  if (board_holds_input(board, wanted)) {
    board_pump(board, 0);
    return;
  }
  if (board->clock.deterministic && deadline != CLOCK_NEVER) {
    board_pump(board, wanted ? host_wait(0, wanted) : 0);
    clock_skip_to(&board->clock, deadline, instret);
    return;
  }
  uint64_t timeout = WAIT_MAX_NS;
  if (deadline <= now)
    return;
  if (deadline - now < WAIT_MAX_NS / CLOCK_TICK_NS)
    timeout = (deadline - now) * CLOCK_TICK_NS;
  board_pump(board, host_wait(timeout, wanted));
}
