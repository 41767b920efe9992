// -p: ports of the guest that clients reach by ports of the host.
#ifndef HOST_COMPONENT_PUBLISH_H
#define HOST_COMPONENT_PUBLISH_H

#include "host/component/address.h"

enum { PUBLISH_MOST = 1024, PUBLISH_TEXT = 80 };

struct published {
  struct net_address bind; // port 0: any free one
  uint16_t guest_port;
  enum net_kind kind;
};

// Reads [[IP:][HOST]:]PORT[-PORT][/tcp|udp] into `ports`, of which there are *count already. NULL, or what was
// expected.
const char *publish_parse(const char *word, struct published ports[PUBLISH_MOST], size_t *count);
// As docker prints it: 127.0.0.1:8080->80/tcp.
void publish_text(const struct published *port, char text[PUBLISH_TEXT]);

#endif
