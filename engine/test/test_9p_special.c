// Sockets, pipes and devices that the guest makes in a mapped directory: names that only the server has.
#include "share_9p.h"

#include "device/virtio_9p_special.h"

enum {
  EPERM_ = 1,
  ENOENT_ = 2,
  EEXIST_ = 17,
  ENOTDIR_ = 20,
  EISDIR_ = 21,
  EINVAL_ = 22,
  ENOSPC_ = 28,
  ENOTEMPTY_ = 39
};
enum { SOCKET = 0140000, PIPE = 0010000, CHARACTERS = 0020000, BLOCKS = 0060000 };
enum { READ_WRITE = 2, READ_DIRECTORY = 0200000 };

static struct attributes attributes_of(const char *path) {
  struct attributes found = {0};
  if (send_walk(0, 99, path) == 0) {
    CHECK(send_getattr(99, &found) == 0);
    send_fid(P9_TCLUNK, 99);
  }
  return found;
}

static bool is_there(const char *path) {
  return attributes_of(path).mode != 0;
}

// How often the directory lists the name; `path` is that of its file.
static int times_listed(const char *directory, const char *name, uint64_t *path) {
  int seen = 0;
  CHECK(send_walk(0, 98, directory) == 0 && send_open(98, READ_DIRECTORY) == 0);
  begin(P9_TREADDIR);
  u32(98);
  u64(0);
  u32(60000);
  CHECK(send() == 0);
  const size_t end = p9_take_u32(&reply) + reply.at;
  while (reply.at < end && !reply.failed) {
    uint64_t found;
    take_qid(&found);
    p9_take_u64(&reply);
    p9_take_u8(&reply);
    const struct p9_text text = p9_take_text(&reply);
    if (text.length == strlen(name) && memcmp(text.bytes, name, text.length) == 0) {
      seen++;
      *path = found;
    }
  }
  send_fid(P9_TCLUNK, 98);
  return seen;
}

static void should_keep_them_to_itself(void) {
  uint64_t path = 0;
  CHECK(client_start());
  CHECK(send_attach(50, "", 70) == 0);
  CHECK(send_mknod(50, "socket", SOCKET | 0777, 0, 0) == 0 && host_lacks("socket"));
  struct attributes found = attributes_of("socket");
  CHECK(found.mode == 0140777 && found.uid == 70 && found.gid == 44 && found.links == 1 && found.size == 0);
  CHECK(found.modified > 1700000000 && found.qid_type == QID_FILE);
  CHECK(times_listed("", "socket", &path) == 1 && path == found.qid_path);
  CHECK(send_mknod(0, "pipe", PIPE | 0600, 0, 0) == 0 && attributes_of("pipe").mode == 0010600);
  CHECK(send_mknod(0, "null", CHARACTERS | 0666, 1, 3) == 0 && attributes_of("null").device == 0x103);
  CHECK(send_mknod(0, "disk", BLOCKS | 0660, 259, 70000) == 0);
  CHECK(attributes_of("disk").mode == 0060660 && attributes_of("disk").device == 0x11110370);
  CHECK(client_start() && is_there("socket") && host_lacks("pipe")); // another session sees them
}

static void should_change_and_remove_them_like_files(void) {
  uint64_t path;
  CHECK(client_start());
  CHECK(send_walk(0, 1, "socket") == 0 && send_chown(1, SET_MODE | SET_UID, 0600, 33, 0) == 0);
  CHECK(attributes_of("socket").mode == 0140600 && attributes_of("socket").uid == 33);
  CHECK(send_setattr(1, SET_TIMES | TIMES_GIVEN, 0, 1000) == 0 && attributes_of("socket").modified == 1001);
  CHECK(send_open(1, 0) == EINVAL_ && send_setattr(1, SET_SIZE, 0, 0) == EINVAL_); // the guest's kernel has its own
  CHECK(send_fid(P9_TREADLINK, 1) != 0 && send_walk(1, 2, "below") == ENOTDIR_ && send_link(0, "link", 1) == EPERM_);
  CHECK(send_remove_directory(0, "socket") == ENOTDIR_);
  CHECK(send_name(P9_TUNLINKAT, 0, "socket") == 0 && !is_there("socket"));
  CHECK(times_listed("", "socket", &path) == 0 && send_name(P9_TUNLINKAT, 0, "socket") == ENOENT_);
  struct attributes found;
  CHECK(send_getattr(1, &found) == ENOENT_);
  CHECK(send_mknod(0, "socket", SOCKET | 0700, 0, 0) == 0);
  CHECK(send_getattr(1, &found) == ENOENT_ && attributes_of("socket").mode == 0140700);
  CHECK(send_walk(0, 3, "socket") == 0 && send_fid(P9_TREMOVE, 3) == 0 && !is_there("socket"));
}

static void should_have_one_file_for_each_name(void) {
  CHECK(client_start());
  CHECK(send_mknod(0, "taken", SOCKET | 0700, 0, 0) == 0);
  put_on_host("file", "stays");
  CHECK(send_mknod(0, "taken", PIPE | 0700, 0, 0) == EEXIST_ && send_mknod(0, "file", PIPE | 0700, 0, 0) == EEXIST_);
  CHECK(send_name(P9_TMKDIR, 0, "taken") == EEXIST_ && send_symlink(0, "taken", "x") == EEXIST_);
  CHECK(send_mknod(0, "taken", 0100700, 0, 0) == EEXIST_);
  CHECK(send_walk(0, 1, "file") == 0 && send_link(0, "taken", 1) == EEXIST_);
  CHECK(send_walk(0, 2, "") == 0 && send_create(2, "taken", READ_WRITE) == EEXIST_ && host_lacks("taken"));
}

static void should_rename_them(void) {
  CHECK(client_start());
  CHECK(send_name(P9_TMKDIR, 0, "run") == 0 && send_walk(0, 1, "run") == 0);
  CHECK(send_mknod(0, "moving", SOCKET | 0751, 0, 0) == 0 && send_walk(0, 2, "moving") == 0);
  const uint64_t path = attributes_of("moving").qid_path;
  CHECK(send_rename(0, "moving", 1, "moved") == 0 && !is_there("moving"));
  struct attributes found = attributes_of("run/moved");
  CHECK(found.mode == 0140751 && found.qid_path == path && send_getattr(2, &found) == 0 && found.mode == 0140751);
  CHECK(send_rename(0, "run", 0, "run2") == 0 && attributes_of("run2/moved").mode == 0140751 && !is_there("run/moved"));
  // Over others.
  put_on_host("plain", "replaced");
  CHECK(send_rename(1, "moved", 0, "plain") == 0 && host_lacks("plain") && attributes_of("plain").mode == 0140751);
  CHECK(send_mknod(0, "victim", PIPE | 0600, 0, 0) == 0 && send_rename(0, "plain", 0, "victim") == 0);
  CHECK(attributes_of("victim").mode == 0140751 && !is_there("plain"));
  CHECK(send_rename(0, "victim", 0, "victim") == 0 && is_there("victim"));
  put_on_host("plain", "over a socket");
  CHECK(send_rename(0, "plain", 0, "victim") == 0 && attributes_of("victim").mode == 0100755);
  CHECK(host_has("victim", "over a socket"));
  CHECK(send_mknod(0, "again", PIPE | 0600, 0, 0) == 0);
  CHECK(send_rename(0, "again", 0, "run2") == EISDIR_ && send_rename(0, "run2", 0, "again") == ENOTDIR_);
  CHECK(is_there("again") && is_there("run2"));
}

static void should_not_lose_them_with_their_directory(void) {
  uint64_t path;
  CHECK(client_start());
  CHECK(send_name(P9_TMKDIR, 0, "full") == 0 && send_name(P9_TMKDIR, 0, "empty") == 0);
  CHECK(send_walk(0, 1, "full") == 0 && send_mknod(1, "s", SOCKET | 0700, 0, 0) == 0);
  CHECK(send_remove_directory(0, "full") == ENOTEMPTY_ && send_rename(0, "empty", 0, "full") == ENOTEMPTY_);
  CHECK(is_there("full/s") && times_listed("empty", "s", &path) == 0);
  CHECK(send_rename(0, "full", 0, "empty") == 0 && is_there("empty/s"));
  CHECK(send_name(P9_TUNLINKAT, 1, "s") == 0 && send_remove_directory(0, "empty") == 0);
}

static void should_give_way_to_what_the_host_puts_there(void) {
  uint64_t path;
  CHECK(client_start());
  CHECK(send_mknod(0, "place", SOCKET | 0700, 0, 0) == 0 && send_mknod(0, "listed", SOCKET | 0700, 0, 0) == 0);
  put_on_host("place", "the host's");
  put_on_host("listed", "the host's");
  CHECK(attributes_of("place").mode == 0100755);
  CHECK(times_listed("", "listed", &path) == 1 && times_listed("", "place", &path) == 1);
  CHECK(send_name(P9_TUNLINKAT, 0, "place") == 0 && !is_there("place") && host_lacks("place"));
}

static void should_refuse_more_than_there_is_room_for(void) {
  char name[32];
  unsigned made = 0;
  int error = 0;
  CHECK(client_start());
  for (; !error && made <= P9_SPECIALS_MAX; made += !error) {
    snprintf(name, sizeof name, "many-%u", made);
    error = send_mknod(0, name, SOCKET | 0700, 0, 0);
  }
  CHECK(error == ENOSPC_ && made > P9_SPECIALS_MAX - 20);
  CHECK(send_name(P9_TUNLINKAT, 0, "many-0") == 0 && send_mknod(0, "fits", SOCKET | 0700, 0, 0) == 0);
}

int main(void) {
  CHECK(client_make_share("/data"));
  should_keep_them_to_itself();
  should_change_and_remove_them_like_files();
  should_have_one_file_for_each_name();
  should_rename_them();
  should_not_lose_them_with_their_directory();
  should_give_way_to_what_the_host_puts_there();
  should_refuse_more_than_there_is_room_for();
  remove_share();
  return check_result("9p special files");
}
