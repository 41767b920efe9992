// The 9P server and the native host's files: what programs do with a mapped directory, message by message.
#include "share_9p.h"

enum { ENOENT_ = 2, EBADF_ = 9, EEXIST_ = 17, ENOTDIR_ = 20, EISDIR_ = 21, EINVAL_ = 22, ENOTEMPTY_ = 39 };
enum { READ_ONLY = 0, WRITE_ONLY = 1, READ_WRITE = 2, EXCLUSIVE = 0200, TRUNCATE = 01000, APPEND = 02000 };

static bool read_gives(int64_t fid, uint64_t offset, const char *expected) {
  const int length = (int)strlen(expected);
  return send_read(fid, offset, 1000) == length && memcmp(reply_bytes + 11, expected, (size_t)length) == 0;
}

static int clunk(int64_t fid) {
  return send_fid(P9_TCLUNK, fid);
}

// fid 1 is a new, open file of that name.
static void create(const char *name, uint32_t flags) {
  CHECK(send_walk(0, 1, "") == 0);
  CHECK(send_create(1, name, flags) == 0);
}

static void should_agree_on_version_and_size(void) {
  CHECK(send_version(8192, "9P2000.L") == 0);
  CHECK(p9_take_u32(&reply) == 8192);
  const struct p9_text version = p9_take_text(&reply);
  CHECK(version.length == 8 && memcmp(version.bytes, "9P2000.L", 8) == 0 && p9_ended(&reply));
  CHECK(send_version(UINT32_MAX, "9P2000.L") == 0);
  CHECK(p9_take_u32(&reply) == P9_MESSAGE_MAX);
  CHECK(send_version(8192, "9P2000.u") == 0);
  p9_take_u32(&reply);
  CHECK(p9_take_text(&reply).length == 7); // unknown
  CHECK(send_attach(0, "", 0) == EINVAL_);
}

static void should_show_everything_as_the_attached_users(void) {
  struct attributes found;
  CHECK(client_start());
  CHECK(send_getattr(0, &found) == 0);
  CHECK(found.qid_type == QID_DIRECTORY && found.mode == 040755 && found.uid == 1000 && found.gid == 100);
  put_on_host("from-host", "");
  CHECK(send_walk(0, 2, "from-host") == 0 && send_getattr(2, &found) == 0);
  CHECK(found.qid_type == QID_FILE && found.mode == 0100755 && found.uid == 1000 && found.gid == 100);
  CHECK(found.links == 1);
  CHECK(send_version(CLIENT_MSIZE, "9P2000.L") == 0);
  CHECK(send_attach(0, "somebody", 33) == 0);
  CHECK(send_getattr(0, &found) == 0 && found.uid == 33 && found.gid == 33);
}

static void should_create_write_and_read(void) {
  struct attributes found;
  CHECK(client_start());
  create("new", READ_WRITE | EXCLUSIVE);
  CHECK(send_write(1, 0, "hello world", 11) == 11);
  CHECK(host_has("new", "hello world"));
  CHECK(read_gives(1, 0, "hello world"));
  CHECK(read_gives(1, 6, "world"));
  CHECK(send_read(1, 11, 10) == 0);
  CHECK(send_getattr(1, &found) == 0 && found.size == 11);
  CHECK(send_write(1, 0, "", 0) == 0);
  CHECK(clunk(1) == 0);
  CHECK(clunk(1) == EBADF_);
  CHECK(send_walk(0, 1, "") == 0);
  CHECK(send_create(1, "new", READ_WRITE | EXCLUSIVE) == EEXIST_);
  CHECK(send_create(1, "new", READ_WRITE) == 0); // and without O_EXCL it is opened
  CHECK(read_gives(1, 0, "hello world"));
}

static void should_append_at_the_end_whatever_the_offset(void) {
  CHECK(client_start());
  put_on_host("log", "one ");
  CHECK(send_walk(0, 1, "log") == 0);
  CHECK(send_open(1, WRITE_ONLY | APPEND) == 0);
  CHECK(send_write(1, 4, "two ", 4) == 4);
  put_on_host("log", "one two and the host's ");
  CHECK(send_write(1, 8, "three", 5) == 5);
  CHECK(host_has("log", "one two and the host's three"));
}

static void should_truncate(void) {
  CHECK(client_start());
  put_on_host("long", "0123456789");
  CHECK(send_walk(0, 1, "long") == 0);
  CHECK(send_setattr(1, SET_SIZE, 4, 0) == 0);
  CHECK(host_has("long", "0123"));
  CHECK(send_open(1, READ_WRITE) == 0);
  CHECK(send_setattr(1, SET_SIZE, 2, 0) == 0);
  CHECK(host_has("long", "01"));
  CHECK(send_walk(0, 2, "long") == 0);
  CHECK(send_open(2, WRITE_ONLY | TRUNCATE) == 0);
  CHECK(host_has("long", ""));
  CHECK(send_setattr(0, SET_SIZE, 0, 0) == EISDIR_);
}

static void should_write_behind_four_gigabytes_without_filling_the_hole(void) {
  struct attributes found;
  struct stat status;
  const uint64_t far = (UINT64_C(5) << 30) + 3;
  CHECK(client_start());
  create("sparse", READ_WRITE);
  CHECK(send_write(1, far, "end", 3) == 3);
  CHECK(send_getattr(1, &found) == 0 && found.size == far + 3);
  CHECK(read_gives(1, far, "end"));
  CHECK(stat(on_host("sparse"), &status) == 0 && status.st_blocks < 1000);
  CHECK(send_read(1, 1 << 20, 10) == 10 && reply_bytes[11] == 0);
  unlink(on_host("sparse"));
}

static void should_move_a_whole_message_at_once(void) {
  static uint8_t bytes[CLIENT_MSIZE - 23];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)(i * 7 + i / 256);
  CHECK(client_start());
  create("large", READ_WRITE);
  CHECK(send_write(1, 0, bytes, sizeof bytes) == (int)sizeof bytes);
  CHECK(send_read(1, 0, sizeof bytes) == (int)sizeof bytes);
  CHECK(memcmp(reply_bytes + 11, bytes, sizeof bytes) == 0);
  CHECK(send_read(1, 0, UINT32_MAX) == (int)sizeof bytes); // never more than a message holds
  reply_room = 111;
  CHECK(send_read(1, 0, 1000) == 100); // nor than the guest has room for
}

static void should_keep_an_unlinked_file_while_it_is_open(void) {
  struct attributes found;
  CHECK(client_start());
  create("temporary", READ_WRITE);
  CHECK(send_walk(0, 2, "temporary") == 0); // as a directory entry's fid, not open
  CHECK(send_name(P9_TUNLINKAT, 0, "temporary") == 0);
  CHECK(host_lacks("temporary"));
  CHECK(send_write(1, 0, "still here", 10) == 10);
  CHECK(read_gives(1, 0, "still here"));
  CHECK(send_getattr(1, &found) == 0 && found.links == 0 && found.size == 10);
  CHECK(send_getattr(2, &found) == 0 && found.size == 10);
  CHECK(send_setattr(2, SET_SIZE, 5, 0) == 0);
  CHECK(send_setattr(2, SET_TIMES, 0, 0) == 0);
  CHECK(read_gives(1, 0, "still"));
  CHECK(send_walk(0, 3, "") == 0);
  CHECK(send_create(3, "temporary", READ_WRITE) == 0); // another file of the same name
  CHECK(read_gives(1, 0, "still"));
  CHECK(send_read(3, 0, 10) == 0);
  CHECK(clunk(1) == 0);
  CHECK(send_getattr(2, &found) == ENOENT_);
}

static void should_rename_over_existing_files_and_keep_fids_true(void) {
  CHECK(client_start());
  CHECK(send_name(P9_TMKDIR, 0, "a") == 0);
  CHECK(send_name(P9_TMKDIR, 0, "b") == 0);
  put_on_host("a/file", "moved");
  put_on_host("b/old", "replaced");
  CHECK(send_walk(0, 1, "a") == 0);
  CHECK(send_walk(0, 2, "b") == 0);
  CHECK(send_walk(1, 3, "file") == 0);
  CHECK(send_walk(2, 4, "old") == 0);
  CHECK(send_walk(2, 5, "old") == 0);
  CHECK(send_open(5, READ_ONLY) == 0);
  CHECK(send_rename(1, "file", 2, "old") == 0);
  CHECK(host_lacks("a/file"));
  CHECK(host_has("b/old", "moved"));
  CHECK(read_gives(5, 0, "replaced"));       // open before
  CHECK(send_open(4, READ_ONLY) == ENOENT_); // the name it was walked to is another file's now
  CHECK(send_rename(0, "b", 1, "c") == 0);   // a directory, with fids below it
  CHECK(send_open(3, READ_ONLY) == 0);
  CHECK(read_gives(3, 0, "moved"));
  begin(P9_TRENAME);
  u32(2);
  u32(0);
  text("back");
  CHECK(send() == 0);
  CHECK(host_has("back/old", "moved"));
  CHECK(send_walk(2, 6, "old") == 0);
  CHECK(send_rename(0, "missing", 0, "x") == ENOENT_);
  CHECK(send_rename(0, "back", 2, "inside") == EINVAL_); // below itself
}

static void should_make_and_remove_directories(void) {
  struct attributes found;
  uint64_t path;
  CHECK(client_start());
  CHECK(send_name(P9_TMKDIR, 0, "dir") == 0);
  CHECK(take_qid(&path) == QID_DIRECTORY && p9_take_u32(&reply) == 0);
  CHECK(send_name(P9_TMKDIR, 0, "dir") == EEXIST_);
  CHECK(send_walk(0, 1, "dir") == 0);
  CHECK(send_getattr(1, &found) == 0 && found.qid_path == path && found.mode == 040700);
  CHECK(send_name(P9_TMKDIR, 1, "sub") == 0);
  CHECK(send_remove_directory(0, "dir") == ENOTEMPTY_);
  CHECK(send_name(P9_TUNLINKAT, 0, "dir") == EISDIR_);
  CHECK(send_remove_directory(1, "sub") == 0);
  CHECK(send_fid(P9_TREMOVE, 1) == 0);
  CHECK(host_lacks("dir"));
  CHECK(clunk(1) == EBADF_);
  put_on_host("plain", "");
  CHECK(send_remove_directory(0, "plain") == ENOTDIR_);
}

static void should_make_links(void) {
  struct attributes found;
  CHECK(client_start());
  CHECK(send_symlink(0, "link", "../outside/of it") == 0);
  uint64_t path;
  CHECK(take_qid(&path) == QID_LINK);
  CHECK(send_walk(0, 1, "link") == 0);
  CHECK(send_fid(P9_TREADLINK, 1) == 0);
  const struct p9_text target = p9_take_text(&reply);
  CHECK(target.length == 16 && memcmp(target.bytes, "../outside/of it", 16) == 0);
  CHECK(send_getattr(1, &found) == 0 && found.mode == 0120777 && found.size == 16);
  put_on_host("first", "same");
  CHECK(send_walk(0, 2, "first") == 0);
  CHECK(send_link(0, "second", 2) == 0);
  CHECK(host_has("second", "same"));
  CHECK(send_getattr(2, &found) == 0 && found.links == 2);
  CHECK(send_fid(P9_TREADLINK, 2) == EINVAL_);
}

static void should_set_times(void) {
  struct attributes found;
  struct stat status;
  CHECK(client_start());
  put_on_host("dated", "");
  CHECK(send_walk(0, 1, "dated") == 0);
  CHECK(send_setattr(1, SET_TIMES | TIMES_GIVEN, 0, 1000000000) == 0);
  CHECK(stat(on_host("dated"), &status) == 0 && status.st_atim.tv_sec == 1000000000 && status.st_atim.tv_nsec == 5);
  CHECK(status.st_mtim.tv_sec == 1000000001 && status.st_mtim.tv_nsec == 6);
  CHECK(send_getattr(1, &found) == 0 && found.modified == 1000000001 && found.modified_ns == 6);
  CHECK(send_setattr(1, SET_TIMES, 0, 0) == 0); // now
  CHECK(send_getattr(1, &found) == 0 && found.modified > 1700000000);
  CHECK(send_setattr(1, SET_TIMES | TIMES_GIVEN, 0, UINT64_MAX - 10) == 0); // before 1970
  CHECK(send_getattr(1, &found) == 0 && found.modified == 0);
}

static void should_lock_sync_and_tell_of_space(void) {
  CHECK(client_start());
  create("locked", READ_WRITE);
  begin(P9_TLOCK);
  u32(1);
  u8(1);
  u32(0);
  u64(0);
  u64(0);
  u32(17);
  text("client");
  CHECK(send() == 0 && p9_take_u8(&reply) == 0);
  begin(P9_TGETLOCK);
  u32(1);
  u8(1);
  u64(3);
  u64(4);
  u32(17);
  text("client");
  CHECK(send() == 0 && p9_take_u8(&reply) == 2 && p9_take_u64(&reply) == 3);
  for (unsigned data_only = 0; data_only < 2; data_only++) {
    begin(P9_TFSYNC);
    u32(1);
    u32(data_only);
    CHECK(send() == 0);
  }
  CHECK(send_fid(P9_TSTATFS, 0) == 0);
  CHECK(p9_take_u32(&reply) == 0x01021997 && p9_take_u32(&reply) == 4096 && p9_take_u64(&reply) > 0);
  CHECK(send_mknod(0, "regular", 0100644, 0, 0) == 0);
  CHECK(host_has("regular", ""));
  begin(P9_TFLUSH);
  u16(3);
  CHECK(send() == 0);
}

int main(void) {
  CHECK(client_make_share("/data"));
  should_agree_on_version_and_size();
  should_show_everything_as_the_attached_users();
  should_create_write_and_read();
  should_append_at_the_end_whatever_the_offset();
  should_truncate();
  should_write_behind_four_gigabytes_without_filling_the_hole();
  should_move_a_whole_message_at_once();
  should_keep_an_unlinked_file_while_it_is_open();
  should_rename_over_existing_files_and_keep_fids_true();
  should_make_and_remove_directories();
  should_make_links();
  should_set_times();
  should_lock_sync_and_tell_of_space();
  remove_share();
  return check_result("9p files");
}
