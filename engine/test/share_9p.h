// The folder of the host that a 9P client's server shares, as the host sees it.
#ifndef TEST_SHARE_9P_H
#define TEST_SHARE_9P_H

#include "check.h"
#include "client_9p.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

// Two at a time can be used.
static const char *on_host(const char *name) {
  static char paths[2][256];
  static unsigned turn;
  char *path = paths[turn++ % 2];
  snprintf(path, sizeof paths[0], "%s/%s", share_path, name);
  return path;
}

static void put_on_host(const char *name, const char *content) {
  FILE *file = fopen(on_host(name), "w");
  CHECK(file && fputs(content, file) >= 0 && fclose(file) == 0);
}

static bool host_has(const char *name, const char *content) {
  char found[256] = {0};
  FILE *file = fopen(on_host(name), "r");
  if (!file)
    return false;
  const size_t length = fread(found, 1, sizeof found - 1, file);
  fclose(file);
  return length == strlen(content) && memcmp(found, content, length) == 0;
}

static bool host_lacks(const char *name) {
  struct stat status;
  return lstat(on_host(name), &status) < 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where) {
  (void)status;
  (void)type;
  return where->level ? remove(path) : 0;
}

static void remove_share(void) {
  nftw(share_path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  rmdir(share_path);
}

#endif
