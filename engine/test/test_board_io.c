// The way of host input to the guest's console ports: pipes on the host's side, the driver's rings on the guest's.
#include "machine/board_io.h"

#include "check.h"
#include "virtio_driver.h"

#include <unistd.h>

enum { QUEUES = 12, PORTS_TRANSMIT = 3, STDIN_RECEIVE = 4, CONTROL_RECEIVE = 10, EVENT_OPEN = 6, BUFFER = 0x100 };
enum { WANTS_STDIN = 1 << HOST_INPUT_STDIN, WANTS_CONTROL = 1 << HOST_INPUT_CONTROL };

static struct test_guest guest;
static struct board board;
static int stdin_end, control_end; // the pipes' ends to write to

static uint64_t buffer_of(unsigned queue) {
  return TEST_DATA + queue * UINT64_C(0x1000);
}

static void offer(unsigned queue, unsigned index) {
  test_describe(&guest, queue, index, TEST_RAM_BASE + buffer_of(queue) + index * BUFFER, BUFFER, TEST_WRITE, 0);
  test_offer(&guest, queue, (uint16_t)index);
}

static void open_port(uint32_t port) {
  const struct console_message message = {port, EVENT_OPEN, 1};
  memcpy(test_memory(&guest, buffer_of(PORTS_TRANSMIT)), &message, sizeof message);
  test_describe(&guest, PORTS_TRANSMIT, 0, TEST_RAM_BASE + buffer_of(PORTS_TRANSMIT), sizeof message, 0, 0);
  test_offer(&guest, PORTS_TRANSMIT, 0);
  test_notify(&guest, PORTS_TRANSMIT);
}

static void say(int end, const char *text) {
  CHECK(write(end, text, strlen(text)) == (ssize_t)strlen(text));
}

static bool got(unsigned queue, unsigned index, const char *text) {
  return memcmp(test_memory(&guest, buffer_of(queue) + index * BUFFER), text, strlen(text)) == 0;
}

static void restart(void) {
  int pipes[2][2];
  CHECK(pipe(pipes[0]) == 0 && pipe(pipes[1]) == 0);
  CHECK(dup2(pipes[0][0], STDIN_FILENO) == STDIN_FILENO);
  stdin_end = pipes[0][1];
  control_end = pipes[1][1];
  memset(board.inputs, 0, sizeof board.inputs);
  board_attach_streams(&board, &(struct options){.control = pipes[1][0]});
  test_start(&guest, QUEUES);
}

static void should_want_nothing_before_ports_are_open(void) {
  restart();
  offer(STDIN_RECEIVE, 0);
  offer(CONTROL_RECEIVE, 0);
  CHECK(board_wanted(&board) == 0);
  open_port(CONSOLE_CONTROL);
  CHECK(board_wanted(&board) == WANTS_CONTROL);
}

static void should_pass_both_inputs_to_their_ports(void) {
  restart();
  offer(STDIN_RECEIVE, 0);
  offer(CONTROL_RECEIVE, 0);
  open_port(CONSOLE_STDIN);
  open_port(CONSOLE_CONTROL);
  say(stdin_end, "data");
  CHECK(host_wait(0, WANTS_STDIN | WANTS_CONTROL) == WANTS_STDIN);
  say(control_end, "signal 15\n");
  const unsigned ready = host_wait(0, board_wanted(&board));
  CHECK(ready == (WANTS_STDIN | WANTS_CONTROL));
  board_pump(&board, ready);
  CHECK(got(STDIN_RECEIVE, 0, "data") && got(CONTROL_RECEIVE, 0, "signal 15\n"));
}

// Signals must reach a container that does not read its input.
static void should_pass_control_on_while_stdin_is_stuck(void) {
  restart();
  offer(STDIN_RECEIVE, 0);
  offer(CONTROL_RECEIVE, 0);
  open_port(CONSOLE_STDIN);
  open_port(CONSOLE_CONTROL);
  char data[2 * BUFFER + 1];
  memset(data, 'd', sizeof data - 1);
  data[sizeof data - 1] = 0;
  say(stdin_end, data);
  board_pump(&board, host_wait(0, board_wanted(&board)));
  CHECK(board_wanted(&board) == WANTS_CONTROL);
  CHECK(!board_holds_input(&board, WANTS_CONTROL) && board_holds_input(&board, WANTS_STDIN));
  say(control_end, "signal 2\n");
  board_pump(&board, host_wait(0, board_wanted(&board)));
  CHECK(got(CONTROL_RECEIVE, 0, "signal 2\n"));
  offer(STDIN_RECEIVE, 1);
  board_pump(&board, 0);
  CHECK(got(STDIN_RECEIVE, 1, data + BUFFER) && !board_holds_input(&board, WANTS_STDIN));
}

static void should_end_each_input_by_itself(void) {
  restart();
  offer(STDIN_RECEIVE, 0);
  offer(CONTROL_RECEIVE, 0);
  open_port(CONSOLE_STDIN);
  open_port(CONSOLE_CONTROL);
  close(control_end);
  board_pump(&board, host_wait(0, board_wanted(&board)));
  CHECK(board_wanted(&board) == WANTS_STDIN);
  close(stdin_end);
  board_pump(&board, host_wait(0, board_wanted(&board)));
  CHECK(board_wanted(&board) == 0);
  // Only standard input's end is told to the guest.
  CHECK(board.console.message_count == 1 && board.console.messages[0].port == CONSOLE_STDIN);
}

static void should_not_want_a_control_that_the_host_has_not(void) {
  restart();
  offer(CONTROL_RECEIVE, 0);
  open_port(CONSOLE_CONTROL);
  board_attach_streams(&board, &(struct options){.control = -1});
  CHECK(board_wanted(&board) == 0);
}

int main(void) {
  virtio_console_init(&board.console);
  CHECK(test_attach(&guest, &board.console.device));
  should_want_nothing_before_ports_are_open();
  should_pass_both_inputs_to_their_ports();
  should_pass_control_on_while_stdin_is_stuck();
  should_end_each_input_by_itself();
  should_not_want_a_control_that_the_host_has_not();
  return check_result("board input");
}
