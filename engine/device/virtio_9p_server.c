#include "device/virtio_9p_server.h"

#include "device/virtio_9p_special.h"

bool p9_server_init(struct p9_server *server, unsigned share) {
  server->share = share;
  p9_tree_init(&server->tree);
  return p9_listing_init() && p9_kept_init() && p9_specials_init();
}

void p9_server_reset(struct p9_server *server) {
  p9_fids_drop_all(&server->fids, &server->tree);
  server->message_max = 0;
  server->owned = false;
}
