// The 9P server spoken to directly: what a kernel never sends, and names that would lead out of the share.
#include "device/ninep.h"
#include "host/native/host_native.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RLERROR = 7, TLOPEN = 12, TGETATTR = 24, TUNLINKAT = 76, TVERSION = 100, TATTACH = 104, TWALK = 110 };
enum { TREAD = 116, TWRITE = 118, TMKDIR = 72, TRENAMEAT = 74, TCLUNK = 120, HEADER = 7, TAG = 0x1234 };

static struct ninep_server server;
static uint8_t request[1024], reply[NINEP_MESSAGE_MAX];
static struct ninep_writer message;
static size_t reply_size;

static void begin(uint8_t type) {
  message = (struct ninep_writer){.bytes = request, .capacity = sizeof request};
  ninep_put(&message, 0, 4);
  ninep_put(&message, type, 1);
  ninep_put(&message, TAG, 2);
}

static void text(const char *string) {
  ninep_put_string(&message, string, strlen(string));
}

// Sends the message; 0 or the error number of the reply.
static int ask(void) {
  const size_t size = message.at;
  message.at = 0;
  ninep_put(&message, size, 4);
  reply_size = ninep_serve(&server, request, size, reply, sizeof reply);
  CHECK(reply_size >= HEADER && reply[5] == (TAG & 255) && reply[6] == TAG >> 8);
  if (reply[4] != RLERROR) {
    CHECK(reply[4] == request[4] + 1);
    return 0;
  }
  return reply[HEADER] | reply[HEADER + 1] << 8;
}

static int walk(uint32_t fid, uint32_t new_fid, const char *name) {
  begin(TWALK);
  ninep_put(&message, fid, 4);
  ninep_put(&message, new_fid, 4);
  ninep_put(&message, name ? 1 : 0, 2);
  if (name)
    text(name);
  return ask();
}

static int with_fid(uint8_t type, uint32_t fid, uint64_t rest, unsigned rest_size) {
  begin(type);
  ninep_put(&message, fid, 4);
  ninep_put(&message, rest, rest_size);
  return ask();
}

static int attach(uint32_t fid) {
  begin(TATTACH);
  ninep_put(&message, fid, 4);
  ninep_put(&message, UINT32_MAX, 4);
  text("1000:50");
  text("");
  ninep_put(&message, UINT32_MAX, 4);
  return ask();
}

static void should_agree_on_a_version(void) {
  begin(TVERSION);
  ninep_put(&message, 8192, 4);
  text("9P2000.L");
  CHECK(ask() == 0 && server.message_size == 8192);
  begin(TVERSION);
  ninep_put(&message, UINT32_MAX, 4);
  text("9P2000");
  CHECK(ask() == 0 && server.message_size == NINEP_MESSAGE_MAX && memcmp(reply + HEADER + 6, "unknown", 7) == 0);
  begin(TVERSION);
  ninep_put(&message, 10, 4);
  text("9P2000.L");
  CHECK(ask() == LINUX_EINVAL);
}

static void should_attach_as_the_named_user(void) {
  CHECK(attach(1) == 0 && server.user == 1000 && server.group == 50);
  CHECK(attach(1) == LINUX_EINVAL); // the fid is in use
}

static void should_stay_inside_the_share(void) {
  CHECK(walk(1, 2, "..") == 0);
  CHECK(walk(2, 3, "outside") == LINUX_ENOENT);
  CHECK(walk(1, 3, "../outside") == LINUX_EINVAL);
  CHECK(walk(1, 3, "/etc") == LINUX_EINVAL);
  CHECK(walk(1, 3, ".") == LINUX_EINVAL);
  CHECK(walk(1, 3, "") == LINUX_EINVAL);
  CHECK(walk(1, 3, "way-out") == 0); // the link itself
  CHECK(with_fid(TLOPEN, 3, 0, 4) != 0);
  CHECK(walk(3, 4, "passwd") != 0); // and nothing behind it
  CHECK(with_fid(TCLUNK, 2, 0, 0) == 0 && with_fid(TCLUNK, 3, 0, 0) == 0);
}

static void should_check_names_it_creates(void) {
  const char *const bad[] = {"..", ".", "", "a/b"};
  for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    begin(TMKDIR);
    ninep_put(&message, 1, 4);
    text(bad[i]);
    ninep_put(&message, 0700, 4);
    ninep_put(&message, 0, 4);
    CHECK(ask() == LINUX_EINVAL);
    begin(TUNLINKAT);
    ninep_put(&message, 1, 4);
    text(bad[i]);
    ninep_put(&message, 0x200, 4);
    CHECK(ask() == LINUX_EINVAL);
    begin(TRENAMEAT);
    ninep_put(&message, 1, 4);
    text("file");
    ninep_put(&message, 1, 4);
    text(bad[i]);
    CHECK(ask() == LINUX_EINVAL);
  }
}

static void should_refuse_wrong_fids(void) {
  CHECK(with_fid(TGETATTR, 99, 0, 8) == LINUX_EBADF);
  CHECK(with_fid(TLOPEN, 99, 0, 4) == LINUX_EBADF);
  CHECK(with_fid(TCLUNK, 99, 0, 0) == LINUX_EBADF);
  CHECK(walk(1, 2, "file") == 0);
  CHECK(walk(1, 2, "file") == LINUX_EINVAL); // in use
  begin(TREAD);
  ninep_put(&message, 2, 4);
  ninep_put(&message, 0, 8);
  ninep_put(&message, 10, 4);
  CHECK(ask() == LINUX_EBADF); // not open
  CHECK(with_fid(TLOPEN, 2, 0, 4) == 0);
  CHECK(with_fid(TLOPEN, 2, 0, 4) == LINUX_EBADF); // already open
}

static void should_read_no_more_than_was_agreed(void) {
  server.message_size = 4096;
  begin(TREAD);
  ninep_put(&message, 2, 4);
  ninep_put(&message, 0, 8);
  ninep_put(&message, UINT32_MAX, 4);
  CHECK(ask() == 0 && reply_size == HEADER + 4 + 5);
  CHECK(memcmp(reply + HEADER + 4, "bytes", 5) == 0);
}

static void should_refuse_truncated_messages(void) {
  begin(TWRITE);
  ninep_put(&message, 2, 4);
  ninep_put(&message, 0, 8);
  ninep_put(&message, 100, 4); // and no data
  CHECK(ask() == LINUX_EPROTO);
  begin(TWALK);
  ninep_put(&message, 1, 4);
  ninep_put(&message, 9, 4);
  ninep_put(&message, 3, 2);
  CHECK(ask() == LINUX_EPROTO);
  CHECK(with_fid(TGETATTR, 9, 0, 8) == LINUX_EBADF); // no fid was left behind
  CHECK(ninep_serve(&server, request, 6, reply, sizeof reply) == 0);
  const uint8_t lies[HEADER] = {255, 255, 0, 0, TCLUNK};
  CHECK(ninep_serve(&server, lies, sizeof lies, reply, sizeof reply) == 0);
}

static void should_run_out_of_fids_politely(void) {
  int error = 0;
  for (uint32_t fid = 100; fid < 100 + NINEP_FIDS_MAX && !error; fid++)
    error = walk(1, fid, NULL);
  CHECK(error == LINUX_ENFILE);
  ninep_reset(&server);
  CHECK(server.tree.fids_taken == 0 && attach(1) == 0);
}

int main(void) {
  char folder[] = "/tmp/ninep-XXXXXX", share[64];
  CHECK(mkdtemp(folder) && chdir(folder) == 0);
  snprintf(share, sizeof share, "%s/share", folder);
  CHECK(mkdir(share, 0700) == 0 && mkdir("outside", 0700) == 0);
  CHECK(symlink("/etc", "share/way-out") == 0);
  FILE *file = fopen("share/file", "w");
  CHECK(file && fputs("bytes", file) >= 0 && fclose(file) == 0);
  CHECK(host_native_share("/data", share));
  should_agree_on_a_version();
  should_attach_as_the_named_user();
  should_stay_inside_the_share();
  should_check_names_it_creates();
  should_refuse_wrong_fids();
  should_read_no_more_than_was_agreed();
  should_refuse_truncated_messages();
  should_run_out_of_fids_politely();
  CHECK(access("share/file", F_OK) == 0 && access("outside", F_OK) == 0);
  ninep_reset(&server);
  CHECK(unlink("share/file") == 0 && unlink("share/way-out") == 0 && rmdir("share") == 0 && rmdir("outside") == 0);
  CHECK(rmdir(folder) == 0);
  return check_result("9p");
}
