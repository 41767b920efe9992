// The board's connections to the host: streams, control lines, entropy.
#include "machine/board.h"

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
  switch (port) {
  case CONSOLE_STDOUT: return host_write(HOST_STDOUT, bytes, length);
  case CONSOLE_STDERR: return host_write(HOST_STDERR, bytes, length);
  case CONSOLE_CONTROL: take_control(owner, bytes, length); return true;
  default: return true;
  }
}

void board_attach_streams(struct board *board) {
  board->console.output = output;
  board->console.owner = board;
}

bool board_wants_stdin(const struct board *board) {
  return !board->stdin_ended && virtio_console_can_take(&board->console, CONSOLE_STDIN);
}

void board_pump_stdin(struct board *board, bool readable) {
  if (readable && board->stdin_start == board->stdin_end) {
    board->stdin_start = 0;
    board->stdin_end = host_read_stdin(board->stdin_buffer, STDIN_BUFFER_SIZE);
    if (board->stdin_end == 0) {
      board->stdin_ended = true;
      virtio_console_close(&board->console, CONSOLE_STDIN);
      return;
    }
  }
  board->stdin_start += virtio_console_input(&board->console, CONSOLE_STDIN, board->stdin_buffer + board->stdin_start,
                                             board->stdin_end - board->stdin_start);
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
