// A guest that waits (WFI) while its timer's interrupt is pending and turned off: the host must wait too.
#include "host/native/host_native.h"
#include "machine/machine.h"

#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_AFTER_SECONDS = 1, TEXT_OFFSET = 1 << 21, IMAGE_SIZE = 1 << 20 };
#define BUSY_NS UINT64_C(50000000) // of the second; the few instructions take no millisecond

// The image's header is jumped over; the timer is set to the first tick (SBI_LEGACY_SET_TIMER), and the rest is a loop.
static const uint32_t PROGRAM[] = {
    0x0400006f, 0, TEXT_OFFSET, 0, IMAGE_SIZE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x05435352, 0,
    0x00000893, // li a7, 0
    0x00100513, // li a0, 1
    0x00000073, // ecall
    0x10500073, // wfi
    0xffdff06f, // j back
};

static uint64_t started_ns;

static uint64_t used_ns(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

// The machine never stops by itself.
static void look(int number) {
  (void)number;
  CHECK(used_ns() - started_ns < BUSY_NS);
  const int result = check_result("test_wait");
  fflush(stdout);
  _exit(result);
}

static bool map_part(enum host_part part, const void *bytes, size_t size) {
  char path[] = "/tmp/test_wait.XXXXXX";
  const int file = mkstemp(path);
  const bool mapped = file >= 0 && write(file, bytes, size) == (ssize_t)size && host_native_map_part(part, path);
  unlink(path);
  return mapped && close(file) == 0;
}

int main(void) {
  static const char LAUNCH[] = "oci2wasm-launch=1";
  struct options options = {.memory = UINT64_C(64) << 20, .control = -1};
  const char *error = "no files";
  const bool mapped = map_part(HOST_KERNEL, PROGRAM, sizeof PROGRAM) && map_part(HOST_LAUNCH, LAUNCH, sizeof LAUNCH);
  struct board *board = mapped ? machine_create(&options, &error) : NULL;
  if (!board) {
    fprintf(stderr, "test_wait: %s\n", error);
    return 1;
  }
  signal(SIGALRM, look);
  started_ns = used_ns();
  alarm(LOOK_AFTER_SECONDS);
  machine_run(board);
  CHECK(false); // it does not come to an end
  return check_result("test_wait");
}
