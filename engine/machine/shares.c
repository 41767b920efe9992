#include "machine/shares.h"

#include "host/files.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

unsigned shares_count(void) {
  return files_share_count();
}

void shares_tag(unsigned share, char tag[SHARE_TAG_SIZE]) {
  snprintf(tag, SHARE_TAG_SIZE, "share%u", share);
}

static bool is_kept(const char *name, size_t length) {
  const bool dot = length == 1 && name[0] == '.';
  const bool dot_dot = length == 2 && memcmp(name, "..", 2) == 0;
  return length && !dot && !dot_dot;
}

void shares_guest_path(unsigned share, char path[SHARE_PATH_SIZE]) {
  const char *name = files_share_name(share);
  const bool whole = name[strspn(name, "/.")] == 0;
  size_t used = name[0] != '/' || whole ? (size_t)snprintf(path, SHARE_PATH_SIZE, "/host") : 0;
  while (*name) {
    const size_t length = strcspn(name, "/");
    if (is_kept(name, length) && length + 1 < SHARE_PATH_SIZE - used) {
      path[used++] = '/';
      memcpy(path + used, name, length);
      used += length;
    }
    name += length + (name[length] != 0);
  }
  path[used] = 0;
}
