#include "machine/shares.h"

#include "host/files.h"

#include <stdio.h>
#include <string.h>

unsigned shares_count(void) {
  const unsigned count = host_share_count();
  return count < SHARES_MAX ? count : SHARES_MAX;
}

void shares_tag(unsigned share, char tag[SHARE_TAG_SIZE]) {
  snprintf(tag, SHARE_TAG_SIZE, "share%u", share);
}

void shares_guest_path(unsigned share, char path[SHARE_PATH_SIZE]) {
  const char *name = host_share_name(share);
  if (name[0] == '/' && name[1])
    snprintf(path, SHARE_PATH_SIZE, "%s", name);
  else if (strcmp(name, "/") == 0 || strcmp(name, ".") == 0 || !*name)
    snprintf(path, SHARE_PATH_SIZE, "/host");
  else
    snprintf(path, SHARE_PATH_SIZE, "/host/%s", strncmp(name, "./", 2) == 0 ? name + 2 : name);
}
