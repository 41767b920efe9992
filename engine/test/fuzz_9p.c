// libFuzzer target: a hostile guest's 9P messages, one after the other, against a real directory that holds a few
// files and a link out of it. ASan sees steps over the end of messages and replies; the check after each input sees
// anything that was done outside the directory.
//
// Input: messages without their size (type, tag, body), each preceded by its length in two bytes.
#include "client_9p.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LENGTH_SIZE = 2, MESSAGE_MIN = 3 };

// The share is share_path/share; what is beside it must stay as it is.
static char outside[80], secret[96];

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where) {
  (void)status;
  (void)type;
  return where->level ? remove(path) : 0;
}

static void put_file(const char *path) {
  const int file = open(path, O_WRONLY | O_CREAT, 0600);
  if (file < 0 || write(file, "content", 7) != 7 || close(file) < 0)
    __builtin_trap();
}

static void fill_share(void) {
  char path[96];
  snprintf(path, sizeof path, "%s/a", share_path);
  put_file(path);
  snprintf(path, sizeof path, "%s/d", share_path);
  if (mkdir(path, 0700) < 0)
    __builtin_trap();
  snprintf(path, sizeof path, "%s/d/b", share_path);
  put_file(path);
  snprintf(path, sizeof path, "%s/l", share_path);
  if (symlink("..", path) < 0)
    __builtin_trap();
}

static void remove_all(void) {
  nftw(outside, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  rmdir(outside);
}

static void prepare(void) {
  static bool prepared;
  if (prepared)
    return;
  prepared = true;
  snprintf(outside, sizeof outside, "/tmp/oci2wasm-9p-fuzz-XXXXXX");
  if (!mkdtemp(outside))
    __builtin_trap();
  snprintf(share_path, sizeof share_path, "%s/share", outside);
  snprintf(secret, sizeof secret, "%s/secret", outside);
  put_file(secret);
  if (mkdir(share_path, 0700) < 0 || !host_native_share("/data", share_path) || !p9_server_init(&server, 0))
    __builtin_trap();
  atexit(remove_all);
}

static void check_outside(void) {
  struct stat status;
  if (stat(secret, &status) < 0 || status.st_size != 7 || status.st_nlink != 1 || status.st_mtim.tv_sec == 0 ||
      stat(outside, &status) < 0 || status.st_nlink != 3)
    __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  prepare();
  fill_share();
  if (!client_start())
    __builtin_trap();
  while (size >= LENGTH_SIZE + MESSAGE_MIN) {
    size_t length = data[0] | (size_t)data[1] << 8;
    data += LENGTH_SIZE;
    size -= LENGTH_SIZE;
    length = length < MESSAGE_MIN ? MESSAGE_MIN : length > size ? size : length;
    memcpy(request_bytes + sizeof(uint32_t), data, length);
    send_as((uint32_t)(length + sizeof(uint32_t)), length + sizeof(uint32_t));
    data += length;
    size -= length;
  }
  p9_server_reset(&server);
  check_outside();
  nftw(share_path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  return 0;
}
