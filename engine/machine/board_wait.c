#include "machine/board_wait.h"

#include "machine/board_io.h"
#include "translate/translator.h"

#define INPUT_POLL_NS UINT64_C(5000000)
#define NETWORK_POLL_NS UINT64_C(200000) // while it is busy
#define WAIT_MAX_NS UINT64_C(3600000000000)

// What to ask the host for: the inputs that the guest would take something from, if they are near, and the network.
static unsigned ask_for(const struct board *board, unsigned wanted) {
  return (board_streams_are_far(board) ? 0 : wanted) | (board->network ? 1U << HOST_INPUT_NET : 0);
}

// Moves what is there.
static void move(struct board *board, unsigned ready) {
  if (board->network) {
    network_pump(board->network, (ready & 1U << HOST_INPUT_NET) != 0);
    if (board->network->ended && board->state == BOARD_RUNNING)
      board->state = BOARD_CUT_OFF;
  }
  board_pump(board, ready);
}

void board_poll_inputs(struct board *board) {
  const unsigned wanted = board_wanted(board), asked = ask_for(board, wanted);
  if (!asked && !wanted)
    return;
  // By the guest's clock, so that deterministic mode looks at the same instructions.
  const uint64_t now = clock_sample(&board->clock, board->instret(board)) * CLOCK_TICK_NS;
  const bool busy = board->network && network_is_busy(board->network);
  if (!board_holds_input(board, wanted) && now - board->polled_ns < (busy ? NETWORK_POLL_NS : INPUT_POLL_NS))
    return;
  board->polled_ns = now;
  move(board, host_wait(0, asked));
}

void board_wait(struct board *board) {
  const uint64_t instret = board->instret(board), now = clock_sample(&board->clock, instret);
  const uint64_t deadline = board->clock.deadline;
  const unsigned wanted = board_wanted(board), asked = ask_for(board, wanted);
  if (board_holds_input(board, wanted)) {
    move(board, 0);
    return;
  }
  if (board->clock.deterministic)
    translator_waits(deadline == CLOCK_NEVER ? UINT64_MAX : deadline * CLOCK_TICK_NS);
  if (board->clock.deterministic && deadline != CLOCK_NEVER) {
    board_pump(board, asked ? host_wait(0, asked) : 0);
    clock_skip_to(&board->clock, deadline, instret);
    return;
  }
  uint64_t timeout = WAIT_MAX_NS;
  if (deadline <= now)
    return;
  if (deadline - now < WAIT_MAX_NS / CLOCK_TICK_NS)
    timeout = (deadline - now) * CLOCK_TICK_NS;
  if (board->network) {
    host_net_flush(); // output and credits, before it is quiet
    const uint64_t network = network_timeout(board->network);
    timeout = network < timeout ? network : timeout;
  }
  move(board, host_wait(timeout, asked));
}
