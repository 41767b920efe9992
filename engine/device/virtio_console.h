// Virtio console with named ports: byte streams between the guest and the host.
#ifndef DEVICE_VIRTIO_CONSOLE_H
#define DEVICE_VIRTIO_CONSOLE_H

#include "device/virtio_mmio.h"

enum console_port {
  CONSOLE_RESERVED, // virtio's first port exists whether named or not
  CONSOLE_STDIN,
  CONSOLE_STDOUT,
  CONSOLE_STDERR,
  CONSOLE_CONTROL,
  CONSOLE_PORTS
};

enum { CONSOLE_MESSAGES_MAX = 32 };

struct console_message {
  uint32_t port;
  uint16_t event, value;
};

struct virtio_console {
  struct virtio_device device;
  // What the guest wrote to a port. False when nobody takes it any more: the port is disconnected.
  bool (*output)(void *owner, enum console_port port, const uint8_t *bytes, size_t length);
  void *owner;
  bool open[CONSOLE_PORTS]; // by the guest
  // Control messages waiting for the guest to provide buffers.
  struct console_message messages[CONSOLE_MESSAGES_MAX];
  unsigned message_count;
};

void virtio_console_init(struct virtio_console *console);
// Would bytes given to the port find a guest buffer now?
bool virtio_console_can_take(const struct virtio_console *console, enum console_port port);
// Returns bytes taken: all of them while the guest provides buffers.
size_t virtio_console_input(struct virtio_console *console, enum console_port port, const uint8_t *bytes,
                            size_t length);
// The guest's next read at the end of what it has gives 0.
void virtio_console_close(struct virtio_console *console, enum console_port port);

#endif
