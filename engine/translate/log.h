// What is recorded, for a host that trains a bundle: docs/FORMATS.md, "Trained bundles".
#ifndef TRANSLATE_LOG_H
#define TRANSLATE_LOG_H

#include "record.h"

// In a recording, one behind the other; then the pages' bytes, in their order.
struct log_header {
  uint32_t pages, leaders, edges, unused;
};
struct log_page {
  int64_t offset; // from the first page, in bytes
  uint32_t page;  // its number among those that are given; in a recording of the engine: its own
  uint32_t unused;
};
struct log_leader {
  uint32_t page, offset, count, missed;
};
struct log_edge {
  uint16_t from, to; // leaders
};
_Static_assert(sizeof(struct log_header) == 16 && sizeof(struct log_page) == 16 && sizeof(struct log_leader) == 16 &&
                   sizeof(struct log_edge) == 4,
               "as docs/FORMATS.md says");

enum { LOG_PAGES_MAX = 128 };

// Gives the host the present recording, which has ended. `is_missed` says where units are left.
void log_tell(bool (*is_missed)(const void *op));

#endif
