// The scratch disk: filesystems that e2fsck takes, what of an earlier run is used and what is refused, and errors of
// the host.
#include "device/scratch_disk.h"

#include "check.h"
#include "host/native/files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/oci2wasm-scratch.XXXXXX", path[64], error[256];
static const uint8_t IDENTITY[SCRATCH_IDENTITY] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
static struct scratch_disk disk;

static bool open_disk(bool kept, uint64_t groups) {
  CHECK(host_native_share("/.oci2wasm/scratch", folder));
  disk = (struct scratch_disk){.kept = kept, .size = groups * SCRATCH_GROUP_SIZE};
  memcpy(disk.identity, IDENTITY, sizeof IDENTITY);
  error[0] = 0;
  return scratch_disk_open(&disk, error, sizeof error);
}

static void close_disk(void) {
  close(disk.file);
}

static bool is_said(const char *text) {
  return strstr(error, text) != NULL;
}

static int check_filesystem(void) {
  char command[160];
  snprintf(command, sizeof command, "e2fsck -fn %s >%s.log 2>&1", path, path);
  return system(command);
}

static void should_want_a_folder(void) {
  disk = (struct scratch_disk){.kept = true};
  CHECK(!scratch_disk_open(&disk, error, sizeof error) && is_said("/.oci2wasm/scratch"));
}

static void should_make_filesystems_that_e2fsck_takes(void) {
  const uint64_t groups[] = {1, 2, 17, 64, 128, 129, 8192};
  for (unsigned i = 0; i < sizeof groups / sizeof *groups; i++) {
    struct stat status;
    CHECK(open_disk(true, groups[i]));
    close_disk();
    CHECK(check_filesystem() == 0);
    CHECK(stat(path, &status) == 0 && (uint64_t)status.st_size == groups[i] * SCRATCH_GROUP_SIZE);
    CHECK(status.st_blocks * 512 < 1 << 20); // sparse
    unlink(path);
  }
}

static void should_give_a_new_one_eight_gigabytes(void) {
  CHECK(open_disk(true, 0) && disk.size == UINT64_C(8) << 30);
  close_disk();
  unlink(path);
}

static void should_keep_what_is_written(void) {
  const uint64_t last = 2 * SCRATCH_GROUP_SIZE - 4;
  uint8_t bytes[4] = "x";
  CHECK(open_disk(true, 2));
  CHECK(scratch_disk_read(&disk, last, bytes, sizeof bytes) && memcmp(bytes, "\0\0\0", 4) == 0);
  CHECK(scratch_disk_write(&disk, last, (const uint8_t *)"kept", 4) && scratch_disk_flush(&disk));
  close_disk();
  CHECK(open_disk(true, 0) && disk.size == 2 * SCRATCH_GROUP_SIZE);
  CHECK(scratch_disk_read(&disk, last, bytes, sizeof bytes) && memcmp(bytes, "kept", 4) == 0);
  close_disk();
  CHECK(open_disk(true, 2));
  close_disk();
}

static void should_refuse_another_size(void) {
  CHECK(!open_disk(true, 3) && is_said("found 256 MiB, expected 384"));
  close_disk();
}

static void should_refuse_another_bundle(void) {
  CHECK(host_native_share("/.oci2wasm/scratch", folder));
  disk = (struct scratch_disk){.kept = true, .identity = {9}};
  CHECK(!scratch_disk_open(&disk, error, sizeof error) && is_said("another bundle"));
  close_disk();
}

static void should_refuse_a_temporary_one_over_it(void) {
  CHECK(!open_disk(false, 1) && is_said("already"));
  CHECK(open_disk(true, 0)); // it is still there
  close_disk();
}

static void should_refuse_one_that_was_cut(void) {
  CHECK(truncate(path, (off_t)SCRATCH_GROUP_SIZE) == 0);
  CHECK(!open_disk(true, 0) && is_said("it was cut"));
  close_disk();
}

static void put_file(const char *text, off_t size) {
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) && ftruncate(file, size) == 0);
  close(file);
}

static void should_refuse_what_is_no_disk(void) {
  put_file("something", 9);
  CHECK(!open_disk(true, 0) && is_said("a file that is none"));
  close_disk();
  put_file("something", 1 << 20);
  CHECK(!open_disk(true, 0) && is_said("a file that is none"));
  close_disk();
}

// A run that was ended while it made the filesystem, of another size, too.
static void should_make_once_more_what_was_not_finished(void) {
  unlink(path);
  CHECK(open_disk(true, 300));
  close_disk();
  const int file = open(path, O_WRONLY);
  const uint8_t zeros[SCRATCH_BLOCK_SIZE] = {0};
  CHECK(pwrite(file, zeros, sizeof zeros, 0) == sizeof zeros);
  close(file);
  CHECK(open_disk(true, 1));
  close_disk();
  CHECK(check_filesystem() == 0);
  unlink(path);
}

static void should_leave_no_name_of_a_temporary_one(void) {
  uint8_t bytes[4];
  CHECK(open_disk(false, 1));
  CHECK(access(path, F_OK) != 0);
  CHECK(scratch_disk_write(&disk, 0, (const uint8_t *)"here", 4) && scratch_disk_read(&disk, 0, bytes, 4));
  CHECK(memcmp(bytes, "here", 4) == 0);
  close_disk();
}

// The host refuses what lies beyond a limit: EFBIG.
static void should_tell_errors_of_the_host_once(void) {
  const struct rlimit limit = {1 << 20, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
  uint8_t bytes[4];
  char line[256] = {0};
  int pipe_ends[2];
  CHECK(open_disk(false, 1));
  CHECK(pipe(pipe_ends) == 0);
  const int stderr_before = dup(2);
  dup2(pipe_ends[1], 2);
  signal(SIGXFSZ, SIG_IGN);
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const bool first = scratch_disk_write(&disk, 2 << 20, (const uint8_t *)"beyond", 6);
  const bool second = scratch_disk_write(&disk, 2 << 20, (const uint8_t *)"beyond", 6);
  const bool inside = scratch_disk_write(&disk, 4096, (const uint8_t *)"ok", 2);
  CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
  CHECK(ftruncate(disk.file, 8192) == 0);
  const bool gone = scratch_disk_read(&disk, 1 << 20, bytes, sizeof bytes);
  dup2(stderr_before, 2);
  CHECK(!first && !second && inside && !gone);
  const ssize_t length = read(pipe_ends[0], line, sizeof line - 1);
  CHECK(length > 0 && strstr(line, "cannot be written: file too large") && strstr(line, "cannot be read"));
  unsigned lines = 0;
  for (const char *at = line; *at; at++)
    lines += *at == '\n';
  CHECK(lines == 2);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  close_disk();
}

static void should_say_that_the_host_has_no_room(void) {
  const struct rlimit limit = {1 << 20, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  CHECK(!open_disk(true, 1) && is_said("its 128 MiB cannot be made: file too large"));
  CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
  close_disk();
  CHECK(open_disk(true, 1)); // what is left of it is no hindrance
  close_disk();
  unlink(path);
}

int main(void) {
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/scratch", folder);
  should_want_a_folder();
  should_make_filesystems_that_e2fsck_takes();
  should_give_a_new_one_eight_gigabytes();
  should_keep_what_is_written();
  should_refuse_another_size();
  should_refuse_another_bundle();
  should_refuse_a_temporary_one_over_it();
  should_refuse_one_that_was_cut();
  should_refuse_what_is_no_disk();
  should_make_once_more_what_was_not_finished();
  should_leave_no_name_of_a_temporary_one();
  should_tell_errors_of_the_host_once();
  should_say_that_the_host_has_no_room();
  char command[64];
  snprintf(command, sizeof command, "rm -r %s", folder);
  CHECK(system(command) == 0);
  return check_result("scratch disk");
}
