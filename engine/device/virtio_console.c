// Virtio 1.2, section 5.3, with VIRTIO_CONSOLE_F_MULTIPORT.
#include "device/virtio_console.h"

#include <string.h>

enum { FEATURE_MULTIPORT = 1 << 1, QUEUE_SIZE = 64 };
enum { CONTROL_RECEIVE = 2, CONTROL_TRANSMIT = 3, QUEUES = 4 + 2 * (CONSOLE_PORTS - 1) };
_Static_assert(QUEUES <= VIRTIO_QUEUES_MAX, "the transport has too few queues");

enum console_event { DEVICE_READY, PORT_ADD, PORT_REMOVE, PORT_READY, CONSOLE_PORT, RESIZE, PORT_OPEN, PORT_NAME };

static const char *const NAMES[CONSOLE_PORTS] = {
    [CONSOLE_RESERVED] = "",
    [CONSOLE_STDIN] = "oci2wasm.stdin",
    [CONSOLE_STDOUT] = "oci2wasm.stdout",
    [CONSOLE_STDERR] = "oci2wasm.stderr",
    [CONSOLE_CONTROL] = "oci2wasm.control",
};

static unsigned receive_queue(enum console_port port) {
  return port == CONSOLE_RESERVED ? 0 : 2 + 2 * (unsigned)port;
}

// The port whose transmit queue this is; CONSOLE_PORTS for the control queue.
static enum console_port port_of(unsigned transmit_queue) {
  if (transmit_queue == 1)
    return CONSOLE_RESERVED;
  return transmit_queue == CONTROL_TRANSMIT ? CONSOLE_PORTS : (enum console_port)((transmit_queue - 3) / 2);
}

static void flush_messages(struct virtio_console *console) {
  struct virtio_device *device = &console->device;
  unsigned sent = 0;
  while (sent < console->message_count && virtio_take(device, CONTROL_RECEIVE)) {
    const struct console_message *message = &console->messages[sent++];
    size_t written = virtio_chain_write(&device->chain, device->ram, 0, (const uint8_t *)message, sizeof *message);
    if (message->event == PORT_NAME) {
      const char *name = NAMES[message->port];
      written += virtio_chain_write(&device->chain, device->ram, written, (const uint8_t *)name, strlen(name));
    }
    virtio_give(device, CONTROL_RECEIVE, (uint32_t)written);
  }
  console->message_count -= sent;
  memmove(console->messages, console->messages + sent, console->message_count * sizeof console->messages[0]);
}

static void send(struct virtio_console *console, uint32_t port, enum console_event event, uint16_t value) {
  if (console->message_count == CONSOLE_MESSAGES_MAX)
    return; // a guest that asks without listening
  console->messages[console->message_count++] = (struct console_message){port, (uint16_t)event, value};
}

static void receive(struct virtio_console *console, const struct console_message *message) {
  if (message->event == DEVICE_READY) {
    for (uint32_t port = CONSOLE_STDIN; port < CONSOLE_PORTS; port++)
      send(console, port, PORT_ADD, 1);
  }
  if (message->port == CONSOLE_RESERVED || message->port >= CONSOLE_PORTS)
    return;
  if (message->event == PORT_READY && message->value == 1) {
    send(console, message->port, PORT_NAME, 1);
    send(console, message->port, PORT_OPEN, 1);
  }
  if (message->event == PORT_OPEN)
    console->open[message->port] = message->value != 0;
}

static void transmit(struct virtio_console *console, enum console_port port) {
  struct virtio_device *device = &console->device;
  const struct virtio_chain *chain = &device->chain;
  for (unsigned i = 0; i < chain->readable; i++) {
    const struct virtio_segment *segment = &chain->segments[i];
    const uint8_t *bytes = ram_read_at(device->ram, segment->address, segment->length);
    if (bytes && port != CONSOLE_RESERVED && !console->output(console->owner, port, bytes, segment->length))
      send(console, port, PORT_OPEN, 0);
  }
}

static void notify(struct virtio_device *device, unsigned queue) {
  struct virtio_console *console = device->state;
  if (queue & 1) {
    const enum console_port port = port_of(queue);
    while (virtio_take(device, queue)) {
      struct console_message message;
      if (port != CONSOLE_PORTS)
        transmit(console, port);
      else if (virtio_chain_read(&device->chain, device->ram, 0, (uint8_t *)&message, sizeof message) == sizeof message)
        receive(console, &message);
      virtio_give(device, queue, 0);
    }
  }
  // Receive queues of ports need nothing here: input is offered when the host has some.
  flush_messages(console);
}

static void reset(struct virtio_device *device) {
  struct virtio_console *console = device->state;
  memset(console->open, 0, sizeof console->open);
  console->message_count = 0;
}

static const uint8_t *config(struct virtio_device *device, uint32_t *size) {
  // cols, rows (not offered), max_nr_ports, emerg_wr
  static const uint8_t CONFIG[12] = {[4] = CONSOLE_PORTS};
  (void)device;
  *size = sizeof CONFIG;
  return CONFIG;
}

static const struct virtio_type CONSOLE = {.device_id = 3,
                                           .features = FEATURE_MULTIPORT,
                                           .queues = QUEUES,
                                           .queue_size = QUEUE_SIZE,
                                           .config = config,
                                           .notify = notify,
                                           .reset = reset};

void virtio_console_init(struct virtio_console *console) {
  console->device.type = &CONSOLE;
  console->device.state = console;
}

bool virtio_console_can_take(const struct virtio_console *console, enum console_port port) {
  return console->open[port] &&
         virtqueue_has_buffers(&console->device.queues[receive_queue(port)], console->device.ram);
}

size_t virtio_console_input(struct virtio_console *console, enum console_port port, const uint8_t *bytes,
                            size_t length) {
  struct virtio_device *device = &console->device;
  const unsigned queue = receive_queue(port);
  size_t taken = 0;
  while (taken < length && console->open[port] && virtio_take(device, queue)) {
    const size_t part = virtio_chain_write(&device->chain, device->ram, 0, bytes + taken, length - taken);
    virtio_give(device, queue, (uint32_t)part);
    taken += part;
  }
  return taken;
}

void virtio_console_close(struct virtio_console *console, enum console_port port) {
  send(console, port, PORT_OPEN, 0);
  flush_messages(console);
}
