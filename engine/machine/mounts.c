#include "machine/mounts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

// Absolute names are guest paths. "/" cannot be one (the image is there), and a relative name has no folder that it is
// relative to, "." least of all: wasmtime's `--dir .` means no more than "the directory I am in".
static const char WHOLE_HOST[] = "/host", RELATIVE[] = "/mnt";

void mount_tag(unsigned share, char tag[MOUNT_TAG_SIZE]) {
  snprintf(tag, MOUNT_TAG_SIZE, "share%u", share);
}

void mount_path(const char *name, char path[MOUNT_PATH_MAX]) {
  size_t used = 0;
  if (*name != '/') {
    memcpy(path, RELATIVE, sizeof RELATIVE - 1);
    used = sizeof RELATIVE - 1;
  }
  while (*name) {
    const size_t length = strcspn(name, "/");
    const bool kept = length && !(length == 1 && name[0] == '.') && !(length == 2 && memcmp(name, "..", 2) == 0);
    if (kept && used + 1 + length < MOUNT_PATH_MAX) {
      path[used++] = '/';
      memcpy(path + used, name, length);
      used += length;
    }
    name += length + (name[length] != 0);
  }
  if (used == 0) {
    memcpy(path, WHOLE_HOST, sizeof WHOLE_HOST - 1);
    used = sizeof WHOLE_HOST - 1;
  }
  path[used] = 0;
}
