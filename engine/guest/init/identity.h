// Who the container's process is.
#ifndef INIT_IDENTITY_H
#define INIT_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

struct identity {
  uint32_t uid;
  uint32_t gid;
  uint32_t *groups; // supplementary
  size_t group_count;
  const char *home;
};

// Resolves `USER`, `USER:GROUP` or "" (root) as docker does, each part a name or a number, by the image's
// /etc/passwd and /etc/group. Numbers need neither file. A name that is not there ends the run.
void identity_resolve(const char *specification, struct identity *identity);

#endif
