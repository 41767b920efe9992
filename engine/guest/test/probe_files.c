#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static void make(const char *path) {
  close((int)must("open", open(path, O_CREAT | O_WRONLY, 0600)));
}

// On a file of the image and on one of the container's own.
void probe_xattrs(void) {
  const char *const paths[] = {"/etc/passwd", "/tmp/file", "/dev/shm/file"};
  make(paths[1]);
  make(paths[2]);
  for (int i = 0; i < 3; i++) {
    char value[8] = "", names[64];
    must(paths[i], setxattr(paths[i], "user.probe", "value", 5, 0));
    must_be("the attribute is kept", getxattr(paths[i], "user.probe", value, sizeof value) == 5);
    must_be("the attribute is kept", strcmp(value, "value") == 0);
    must_be("the attribute is listed", listxattr(paths[i], names, sizeof names) > 0);
  }
}

void probe_acls(void) {
  // Version 2; the owner, user 1000, the group, the mask and others: tag, rights, id.
  static const struct {
    unsigned version;
    struct {
      unsigned short tag, rights;
      unsigned id;
    } entries[5];
  } list = {2, {{1, 6, -1u}, {2, 4, 1000}, {4, 0, -1u}, {16, 4, -1u}, {32, 0, -1u}}};
  const char *const name = "system.posix_acl_access";
  char found[sizeof list];
  make("/tmp/file");
  must("setxattr", setxattr("/tmp/file", name, &list, sizeof list, 0));
  must_be("the list is kept", getxattr("/tmp/file", name, found, sizeof found) == sizeof list);
  must_be("the list is kept", memcmp(found, &list, sizeof list) == 0);
  must("chmod", chmod("/tmp/file", 0640));
  must("setuid", setuid(1000));
  must("the user of the list may read", open("/tmp/file", O_RDONLY));
  must_be("and not write", open("/tmp/file", O_WRONLY) == -1 && errno == EACCES);
}

// On a file of the image, on one of the container's own, and in shared memory.
void probe_direct(void) {
  enum { PAGE = 4096 };
  const char *const paths[] = {"/tmp/file", "/dev/shm/file"};
  char *page = aligned_alloc(PAGE, PAGE);
  for (int i = 0; i < 2; i++) {
    const int fd = (int)must(paths[i], open(paths[i], O_CREAT | O_RDWR | O_DIRECT, 0600));
    memset(page, 'x', PAGE);
    must_be("a page is written", write(fd, page, PAGE) == PAGE);
    memset(page, 0, PAGE);
    must_be("a page is read", pread(fd, page, PAGE, 0) == PAGE && page[PAGE - 1] == 'x');
  }
  const int image = (int)must("the image", open("/bin/busybox", O_RDONLY | O_DIRECT));
  must_be("the image is read", read(image, page, PAGE) == PAGE && memcmp(page, "\177ELF", 4) == 0);
}
