// The console: how ports come to be, and what flows through them.
#include "device/virtio_console.h"

#include "check.h"
#include "virtio_driver.h"

enum { QUEUES = 12, CONTROL_RECEIVE = 2, CONTROL_TRANSMIT = 3, STDIN_RECEIVE = 4, STDOUT_TRANSMIT = 7 };
enum { EVENT_READY = 0, EVENT_ADD = 1, EVENT_PORT_READY = 3, EVENT_OPEN = 6, EVENT_NAME = 7 };
enum { BUFFER = 0x100 };

static struct test_guest guest;
static struct virtio_console console;
static char output[256];
static size_t output_length;
static enum console_port output_port;
static bool output_has_reader = true;

static bool take_output(void *owner, enum console_port port, const uint8_t *bytes, size_t length) {
  (void)owner;
  output_port = port;
  if (length <= sizeof output - output_length) {
    memcpy(output + output_length, bytes, length);
    output_length += length;
  }
  return output_has_reader;
}

static uint64_t buffer_of(unsigned queue, unsigned index) {
  return TEST_DATA + (queue * TEST_QUEUE_SIZE + index) * BUFFER;
}

static void offer_receive_buffers(unsigned queue, unsigned count, uint32_t length) {
  for (unsigned i = 0; i < count; i++) {
    test_describe(&guest, queue, i, TEST_RAM_BASE + buffer_of(queue, i), length, TEST_WRITE, 0);
    test_offer(&guest, queue, (uint16_t)i);
  }
  test_notify(&guest, queue);
}

static void transmit(unsigned queue, const void *bytes, uint32_t length) {
  memcpy(test_memory(&guest, buffer_of(queue, 0)), bytes, length);
  test_describe(&guest, queue, 0, TEST_RAM_BASE + buffer_of(queue, 0), length, 0, 0);
  test_offer(&guest, queue, 0);
  test_notify(&guest, queue);
}

static void control(uint32_t port, uint16_t event, uint16_t value) {
  const struct console_message message = {port, event, value};
  transmit(CONTROL_TRANSMIT, &message, sizeof message);
}

static struct console_message control_answer(unsigned index) {
  struct console_message message;
  memcpy(&message, test_memory(&guest, buffer_of(CONTROL_RECEIVE, index)), sizeof message);
  return message;
}

static void restart(void) {
  test_start(&guest, QUEUES);
  output_length = 0;
  offer_receive_buffers(CONTROL_RECEIVE, 8, BUFFER);
}

static void should_add_its_ports(void) {
  restart();
  control(0, EVENT_READY, 1);
  CHECK(test_used_count(&guest, CONTROL_RECEIVE) == 4);
  for (unsigned i = 0; i < 4; i++) {
    const struct console_message message = control_answer(i);
    CHECK(message.port == i + 1 && message.event == EVENT_ADD);
  }
}

static void should_name_and_open_a_ready_port(void) {
  restart();
  control(CONSOLE_STDIN, EVENT_PORT_READY, 1);
  CHECK(test_used_count(&guest, CONTROL_RECEIVE) == 2);
  CHECK(control_answer(0).event == EVENT_NAME);
  CHECK(memcmp(test_memory(&guest, buffer_of(CONTROL_RECEIVE, 0) + 8), "oci2wasm.stdin", 14) == 0);
  CHECK(control_answer(1).event == EVENT_OPEN && control_answer(1).value == 1);
}

static void should_keep_messages_until_there_are_buffers(void) {
  test_start(&guest, QUEUES);
  control(0, EVENT_READY, 1);
  CHECK(test_used_count(&guest, CONTROL_RECEIVE) == 0);
  offer_receive_buffers(CONTROL_RECEIVE, 3, BUFFER);
  CHECK(test_used_count(&guest, CONTROL_RECEIVE) == 3);
  CHECK(control_answer(2).port == 3);
}

static void should_ignore_ports_that_do_not_exist(void) {
  restart();
  control(CONSOLE_PORTS, EVENT_PORT_READY, 1);
  control(UINT32_MAX, EVENT_OPEN, 1);
  CHECK(test_used_count(&guest, CONTROL_RECEIVE) == 0);
  CHECK(!test_broken(&guest));
}

static void should_not_grow_with_a_guest_that_never_listens(void) {
  test_start(&guest, QUEUES);
  for (unsigned i = 0; i < 100; i++)
    control(0, EVENT_READY, 1);
  CHECK(console.message_count == CONSOLE_MESSAGES_MAX);
}

static void should_hold_input_back_until_the_port_is_open(void) {
  restart();
  offer_receive_buffers(STDIN_RECEIVE, 2, 4);
  CHECK(!virtio_console_can_take(&console, CONSOLE_STDIN));
  CHECK(virtio_console_input(&console, CONSOLE_STDIN, (const uint8_t *)"abc", 3) == 0);
  control(CONSOLE_STDIN, EVENT_OPEN, 1);
  CHECK(virtio_console_can_take(&console, CONSOLE_STDIN));
}

static void should_give_input_as_far_as_buffers_go(void) {
  restart();
  offer_receive_buffers(STDIN_RECEIVE, 2, 4);
  control(CONSOLE_STDIN, EVENT_OPEN, 1);
  CHECK(virtio_console_input(&console, CONSOLE_STDIN, (const uint8_t *)"abcdefghij", 10) == 8);
  CHECK(memcmp(test_memory(&guest, buffer_of(STDIN_RECEIVE, 0)), "abcd", 4) == 0);
  CHECK(memcmp(test_memory(&guest, buffer_of(STDIN_RECEIVE, 1)), "efgh", 4) == 0);
  CHECK(!virtio_console_can_take(&console, CONSOLE_STDIN));
}

static void should_tell_the_end_of_input(void) {
  restart();
  virtio_console_close(&console, CONSOLE_STDIN);
  const struct console_message message = control_answer(0);
  CHECK(message.port == CONSOLE_STDIN && message.event == EVENT_OPEN && message.value == 0);
}

static void should_pass_output_on(void) {
  restart();
  transmit(STDOUT_TRANSMIT, "hello", 5);
  CHECK(output_length == 5 && memcmp(output, "hello", 5) == 0 && output_port == CONSOLE_STDOUT);
  CHECK(test_used_count(&guest, STDOUT_TRANSMIT) == 1);
}

static void should_disconnect_a_port_that_nobody_reads(void) {
  restart();
  output_has_reader = false;
  transmit(STDOUT_TRANSMIT, "hello", 5);
  output_has_reader = true;
  const struct console_message message = control_answer(0);
  CHECK(message.port == CONSOLE_STDOUT && message.event == EVENT_OPEN && message.value == 0);
  CHECK(test_used_count(&guest, STDOUT_TRANSMIT) == 1 && test_used_count(&guest, CONTROL_RECEIVE) == 1);
}

static void should_not_read_outside_ram(void) {
  restart();
  test_describe(&guest, STDOUT_TRANSMIT, 0, TEST_RAM_BASE + TEST_RAM_SIZE - 2, 4, 0, 0);
  test_offer(&guest, STDOUT_TRANSMIT, 0);
  test_notify(&guest, STDOUT_TRANSMIT);
  CHECK(output_length == 0);
  CHECK(test_broken(&guest));
}

int main(void) {
  console.output = take_output;
  virtio_console_init(&console);
  CHECK(test_attach(&guest, &console.device));
  should_add_its_ports();
  should_name_and_open_a_ready_port();
  should_keep_messages_until_there_are_buffers();
  should_ignore_ports_that_do_not_exist();
  should_not_grow_with_a_guest_that_never_listens();
  should_hold_input_back_until_the_port_is_open();
  should_give_input_as_far_as_buffers_go();
  should_tell_the_end_of_input();
  should_pass_output_on();
  should_disconnect_a_port_that_nobody_reads();
  should_not_read_outside_ram();
  return check_result("virtio console");
}
