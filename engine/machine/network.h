// The board's network: a NIC whose frames end in net/, and streams that come and go through host/net.h. The container's
// standard streams may be among them.
#ifndef MACHINE_NETWORK_H
#define MACHINE_NETWORK_H

#include "device/virtio_net.h"
#include "machine/options.h"
#include "net/net.h"

// What it brings for the container's standard input or its control lines.
struct network_input {
  void (*take)(void *owner, bool control, const uint8_t *bytes, size_t length); // no bytes: its end
  void *owner;
};

struct network {
  struct virtio_net nic;
  struct net *net;
  struct network_input input;
  bool carries_consoles;
  uint32_t console_credit[NET_CONSOLES];
  bool console_unread[NET_CONSOLES];
  uint64_t busy_until; // ns
  const char *ended;   // why, or NULL
};

// What network_create allocates, and network_start.
uint64_t network_memory(void);
// NULL if the host has not enough memory.
struct network *network_create(const struct options *options);
// Meets the peer; false with the reason in `error`.
bool network_start(struct network *network, const struct options *options, char *error, size_t error_size);
// Moves what has come and what is to go. `ready`: host_wait has said HOST_INPUT_NET.
void network_pump(struct network *network, bool ready);
// Did anything pass just now? Then more is likely.
bool network_is_busy(const struct network *network);
// When it wants to be pumped: ns from now on.
uint64_t network_timeout(const struct network *network);
// Output of the container; waits for credit. False when nobody reads it any more.
bool network_write(struct network *network, unsigned console, const uint8_t *bytes, size_t length);
void network_finish(struct network *network, int exit_code);

#endif
