// What programs ask the kernel for, one word on the command line each: prints "ok", or the call that failed and why.
#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

long must(const char *call, long result) {
  if (result == -1) {
    printf("%s: %s\n", call, strerror(errno));
    exit(1);
  }
  return result;
}

void must_be(const char *what, int holds) {
  if (!holds) {
    printf("%s: no\n", what);
    exit(1);
  }
}

static void inodes(void) {
  struct statvfs root;
  must("statvfs", statvfs("/", &root));
  must_be("files, and free ones", root.f_files > 1000 && root.f_ffree > 1000 && root.f_ffree < root.f_files);
}

static void reserve(void) {
  // More than there is, as runtimes of languages do; only a little is touched.
  char *space = mmap(NULL, 16ul << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must("mmap of 16 GB", space == MAP_FAILED ? -1 : 0);
  space[15ul << 30] = 1;
}

static void *sit(void *unused) {
  pause();
  return unused;
}

static void many(void) {
  enum { PROCESSES = 2000, THREADS = 500 };
  for (int i = 0; i < PROCESSES; i++) {
    if (must("fork", fork()) == 0) {
      pause();
      _exit(0);
    }
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_t thread;
    errno = pthread_create(&thread, NULL, sit, NULL);
    must("pthread_create", errno == 0 ? 0 : -1);
  }
}

static void exhaust(void) {
  for (;;) {
    char *part = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must("mmap", part == MAP_FAILED ? -1 : 0);
    memset(part, 1, 1 << 20);
  }
}

// Many small files, until there is no room for more: ENOSPC and nothing else.
static void crowd(void) {
  char name[32];
  int fd = 0;
  for (int i = 0; fd >= 0; i++) {
    snprintf(name, sizeof name, "/tmp/%d", i);
    fd = open(name, O_CREAT | O_WRONLY, 0600);
    if (fd < 0 || write(fd, name, sizeof name) < 0)
      break;
    close(fd);
  }
  must_be("ENOSPC", errno == ENOSPC);
}

int main(int count, char **words) {
  static const struct {
    const char *word;
    void (*probe)(void);
  } probes[] = {
      {"inodes", inodes},
      {"reserve", reserve},
      {"many", many},
      {"exhaust", exhaust},
      {"crowd", crowd},
      {"uring", probe_uring},
      {"userfaultfd", probe_userfaultfd},
      {"hugetlb", probe_hugetlb},
      {"secret", probe_secret},
      {"ipc", probe_ipc},
      {"core", probe_core},
      {"keys", probe_keys},
      {"dnotify", probe_dnotify},
      {"kcmp", probe_kcmp},
      {"thp", probe_thp},
      {"xattrs", probe_xattrs},
      {"acls", probe_acls},
      {"direct", probe_direct},
      {"links", probe_links},
      {"tun", probe_tun},
      {"queues", probe_queues},
      {"nftables", probe_nftables},
      {"iptables", probe_iptables},
#ifdef __x86_64__
      {"vsyscall", probe_vsyscall},
#endif
  };
  setvbuf(stdout, NULL, _IONBF, 0);
  for (unsigned i = 0; count == 2 && i < sizeof probes / sizeof *probes; i++) {
    if (strcmp(words[1], probes[i].word) == 0) {
      probes[i].probe();
      puts("ok");
      return 0;
    }
  }
  puts("usage: probe WORD");
  return 2;
}
