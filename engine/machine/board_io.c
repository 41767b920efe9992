#include "machine/board_io.h"

#include "host/host.h"
#include "machine/report.h"

#include <stdlib.h>
#include <string.h>

// A guest error message or exit code; what else a guest may say is ignored.
static void obey(struct board *board, const char *line) {
  if (strcmp(line, "started") == 0) {
    board->started_instret = board->instret(board);
  } else if (strncmp(line, "exit ", 5) == 0 && !board->container_exited) {
    board->container_exited = true;
    board->container_exit_code = atoi(line + 5) & 255;
  } else if (strncmp(line, "error ", 6) == 0) {
    report("%s", line + 6);
  }
}

static void take_control(struct board *board, const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] == '\n') {
      board->control_line[board->control_length] = 0;
      board->control_length = 0;
      obey(board, board->control_line);
    } else if (board->control_length < CONTROL_LINE_MAX - 1) {
      board->control_line[board->control_length++] = (char)bytes[i];
    }
  }
}

static bool output(void *owner, enum console_port port, const uint8_t *bytes, size_t length) {
  const struct board *board = owner;
  if (board_streams_are_far(board) && port != CONSOLE_CONTROL)
    return network_write(board->network, port == CONSOLE_STDERR ? NET_STDERR : NET_STDOUT, bytes, length);
  switch (port) {
  case CONSOLE_STDOUT: return host_write(HOST_STDOUT, bytes, length);
  case CONSOLE_STDERR: return host_write(HOST_STDERR, bytes, length);
  case CONSOLE_CONTROL: take_control(owner, bytes, length); return true;
  default: return true;
  }
}

// What the network brings for a console; it keeps to its credit, so that there is room.
static void take_far(void *owner, bool control, const uint8_t *bytes, size_t length) {
  struct board *board = owner;
  struct board_input *input = &board->inputs[control ? HOST_INPUT_CONTROL : HOST_INPUT_STDIN];
  const size_t used = input->end - input->start;
  if (length == 0) {
    input->ending = true;
    return;
  }
  if (length > NET_CREDIT - used || input->ending) {
    board->network->ended = "the network's peer sent more input than it may";
    return;
  }
  memmove(input->bytes, input->bytes + input->start, used);
  memcpy(input->bytes + used, bytes, length);
  input->start = 0;
  input->end = used + length;
}

bool board_streams_are_far(const struct board *board) {
  return board->network && board->network->carries_consoles;
}

void board_attach_streams(struct board *board, const struct options *options) {
  board->console.output = output;
  board->console.owner = board;
  if (board_streams_are_far(board)) {
    board->network->input = (struct network_input){take_far, board};
    return;
  }
  board->inputs[HOST_INPUT_CONTROL].ended = options->control < 0;
  if (options->control >= 0)
    host_set_control(options->control);
}

static const enum console_port PORTS[BOARD_INPUTS] = {
    [HOST_INPUT_STDIN] = CONSOLE_STDIN,
    [HOST_INPUT_CONTROL] = CONSOLE_CONTROL,
};

unsigned board_wanted(const struct board *board) {
  unsigned wanted = 0;
  for (unsigned i = 0; i < BOARD_INPUTS; i++) {
    if (!board->inputs[i].ended && virtio_console_can_take(&board->console, PORTS[i]))
      wanted |= 1U << i;
  }
  return wanted;
}

bool board_holds_input(const struct board *board, unsigned wanted) {
  for (unsigned i = 0; i < BOARD_INPUTS; i++) {
    if (wanted & 1U << i && board->inputs[i].start != board->inputs[i].end)
      return true;
  }
  return false;
}

static void pump(struct board *board, enum host_input which, bool ready) {
  struct board_input *input = &board->inputs[which];
  if (ready && input->start == input->end) {
    input->start = 0;
    input->end = host_read(which, input->bytes, sizeof input->bytes);
    input->ending = input->end == 0;
  }
  const size_t taken =
      virtio_console_input(&board->console, PORTS[which], input->bytes + input->start, input->end - input->start);
  input->start += taken;
  if (taken && board_streams_are_far(board))
    host_net_taken(which == HOST_INPUT_STDIN ? NET_STDIN : NET_CONTROL, (uint32_t)taken);
  if (input->ending && !input->ended && input->start == input->end) {
    input->ended = true;
    if (which == HOST_INPUT_STDIN) // the control port stays: docs/FORMATS.md, "The board"
      virtio_console_close(&board->console, CONSOLE_STDIN);
  }
}

void board_pump(struct board *board, unsigned ready) {
  for (unsigned i = 0; i < BOARD_INPUTS; i++)
    pump(board, (enum host_input)i, ready & 1U << i);
}

// A 64-bit linear congruential generator is enough: deterministic mode promises repetition, not secrecy.
void board_random(void *owner, uint8_t *bytes, size_t length) {
  struct board *board = owner;
  if (!board->clock.deterministic) {
    host_random(bytes, length);
    return;
  }
  for (size_t i = 0; i < length; i++) {
    board->random_state = board->random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    bytes[i] = (uint8_t)(board->random_state >> 56);
  }
}
