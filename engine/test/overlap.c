// Two shares that overlap: /outer and /inner, which is outer/inner on the host. What one of them moves must not lead
// the other out. overlap.py makes the folders, runs this natively and in node, and looks at what lies outside after
// that. In the outer folder are links to the outside, which a guest may rename but never follow.
#include "client_9p.h"

#include "check.h"

enum { OUTER, INNER, NO_ENTRY = 2, O_DIRECTORY_ = 0200000 };

static int opens(unsigned share, const char *path, unsigned how) {
  int file;
  const int error = files_open(share, path, how, &file);
  if (!error)
    files_close(file);
  return error;
}

static int take_name(void *owner, const struct file_entry *entry) {
  bool *seen = owner;
  *seen = *seen || (entry->name_length == 6 && memcmp(entry->name, "secret", 6) == 0);
  return 0;
}

// Everything that can be asked for below `directory`, which is a link that leads out.
static void should_refuse_all_below(unsigned share, const char *directory) {
  static const struct file_times NOW = {.access = FILE_TIME_NOW, .modification = FILE_TIME_NOW};
  char secret[64], absent[64], folder[64], text[64];
  struct file_status status;
  size_t length;
  snprintf(secret, sizeof secret, "%s/secret", directory);
  snprintf(absent, sizeof absent, "%s/absent", directory);
  snprintf(folder, sizeof folder, "%s/folder", directory);
  CHECK(files_path_status(share, secret, &status) != 0);
  CHECK(opens(share, secret, FILES_READ) != 0);
  CHECK(opens(share, secret, FILES_READ | FILES_WRITE) != 0);
  CHECK(opens(share, secret, FILES_WRITE | FILES_TRUNCATE) != 0);
  CHECK(opens(share, absent, FILES_WRITE | FILES_CREATE) != 0);
  CHECK(opens(share, absent, FILES_WRITE | FILES_CREATE | FILES_EXCLUSIVE) != 0);
  CHECK(opens(share, folder, FILES_DIRECTORY) != 0);
  CHECK(files_path_set_times(share, secret, &NOW) != 0);
  CHECK(files_make_directory(share, absent) != 0);
  CHECK(files_remove_directory(share, folder) != 0);
  CHECK(files_unlink(share, secret) != 0);
  CHECK(files_rename(share, secret, "stolen") != 0);
  CHECK(files_rename(share, "kept", absent) != 0);
  CHECK(files_link(share, secret, "stolen") != 0);
  CHECK(files_link(share, "kept", absent) != 0);
  CHECK(files_symlink(share, "anything", absent) != 0);
  snprintf(absent, sizeof absent, "%s/link", directory);
  CHECK(files_read_link(share, absent, text, sizeof text, &length) != 0);
  CHECK(files_path_status(share, "stolen", &status) == NO_ENTRY);
}

static bool mode_is(const char *path, uint32_t mode, uint32_t uid) {
  struct attributes found;
  const bool is = send_walk(0, 9, path) == 0 && send_getattr(9, &found) == 0 && found.mode == mode && found.uid == uid;
  send_fid(P9_TCLUNK, 9);
  return is;
}

// What is kept of a file belongs to the file, by whichever share it was set; of others nothing is told.
static void should_agree_on_what_is_kept(void) {
  CHECK(p9_server_init(&server, OUTER) && client_start());
  CHECK(send_walk(0, 1, "inner/kept") == 0 && send_chown(1, SET_MODE | SET_UID, 0640, 70, 0) == 0);
  CHECK(send_walk(0, 2, "inner") == 0 && send_mknod(2, "socket", 0140700, 0, 0) == 0);
  CHECK(send_mknod(0, "beside", 0140700, 0, 0) == 0 && mode_is("kept", 0100755, 1000));
  p9_server_reset(&server);
  CHECK(p9_server_init(&server, INNER) && client_start());
  CHECK(mode_is("kept", 0100640, 70) && mode_is("socket", 0140700, 1000));
  CHECK(send_walk(0, 1, "beside") == NO_ENTRY);
  CHECK(send_name(P9_TUNLINKAT, 0, "socket") == 0 && send_rename(0, "kept", 0, "renamed") == 0);
  p9_server_reset(&server);
  CHECK(p9_server_init(&server, OUTER) && client_start());
  CHECK(mode_is("inner/renamed", 0100640, 70) && send_walk(0, 3, "inner") == 0);
  CHECK(send_walk(3, 2, "socket") == NO_ENTRY && send_rename(3, "renamed", 3, "kept") == 0);
  p9_server_reset(&server);
}

// inner/room becomes a link to the outside while somebody stands in it.
static void should_not_leave_by_a_link_put_in_a_folders_place(void) {
  CHECK(opens(INNER, "room/kept", FILES_READ) == 0 && opens(INNER, "room", FILES_DIRECTORY) == 0);
  CHECK(files_rename(OUTER, "inner/room", "inner/room-before") == 0);
  CHECK(files_rename(OUTER, "way-out-1", "inner/room") == 0);
  should_refuse_all_below(INNER, "room");
  should_refuse_all_below(OUTER, "inner/room");
  // The link itself can be seen, and nothing can be opened through it.
  struct file_status status;
  CHECK(files_path_status(INNER, "room", &status) == 0 && status.kind == FILE_LINK);
  static const struct file_times NOW = {.access = FILE_TIME_NOW, .modification = FILE_TIME_NOW};
  files_path_set_times(INNER, "room", &NOW); // the link's own, or nothing's
  CHECK(opens(INNER, "room", FILES_DIRECTORY) != 0 && opens(INNER, "room", FILES_READ) != 0);
  CHECK(files_rename(OUTER, "way-to-secret", "inner/file") == 0);
  CHECK(opens(INNER, "file", FILES_READ) != 0 && opens(INNER, "file", FILES_WRITE | FILES_TRUNCATE) != 0);
  CHECK(opens(INNER, "file", FILES_WRITE | FILES_CREATE) != 0);
}

// The same by 9P, with fids that were got before.
static void should_not_leave_by_fids_got_before(void) {
  struct attributes found;
  CHECK(p9_server_init(&server, INNER) && client_start());
  CHECK(send_walk(0, 1, "hall") == 0 && send_walk(0, 2, "hall/secret") == 0 && send_walk(0, 3, "hall") == 0);
  CHECK(send_walk(0, 4, "hall/folder") == 0 && send_open(3, O_DIRECTORY_) == 0);
  CHECK(files_rename(OUTER, "inner/hall", "inner/hall-before") == 0);
  CHECK(files_rename(OUTER, "way-out-2", "inner/hall") == 0);
  CHECK(send_walk(1, 5, "secret") != 0 && send_getattr(2, &found) != 0 && send_open(2, 0) != 0);
  CHECK(send_setattr(2, 8, 0, 0) != 0 && send_name(P9_TMKDIR, 1, "absent") != 0);
  CHECK(send_name(P9_TUNLINKAT, 1, "secret") != 0 && send_remove_directory(1, "folder") != 0);
  CHECK(send_rename(1, "secret", 0, "stolen") != 0 && send_symlink(1, "absent", "x") != 0);
  CHECK(send_open(4, O_DIRECTORY_) != 0 && send_create(1, "absent", 1) != 0);
  begin(P9_TREADDIR);
  u32(3);
  u64(0);
  u32(4000);
  const int error = send();
  const uint32_t length = error ? 0 : p9_take_u32(&reply);
  for (uint32_t at = 0; at + 6 <= length; at++)
    CHECK(memcmp(reply_bytes + P9_HEADER_SIZE + 4 + at, "hidden", 6) != 0);
  p9_server_reset(&server);
}

// The folder that is shared becomes a link, and a folder above it.
static void should_not_leave_by_a_link_in_the_place_of_a_share(void) {
  bool seen = false;
  int directory;
  CHECK(files_rename(OUTER, "inner", "inner-before") == 0);
  CHECK(files_rename(OUTER, "way-out-3", "inner") == 0);
  CHECK(opens(INNER, "secret", FILES_READ) != 0 && opens(INNER, "secret", FILES_WRITE | FILES_TRUNCATE) != 0);
  if (files_open(INNER, ".", FILES_DIRECTORY, &directory) == 0) {
    files_list(directory, take_name, &seen);
    files_close(directory);
  }
  CHECK(!seen && files_unlink(INNER, "secret") != 0);
  files_make_directory(INNER, "absent"); // where the host holds the folder itself it goes there
}

int main(int count, char **arguments) {
#ifndef __wasi__
  if (count != 3 || !host_native_share("/outer", arguments[1]) || !host_native_share("/inner", arguments[2]))
    return 2;
#else
  (void)count;
  (void)arguments;
#endif
  CHECK(files_share_count() == 2);
  should_agree_on_what_is_kept();
  should_not_leave_by_a_link_put_in_a_folders_place();
  should_not_leave_by_fids_got_before();
  should_not_leave_by_a_link_in_the_place_of_a_share();
  return check_result("overlapping shares");
}
