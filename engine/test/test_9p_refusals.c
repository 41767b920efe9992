// What the 9P server refuses, and that nothing happens then: malformed messages, names that would leave the share,
// links of the host that lead out of it, fids and listings without end. And directories read in pieces.
#include "client_9p.h"

#include "check.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { EPERM_ = 1, ENOENT_ = 2, EBADF_ = 9, ENOTDIR_ = 20, EISDIR_ = 21, EINVAL_ = 22, ENFILE_ = 23, EFBIG_ = 27 };
enum { ENAMETOOLONG_ = 36, ELOOP_ = 40, EMSGSIZE_ = 90, EOPNOTSUPP_ = 95 };
enum { ENTRIES = 3000, NAME_MAX_ = 255 };

static void should_refuse_a_damaged_header(void) {
  CHECK(client_start());
  begin(P9_TCLUNK);
  u32(0);
  CHECK(send_as(11, 3) == 0); // shorter than a size
  CHECK(send_as(11, 6) == 0);
  CHECK(send_as(6, 11) == 0);          // a size less than the header's
  CHECK(send_as(12, 11) == 0);         // more than there is
  CHECK(send_as(UINT32_MAX, 11) == 0); // much more
  reply_room = 10;
  CHECK(send_as(11, 11) == 0); // no room for an error
  reply_room = CLIENT_MSIZE;
  CHECK(send_walk(0, 1, "") == 0); // fid 0 is still there
}

static void should_refuse_messages_that_end_early_or_late(void) {
  static const uint8_t TYPES[] = {P9_TSTATFS,   P9_TLOPEN,   P9_TLCREATE, P9_TSYMLINK,  P9_TMKNOD,    P9_TRENAME,
                                  P9_TREADLINK, P9_TGETATTR, P9_TSETATTR, P9_TREADDIR,  P9_TFSYNC,    P9_TLOCK,
                                  P9_TGETLOCK,  P9_TLINK,    P9_TMKDIR,   P9_TRENAMEAT, P9_TUNLINKAT, P9_TATTACH,
                                  P9_TFLUSH,    P9_TWALK,    P9_TREAD,    P9_TWRITE,    P9_TCLUNK,    P9_TREMOVE};
  CHECK(client_start());
  for (unsigned i = 0; i < sizeof TYPES; i++) {
    begin(TYPES[i]);
    check(send() == EINVAL_, "an empty message", __FILE__, TYPES[i]);
    begin(TYPES[i]);
    u16(0xffff); // half a fid
    if (TYPES[i] != P9_TFLUSH)
      check(send() == EINVAL_, "half a field", __FILE__, TYPES[i]);
    if (TYPES[i] == P9_TWRITE)
      continue; // what follows is the data
    begin(TYPES[i]);
    for (unsigned n = 0; n < 40; n++)
      u32(0);
    check(send() == EINVAL_, "bytes too many", __FILE__, TYPES[i]);
  }
  begin(P9_TMKDIR);
  u32(0);
  u16(100); // a name longer than the message
  u32(0);
  CHECK(send() == EINVAL_);
  begin(P9_TWALK);
  u32(0);
  u32(1);
  u16(17);
  for (unsigned n = 0; n < 17; n++)
    text("x");
  CHECK(send() == EINVAL_);
  begin(P9_TWRITE);
  u32(0);
  u64(0);
  u32(1); // one byte more than comes
  CHECK(send() == EINVAL_);
}

static void should_refuse_what_it_does_not_know(void) {
  CHECK(client_start());
  CHECK(send_fid(P9_TXATTRWALK, 0) == EOPNOTSUPP_);
  CHECK(send_fid(P9_TXATTRCREATE, 0) == EOPNOTSUPP_);
  CHECK(send_fid(P9_TAUTH, 0) == EOPNOTSUPP_);
  CHECK(send_fid(255, 0) == EOPNOTSUPP_);
  CHECK(send_version(1024, "9P2000.L") == EMSGSIZE_);
  CHECK(client_start());
  begin(P9_TMKDIR);
  request.length = P9_REQUEST_MAX + 1; // only a write may be so long
  CHECK(send() == EMSGSIZE_);
  CHECK(send_version(4096, "9P2000.L") == 0);
  CHECK(send_attach(0, "", 0) == 0);
  begin(P9_TWRITE);
  request.length = 4097; // more than was agreed on
  CHECK(send() == EMSGSIZE_);
  begin(P9_TATTACH);
  u32(1);
  u32(CLIENT_NO_FID);
  text("");
  text("/etc"); // there is one tree only
  u32(0);
  CHECK(send() == ENOENT_);
}

static void should_refuse_names_that_are_none(void) {
  static const char *const NAMES[] = {"", ".", "..", "a/b", "/", "/etc", "../x", "a/.."};
  CHECK(client_start());
  for (unsigned i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    CHECK(send_name(P9_TMKDIR, 0, NAMES[i]) == EINVAL_);
    CHECK(send_name(P9_TUNLINKAT, 0, NAMES[i]) == EINVAL_);
    CHECK(send_symlink(0, NAMES[i], "x") == EINVAL_);
    CHECK(send_rename(0, NAMES[i], 0, "x") == EINVAL_);
    CHECK(send_create(0, NAMES[i], 1) == EINVAL_);
    if (strcmp(NAMES[i], "..") == 0)
      continue;
    begin(P9_TWALK);
    u32(0);
    u32(1);
    u16(1);
    text(NAMES[i]);
    CHECK(send() == EINVAL_);
  }
  begin(P9_TMKDIR);
  u32(0);
  p9_put_text(&request, "a\0b", 3);
  u32(0);
  u32(0);
  CHECK(send() == EINVAL_);
  char name[NAME_MAX_ + 2];
  memset(name, 'n', sizeof name);
  name[NAME_MAX_ + 1] = 0;
  CHECK(send_name(P9_TMKDIR, 0, name) == ENAMETOOLONG_);
  name[NAME_MAX_] = 0;
  CHECK(send_name(P9_TMKDIR, 0, name) == 0);
  CHECK(send_remove_directory(0, name) == 0);
}

static void should_not_walk_above_the_share(void) {
  struct attributes root, above;
  CHECK(client_start());
  CHECK(send_walk(0, 1, "../../..") == 0);
  CHECK(send_getattr(0, &root) == 0 && send_getattr(1, &above) == 0);
  CHECK(root.qid_path == above.qid_path);
  CHECK(send_name(P9_TMKDIR, 0, "sub") == 0);
  CHECK(send_walk(0, 2, "sub/../sub/..") == 0);
  CHECK(send_getattr(2, &above) == 0 && root.qid_path == above.qid_path);
  CHECK(send_walk(0, 3, "missing/..") == ENOENT_);
  CHECK(send_walk(0, 3, "sub/missing/x") == 0); // half a walk: one qid and no fid
  CHECK(p9_take_u16(&reply) == 1);
  CHECK(send_fid(P9_TCLUNK, 3) == EBADF_);
  CHECK(send_remove_directory(0, "sub") == 0);
}

// Links are the guest's to follow. One that the host put there, or that takes a directory's place later, leads nowhere.
static void should_not_follow_links_out_of_the_share(void) {
  char path[128];
  CHECK(client_start());
  snprintf(path, sizeof path, "%s/out", share_path);
  CHECK(symlink("/etc", path) == 0);
  CHECK(send_walk(0, 1, "out/passwd") == 0);
  CHECK(p9_take_u16(&reply) == 1); // the link itself
  CHECK(send_walk(0, 1, "out") == 0);
  CHECK(send_walk(1, 2, "passwd") == ENOTDIR_);
  CHECK(send_open(1, 0) == EINVAL_);
  CHECK(send_name(P9_TMKDIR, 1, "x") == ENOTDIR_);
  CHECK(send_name(P9_TMKDIR, 0, "dir") == 0);
  CHECK(send_walk(0, 3, "dir") == 0);
  snprintf(path, sizeof path, "%s/dir", share_path);
  CHECK(rmdir(path) == 0 && symlink("/etc", path) == 0);
  CHECK(send_walk(3, 4, "passwd") == ENOTDIR_);
  CHECK(send_create(3, "oci2wasm-test", 1) == ELOOP_);
  CHECK(access("/etc/oci2wasm-test", F_OK) < 0);
  CHECK(send_name(P9_TUNLINKAT, 0, "dir") == 0 && send_name(P9_TUNLINKAT, 0, "out") == 0);
}

static void should_not_open_what_could_wait(void) {
  char path[128];
  CHECK(client_start());
  snprintf(path, sizeof path, "%s/pipe", share_path);
  CHECK(mkfifo(path, 0600) == 0);
  CHECK(send_walk(0, 1, "pipe") == 0);
  CHECK(send_open(1, 0) == EINVAL_);
  CHECK(send_name(P9_TUNLINKAT, 0, "pipe") == 0);
  CHECK(send_mknod(0, "directory", 0040777, 0, 0) == EPERM_);
  CHECK(send_mknod(0, "link", 0120777, 0, 0) == EPERM_);
}

static void should_refuse_fids_used_wrongly(void) {
  CHECK(client_start());
  CHECK(send_walk(9, 1, "") == EBADF_);
  CHECK(send_open(9, 0) == EBADF_);
  CHECK(send_read(0, 0, 1) == -EBADF_); // not open
  CHECK(send_write(0, 0, "x", 1) == -EBADF_);
  CHECK(send_walk(0, 1, "") == 0);
  CHECK(send_walk(0, 1, "") == EINVAL_); // in use
  CHECK(send_attach(1, "", 0) == EINVAL_);
  CHECK(send_walk(0, CLIENT_NO_FID, "") == EINVAL_);
  CHECK(send_open(1, 2) == EISDIR_);
  CHECK(send_open(1, 0) == 0);
  CHECK(send_open(1, 0) == EBADF_);      // open already
  CHECK(send_walk(1, 1, "") == EINVAL_); // an open fid stays where it is
  CHECK(send_create(1, "x", 1) == EBADF_);
  CHECK(send_fid(P9_TREMOVE, 0) == EINVAL_); // the share itself; the fid is gone all the same
  CHECK(send_walk(0, 2, "") == EBADF_);
  CHECK(client_start());
  CHECK(send_walk(0, 1, "") == 0);
  CHECK(send_create(1, "only-read", 0) == 0);
  CHECK(send_write(1, 0, "x", 1) == -EBADF_);
  CHECK(send_write(1, INT64_MAX, "x", 1) == -EFBIG_);
  CHECK(send_read(1, UINT64_MAX, 1) == -EINVAL_);
  CHECK(send_name(P9_TUNLINKAT, 0, "only-read") == 0);
}

static void should_bound_the_fids(void) {
  CHECK(client_start());
  int error = 0;
  unsigned made = 1;
  for (; made < P9_FIDS_MAX && !error; made++)
    error = send_walk(0, made, "");
  CHECK(!error && made == P9_FIDS_MAX);
  CHECK(send_walk(0, P9_FIDS_MAX, "") == ENFILE_);
  CHECK(send_fid(P9_TCLUNK, 17) == 0);
  CHECK(send_walk(0, P9_FIDS_MAX, "") == 0);
}

// Reads one reply's entries, marks those named n<number>, removes them if asked to; returns the last cookie or 0.
static uint64_t take_entries(uint8_t *seen, bool remove_them) {
  static char names[ENTRIES + 2][16];
  unsigned count = 0;
  uint64_t cookie = 0, path;
  const uint32_t length = p9_take_u32(&reply);
  CHECK(length == reply.length - reply.at);
  while (!reply.failed && reply.at < reply.length) {
    take_qid(&path);
    cookie = p9_take_u64(&reply);
    const uint8_t type = p9_take_u8(&reply);
    const struct p9_text name = p9_take_text(&reply);
    if (name.bytes[0] != 'n')
      continue;
    CHECK(type == 8 && name.length < sizeof names[0]);
    memcpy(names[count], name.bytes, name.length);
    names[count][name.length] = 0;
    seen[atoi(names[count] + 1)]++;
    count++;
  }
  CHECK(!reply.failed);
  for (unsigned i = 0; remove_them && i < count; i++)
    CHECK(send_name(P9_TUNLINKAT, 0, names[i]) == 0);
  return cookie;
}

static int send_readdir(int64_t fid, uint64_t cookie, uint32_t count) {
  begin(P9_TREADDIR);
  u32(fid);
  u64(cookie);
  u32(count);
  return send();
}

static void read_all(uint8_t *seen, uint32_t count, bool remove_them) {
  uint64_t cookie = 0, next;
  memset(seen, 0, ENTRIES);
  do {
    CHECK(send_readdir(1, cookie, count) == 0);
    next = take_entries(seen, remove_them);
    CHECK(next == 0 || next > cookie);
    cookie = next;
  } while (next);
}

static bool each_once(const uint8_t *seen) {
  for (unsigned i = 0; i < ENTRIES; i++) {
    if (seen[i] != 1)
      return false;
  }
  return true;
}

static void should_list_a_large_directory_in_pieces_while_it_is_emptied(void) {
  static uint8_t seen[ENTRIES];
  char path[128];
  CHECK(client_start());
  for (unsigned i = 0; i < ENTRIES; i++) {
    snprintf(path, sizeof path, "%s/n%u", share_path, i);
    const int file = creat(path, 0600);
    CHECK(file >= 0 && close(file) == 0);
  }
  CHECK(send_walk(0, 1, "") == 0);
  CHECK(send_readdir(1, 0, 1000) == EBADF_); // not open
  CHECK(send_open(1, 0) == 0);
  read_all(seen, 1000, false);
  CHECK(each_once(seen));
  read_all(seen, UINT32_MAX, false); // from the start again, as much as fits
  CHECK(each_once(seen));
  CHECK(send_readdir(1, 0, 1000) == 0);
  memset(seen, 0, sizeof seen);
  const uint64_t second = take_entries(seen, false);
  CHECK(send_readdir(1, second, 400) == 0);
  memset(seen, 0, sizeof seen);
  const uint64_t third = take_entries(seen, false);
  CHECK(send_readdir(1, second, 400) == 0); // back to a place that was given out
  CHECK(take_entries(seen, false) == third);
  for (unsigned i = 0; i < ENTRIES; i++)
    CHECK(seen[i] == 0 || seen[i] == 2);
  read_all(seen, 2000, true);
  CHECK(each_once(seen));
  CHECK(send_readdir(1, 0, 1000) == 0);
  memset(seen, 0, sizeof seen);
  take_entries(seen, false);
  for (unsigned i = 0; i < ENTRIES; i++)
    CHECK(seen[i] == 0);
  // Places that were never given out: an answer or none, but nothing outside the listing.
  for (uint64_t cookie = 1; cookie < 200; cookie++)
    CHECK(send_readdir(1, cookie, 1000) == 0);
  CHECK(send_readdir(1, UINT64_MAX, 1000) == 0 && p9_take_u32(&reply) == 0);
  CHECK(send_readdir(1, 0, 10) == 0 && p9_take_u32(&reply) == 0); // no room for one
}

int main(void) {
  CHECK(client_make_share("/data"));
  should_refuse_a_damaged_header();
  should_refuse_messages_that_end_early_or_late();
  should_refuse_what_it_does_not_know();
  should_refuse_names_that_are_none();
  should_not_walk_above_the_share();
  should_not_follow_links_out_of_the_share();
  should_not_open_what_could_wait();
  should_refuse_fids_used_wrongly();
  should_bound_the_fids();
  should_list_a_large_directory_in_pieces_while_it_is_emptied();
  CHECK(rmdir(share_path) == 0); // and nothing was left behind
  return check_result("9p refusals");
}
