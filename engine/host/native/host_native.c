// The host as a POSIX system.
#include "host/native/host_native.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static struct {
  uint8_t *bytes;
  uint64_t size;
} parts[HOST_PARTS];

// Nothing is kept: the address space is asked for, so that a limit of it is met here (setrlimit(2), RLIMIT_AS).
bool host_reserve(uint64_t size) {
  void *space = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return space != MAP_FAILED && munmap(space, size) == 0;
}

void *host_allocate(uint64_t size) {
  return calloc(1, size ? size : 1);
}

bool host_yield(void) {
  return false;
}

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t host_monotonic_ns(void) {
  return nanoseconds(CLOCK_MONOTONIC);
}

uint64_t host_realtime_ns(void) {
  return nanoseconds(CLOCK_REALTIME);
}

void host_random(uint8_t *bytes, size_t length) {
  while (length) {
    const ssize_t got = getrandom(bytes, length, 0);
    if (got < 0 && errno != EINTR)
      abort(); // the kernel has no entropy call: nothing sensible can be done
    if (got > 0) {
      bytes += got;
      length -= (size_t)got;
    }
  }
}

static int inputs[HOST_INPUTS] = {[HOST_INPUT_STDIN] = STDIN_FILENO, [HOST_INPUT_CONTROL] = -1, [HOST_INPUT_NET] = -1};

static void wait_for(struct pollfd *descriptors, nfds_t count, uint64_t timeout_ns) {
  const struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / 1000000000),
                                   .tv_nsec = (long)(timeout_ns % 1000000000)};
  ppoll(descriptors, count, &timeout, NULL);
}

bool host_write(int stream, const uint8_t *bytes, size_t length) {
  while (length) {
    const ssize_t written = write(stream, bytes, length);
    if (written < 0 && errno == EAGAIN)
      wait_for(&(struct pollfd){.fd = stream, .events = POLLOUT}, 1, UINT64_C(1000000000));
    else if (written < 0 && errno != EINTR)
      return false;
    if (written > 0) {
      bytes += written;
      length -= (size_t)written;
    }
  }
  return true;
}

void host_set_control(int descriptor) {
  inputs[HOST_INPUT_CONTROL] = descriptor;
}

void host_set_net(int descriptor) {
  inputs[HOST_INPUT_NET] = descriptor;
}

unsigned host_wait(uint64_t timeout_ns, unsigned wanted) {
  struct pollfd descriptors[HOST_INPUTS]; // poll leaves out those below 0
  unsigned ready = 0;
  for (unsigned input = 0; input < HOST_INPUTS; input++)
    descriptors[input] = (struct pollfd){.fd = wanted & 1U << input ? inputs[input] : -1, .events = POLLIN};
  wait_for(descriptors, HOST_INPUTS, timeout_ns);
  for (unsigned input = 0; input < HOST_INPUTS; input++)
    ready |= (descriptors[input].revents ? 1U : 0U) << input;
  return ready;
}

size_t host_read(enum host_input input, uint8_t *bytes, size_t capacity) {
  ssize_t got;
  do
    got = read(inputs[input], bytes, capacity);
  while (got < 0 && errno == EINTR);
  return got < 0 ? 0 : (size_t)got;
}

uint64_t host_part_size(enum host_part part) {
  return parts[part].size;
}

bool host_part_read(enum host_part part, uint64_t offset, uint8_t *bytes, size_t length) {
  if (length)
    memcpy(bytes, parts[part].bytes + offset, length);
  return true;
}

char **host_environment(void) {
  return environ;
}

static uint64_t bundle_memory;

uint64_t host_bundle_memory(void) {
  return bundle_memory;
}

void host_native_ask_memory(uint64_t bytes) {
  bundle_memory = bytes;
}

bool host_native_map_part(enum host_part part, const char *path) {
  struct stat status;
  const int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &status) < 0)
    return false;
  parts[part].size = (uint64_t)status.st_size;
  if (status.st_size > 0)
    parts[part].bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  return parts[part].bytes != MAP_FAILED;
}

bool host_native_map_rootfs(const char *path) {
  enum { FRAME_SIZE = 131072 };
  const uint32_t stored = UINT32_C(1) << 31;
  if (!host_native_map_part(HOST_FRAMES, path))
    return false;
  const uint64_t size = parts[HOST_FRAMES].size, count = (size + FRAME_SIZE - 1) / FRAME_SIZE;
  uint32_t *table = malloc((size_t)count * sizeof *table);
  if (!table)
    return false;
  for (uint64_t frame = 0; frame < count; frame++) {
    const uint64_t left = size - frame * FRAME_SIZE;
    table[frame] = stored | (uint32_t)(left < FRAME_SIZE ? left : FRAME_SIZE);
  }
  parts[HOST_FRAME_TABLE].bytes = (uint8_t *)table;
  parts[HOST_FRAME_TABLE].size = count * sizeof *table;
  return true;
}
