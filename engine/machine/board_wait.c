#include "machine/board_wait.h"

#include "machine/board_io.h"

#define INPUT_POLL_NS UINT64_C(5000000)
#define WAIT_MAX_NS UINT64_C(3600000000000)

// What to ask the host for, of the inputs that the guest would take something from.
static unsigned near_of(const struct board *board, unsigned wanted) {
  return board_streams_are_far(board) ? 0 : wanted;
}

// Moves what is there, and what the network has.
static void move(struct board *board, unsigned ready) {
  if (board->network) {
    network_pump(board->network);
    if (board->network->ended && board->state == BOARD_RUNNING)
      board->state = BOARD_CUT_OFF;
  }
  board_pump(board, ready);
  if (board->network)
    host_net_flush();
}

void board_poll_inputs(struct board *board) {
  const unsigned wanted = board_wanted(board), near = near_of(board, wanted);
  if (!wanted && !board->network)
    return;
  // By the guest's clock, so that deterministic mode looks at the same instructions.
  const uint64_t now = clock_sample(&board->clock, board->instret(board)) * CLOCK_TICK_NS;
  const bool busy = board->network && network_is_busy(board->network);
  if (!board_holds_input(board, wanted) && !busy && now - board->polled_ns < INPUT_POLL_NS)
    return;
  board->polled_ns = now;
  move(board, near || !board->network ? host_wait(0, near) : 0);
}

// Waits for what is near and for the network, and says which of the near is ready.
static unsigned wait_for_all(struct board *board, uint64_t timeout, unsigned near) {
  if (!board->network)
    return host_wait(timeout, near);
  const uint64_t network = network_timeout(board->network);
  const unsigned all = near | 1U << HOST_INPUT_NET;
  return host_wait(network < timeout ? network : timeout, all) & near;
}

void board_wait(struct board *board) {
  const uint64_t instret = board->instret(board), now = clock_sample(&board->clock, instret);
  const uint64_t deadline = board->clock.deadline;
  const unsigned wanted = board_wanted(board), near = near_of(board, wanted);
  if (board_holds_input(board, wanted)) {
    move(board, 0);
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
  if (board->network)
    host_net_flush(); // output and credits, before it is quiet
  move(board, wait_for_all(board, timeout, near));
}
