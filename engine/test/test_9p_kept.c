// What the guest sets about a mapped directory's files and the host cannot tell: how long it lasts, and whose it is.
#include "share_9p.h"

enum { ENOENT_ = 2, EEXIST_ = 17, ENOSPC_ = 28 };
enum { READ_ONLY = 0, WRITE_ONLY = 1, READ_WRITE = 2 };
enum { ROOT_FID = 0, POSTGRES_FID = 50, POSTGRES = 70, SHARED_OWNER = 1000, SHARED_GROUP = 100 };

// The file at a path is shown with this mode, owner and group.
static bool shows_in(int64_t root, const char *path, uint32_t mode, uint32_t uid, uint32_t gid) {
  struct attributes found;
  const bool walked = send_walk(root, 99, path) == 0 && send_getattr(99, &found) == 0;
  send_fid(P9_TCLUNK, 99);
  if (walked && found.mode == mode && found.uid == uid && found.gid == gid)
    return true;
  fprintf(stderr, "%s: %s, mode %o, owner %u:%u\n", path, walked ? "there" : "not there", found.mode, found.uid,
          found.gid);
  return false;
}

static bool shows(const char *path, uint32_t mode, uint32_t uid, uint32_t gid) {
  return shows_in(ROOT_FID, path, mode, uid, gid);
}

static bool is_default(const char *path) {
  return shows(path, 0100755, SHARED_OWNER, SHARED_GROUP);
}

static int set(const char *path, uint32_t valid, uint32_t mode, uint32_t uid, uint32_t gid) {
  int error = send_walk(ROOT_FID, 98, path);
  if (error)
    return error;
  error = send_chown(98, valid, mode, uid, gid);
  send_fid(P9_TCLUNK, 98);
  return error;
}

static int set_all(const char *path) {
  return set(path, SET_MODE | SET_UID | SET_GID, 0640, POSTGRES, 71);
}

static bool is_set(const char *path) {
  return shows(path, 0100640, POSTGRES, 71);
}

static int make(int64_t directory, const char *name, uint32_t mode, uint32_t group) {
  int error = send_walk(directory, 97, "");
  if (!error)
    error = send_create_with(97, name, READ_WRITE, mode, group);
  send_fid(P9_TCLUNK, 97);
  return error;
}

// As clients do for each other user of the guest.
static void start(void) {
  CHECK(client_start());
  CHECK(send_attach(POSTGRES_FID, "", POSTGRES) == 0);
}

static void should_show_what_nobody_set_as_executable_and_the_shares_owners(void) {
  start();
  put_on_host("script", "#!/bin/sh\n");
  CHECK(is_default("script"));
  CHECK(shows("", 040755, SHARED_OWNER, SHARED_GROUP));
  CHECK(shows_in(POSTGRES_FID, "script", 0100755, SHARED_OWNER, SHARED_GROUP));
}

static void should_keep_modes_and_owners_through_sessions(void) {
  start();
  put_on_host("file", "");
  CHECK(set("file", SET_MODE, 06711, 1, 1) == 0 && shows("file", 0106711, SHARED_OWNER, SHARED_GROUP));
  CHECK(set("file", SET_UID, 0, 5, 6) == 0 && shows("file", 0106711, 5, SHARED_GROUP));
  CHECK(set("file", SET_GID, 0, 7, 8) == 0 && shows("file", 0106711, 5, 8));
  CHECK(set("", SET_MODE | SET_UID, 01777, 3, 0) == 0 && shows("", 041777, 3, SHARED_GROUP));
  start();
  CHECK(shows("file", 0106711, 5, 8));
  CHECK(shows("", 041777, 3, SHARED_GROUP));
  CHECK(set("", SET_MODE | SET_UID, 0755, SHARED_OWNER, 0) == 0);
  CHECK(set("missing", SET_MODE, 0, 0, 0) == ENOENT_);
}

static void should_change_nothing_on_the_host(void) {
  struct stat status;
  start();
  put_on_host("untouched", "");
  CHECK(chmod(on_host("untouched"), 0604) == 0);
  CHECK(set_all("untouched") == 0 && is_set("untouched"));
  CHECK(stat(on_host("untouched"), &status) == 0 && status.st_mode == 0100604 && status.st_uid == getuid());
}

static void should_give_what_a_user_makes_to_that_user(void) {
  start();
  CHECK(make(ROOT_FID, "by-owner", 0644, SHARED_GROUP) == 0);
  CHECK(shows("by-owner", 0100644, SHARED_OWNER, SHARED_GROUP));
  CHECK(make(POSTGRES_FID, "secret", 0600, 71) == 0 && shows("secret", 0100600, POSTGRES, 71));
  CHECK(send_mkdir_with(POSTGRES_FID, "data", 0700, 71) == 0 && shows("data", 040700, POSTGRES, 71));
  CHECK(send_walk(POSTGRES_FID, 1, "data") == 0);
  CHECK(make(1, "inside", 02755, 72) == 0 && shows("data/inside", 0102755, POSTGRES, 72));
  CHECK(send_symlink(POSTGRES_FID, "pointer", "data") == 0 && shows("pointer", 0120777, POSTGRES, 0));
  CHECK(send_mknod(POSTGRES_FID, "plain", 0100604, 0, 0) == 0 && shows("plain", 0100604, POSTGRES, 44));
  // What was there before stays whose it was.
  put_on_host("there", "");
  CHECK(make(POSTGRES_FID, "there", 0600, 71) == 0 && is_default("there"));
  CHECK(set_all("by-owner") == 0 && make(ROOT_FID, "by-owner", 0644, 0) == 0 && is_set("by-owner"));
}

static void should_follow_a_file_through_renames(void) {
  start();
  CHECK(send_name(P9_TMKDIR, 0, "old") == 0);
  put_on_host("old/a", "");
  CHECK(set_all("old/a") == 0);
  CHECK(send_walk(0, 1, "old") == 0);
  CHECK(send_rename(1, "a", 0, "b") == 0 && is_set("b"));
  CHECK(send_rename(0, "b", 1, "c") == 0 && send_rename(0, "old", 0, "new") == 0 && is_set("new/c"));
  put_on_host("new/c", "written meanwhile");
  CHECK(is_set("new/c"));
  // What is replaced takes what was kept of it along.
  put_on_host("default", "");
  CHECK(send_rename(0, "default", 1, "c") == 0 && is_default("new/c"));
  CHECK(set_all("new/c") == 0);
  put_on_host("target", "");
  CHECK(set("target", SET_MODE, 0, 0, 0) == 0 && send_rename(1, "c", 0, "target") == 0 && is_set("target"));
}

static void should_follow_hard_links(void) {
  start();
  put_on_host("one", "");
  CHECK(set_all("one") == 0 && send_walk(0, 1, "one") == 0 && send_link(0, "two", 1) == 0);
  CHECK(is_set("two") && set("two", SET_MODE, 0600, 0, 0) == 0 && shows("one", 0100600, POSTGRES, 71));
  CHECK(send_rename(0, "one", 0, "two") == 0); // of one file: nothing happens
  CHECK(shows("one", 0100600, POSTGRES, 71) && shows("two", 0100600, POSTGRES, 71));
  CHECK(send_name(P9_TUNLINKAT, 0, "one") == 0);
  put_on_host("two", "changed while nobody looked");
  CHECK(shows("two", 0100600, POSTGRES, 71));
}

// Hosts give the number of a file that is gone to the next one.
static void should_forget_a_file_with_its_last_name(void) {
  start();
  put_on_host("again", "");
  CHECK(set_all("again") == 0 && send_name(P9_TUNLINKAT, 0, "again") == 0);
  put_on_host("again", "");
  CHECK(is_default("again"));
  CHECK(send_mkdir_with(0, "folder", 0700, 9) == 0 && send_remove_directory(0, "folder") == 0);
  CHECK(mkdir(on_host("folder"), 0755) == 0 && shows("folder", 040755, SHARED_OWNER, SHARED_GROUP));
}

static void should_keep_it_of_an_open_file_without_a_name(void) {
  struct attributes found;
  start();
  CHECK(send_walk(POSTGRES_FID, 1, "") == 0 && send_create_with(1, "temporary", READ_WRITE, 0600, 71) == 0);
  CHECK(send_walk(0, 2, "temporary") == 0 && send_name(P9_TUNLINKAT, 0, "temporary") == 0);
  CHECK(send_getattr(1, &found) == 0 && found.mode == 0100600 && found.uid == POSTGRES && found.links == 0);
  CHECK(send_chown(2, SET_MODE, 0640, 0, 0) == 0);
  CHECK(send_getattr(2, &found) == 0 && found.mode == 0100640 && found.gid == 71);
  CHECK(send_fid(P9_TCLUNK, 1) == 0);
  put_on_host("temporary", "");
  CHECK(is_default("temporary"));
}

static void should_know_what_the_host_puts_in_a_files_place(void) {
  start();
  put_on_host("edited", "");
  CHECK(set_all("edited") == 0 && is_set("edited"));
  put_on_host("edited", "the host wrote this into it");
  CHECK(is_set("edited"));
  CHECK(rename(on_host("edited"), on_host("elsewhere")) == 0 && is_set("elsewhere"));
  put_on_host("newer", "");
  CHECK(rename(on_host("newer"), on_host("elsewhere")) == 0 && is_default("elsewhere"));
  // Another file with the number of the one that is gone, as far as anybody can tell.
  put_on_host("number", "");
  CHECK(set_all("number") == 0);
  CHECK(rename(on_host("number"), on_host("other")) == 0);
  put_on_host("other", "with other content");
  CHECK(is_default("other"));
}

static void should_keep_the_times_of_links(void) {
  struct attributes found;
  start();
  CHECK(send_symlink(0, "dangling", "nowhere") == 0 && send_walk(0, 1, "dangling") == 0);
  CHECK(send_setattr(1, SET_TIMES | TIMES_GIVEN, 0, 1000) == 0);
  CHECK(send_getattr(1, &found) == 0 && found.accessed == 1000 && found.modified == 1001);
}

static void should_take_the_right_to_act_for_others_when_others_write(void) {
  start();
  put_on_host("tool", "");
  CHECK(set("tool", SET_MODE | SET_UID, 06775, 0, 0) == 0);
  CHECK(send_attach(60, "", 0) == 0 && send_walk(60, 1, "tool") == 0 && send_open(1, WRITE_ONLY) == 0);
  CHECK(send_write(1, 0, "root's", 6) == 6 && shows("tool", 0106775, 0, SHARED_GROUP));
  CHECK(send_walk(POSTGRES_FID, 2, "tool") == 0 && send_open(2, WRITE_ONLY) == 0);
  CHECK(send_write(2, 0, "theirs", 6) == 6 && shows("tool", 0100775, 0, SHARED_GROUP));
}

// What others may rely on is never forgotten; a file of the owner's that all may read is, before a new one is refused.
static void should_refuse_new_files_when_no_more_can_be_kept(void) {
  struct p9_identity identity = {.device = 12345};
  start();
  CHECK(make(ROOT_FID, "readable", 0644, SHARED_GROUP) == 0 && make(ROOT_FID, "private", 0600, SHARED_GROUP) == 0);
  while (p9_kept_has_room() && identity.inode < P9_KEPT_MAX) {
    identity.inode++;
    struct p9_kept *kept = p9_kept_make(&identity, FILE_REGULAR);
    CHECK(kept != NULL);
  }
  CHECK(is_default("readable"));
  CHECK(shows("private", 0100600, SHARED_OWNER, SHARED_GROUP));
  put_on_host("full", "");
  CHECK(make(ROOT_FID, "refused", 0600, SHARED_GROUP) == ENOSPC_ && host_lacks("refused"));
  CHECK(send_mkdir_with(0, "refused", 0700, 0) == ENOSPC_ && send_symlink(0, "refused", "x") == ENOSPC_);
  CHECK(send_mknod(0, "refused", 0010600, 0, 0) == ENOSPC_ && host_lacks("refused"));
  CHECK(set("full", SET_MODE, 0600, 0, 0) == ENOSPC_ && is_default("full"));
  CHECK(set("private", SET_MODE, 0640, 0, 0) == 0); // there is a record
  CHECK(send_name(P9_TUNLINKAT, 0, "private") == 0);
  CHECK(make(ROOT_FID, "fits", 0600, SHARED_GROUP) == 0 && shows("fits", 0100600, SHARED_OWNER, SHARED_GROUP));
  for (; identity.inode; identity.inode--)
    p9_kept_forget(&identity);
}

int main(void) {
  CHECK(client_make_share("/data"));
  should_show_what_nobody_set_as_executable_and_the_shares_owners();
  should_keep_modes_and_owners_through_sessions();
  should_change_nothing_on_the_host();
  should_give_what_a_user_makes_to_that_user();
  should_follow_a_file_through_renames();
  should_follow_hard_links();
  should_forget_a_file_with_its_last_name();
  should_keep_it_of_an_open_file_without_a_name();
  should_know_what_the_host_puts_in_a_files_place();
  should_keep_the_times_of_links();
  should_take_the_right_to_act_for_others_when_others_write();
  should_refuse_new_files_when_no_more_can_be_kept();
  remove_share();
  return check_result("9p modes and owners");
}
