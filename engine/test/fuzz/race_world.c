#include "race_world.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RACE_SECRET_PATH "outside/" RACE_SECRET_NAME
#define RACE_FOLDER_PATH "outside/folder/" RACE_SECRET_NAME

enum { PATHS = 8, PATH_LENGTH = 128 };
// What is looked at, from the top; the last two may not get other entries.
static const char *const WATCHED[PATHS] = {
    RACE_SECRET_PATH, "outside/secret", RACE_FOLDER_PATH, "outside/folder", "outside/link", "outside", "top", ""};
static const char *const FILES[] = {RACE_SECRET_PATH, "outside/secret", RACE_FOLDER_PATH};
enum { FILE_COUNT = sizeof FILES / sizeof FILES[0] };

static char top[64], outer[80], inner[96], way_out[96];
static int outer_directory = -1;
static struct stat before[PATHS];

static void full_path(char *path, const char *name) {
  snprintf(path, PATH_LENGTH, "%s/%s", top, name);
}

static bool make_folder(const char *name) {
  char path[PATH_LENGTH];
  full_path(path, name);
  return mkdir(path, 0755) == 0;
}

static bool make_file(const char *name) {
  char path[PATH_LENGTH];
  full_path(path, name);
  const int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  return file >= 0 && write(file, RACE_SECRET, strlen(RACE_SECRET)) > 0 && close(file) == 0;
}

// Reading a file changes its time of access only if that is before the time of modification.
static bool take_notes(void) {
  static const struct timespec TIMES[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1100000000}};
  char path[PATH_LENGTH];
  for (unsigned i = 0; i < PATHS; i++) {
    full_path(path, WATCHED[i]);
    if (utimensat(AT_FDCWD, path, TIMES, AT_SYMLINK_NOFOLLOW) < 0 || lstat(path, &before[i]) < 0)
      return false;
  }
  return true;
}

bool race_make(void) {
  char path[PATH_LENGTH];
  snprintf(top, sizeof top, "%s/oci2wasm-race-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
  if (!mkdtemp(top))
    return false;
  snprintf(outer, sizeof outer, "%s/top/outer", top);
  snprintf(inner, sizeof inner, "%s/inner", outer);
  snprintf(way_out, sizeof way_out, "%s/outside", top);
  if (!make_folder("outside") || !make_folder("outside/folder") || !make_folder("top") || !make_folder("top/outer") ||
      !make_folder("top/outer/inner"))
    return false;
  for (unsigned i = 0; i < FILE_COUNT; i++) {
    if (!make_file(FILES[i]))
      return false;
  }
  full_path(path, "outside/link");
  if (symlink("nothing", path) < 0)
    return false;
  outer_directory = open(outer, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return outer_directory >= 0 && take_notes();
}

const char *race_outer(void) {
  return outer;
}

const char *race_inner(void) {
  return inner;
}

static bool holds_secret(const char *path) {
  char content[64] = {0};
  const int file = open(path, O_RDONLY | O_NOFOLLOW | O_NOATIME);
  const bool same = file >= 0 && read(file, content, sizeof content - 1) == (ssize_t)strlen(RACE_SECRET) &&
                    strcmp(content, RACE_SECRET) == 0;
  close(file);
  return same;
}

static bool same_time(const struct timespec *a, const struct timespec *b) {
  return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

// Folders may be listed by anybody on the host, so that their time of access says nothing; their names are known by
// RACE_SECRET_NAME.
static bool is_same(const struct stat *a, const struct stat *b) {
  return a->st_ino == b->st_ino && a->st_mode == b->st_mode && a->st_nlink == b->st_nlink && a->st_uid == b->st_uid &&
         a->st_gid == b->st_gid && a->st_size == b->st_size &&
         (S_ISDIR(a->st_mode) || same_time(&a->st_atim, &b->st_atim)) && same_time(&a->st_mtim, &b->st_mtim) &&
         same_time(&a->st_ctim, &b->st_ctim);
}

const char *race_changed(void) {
  static char path[PATH_LENGTH];
  for (unsigned i = 0; i < PATHS; i++) {
    struct stat now;
    full_path(path, WATCHED[i]);
    if (lstat(path, &now) < 0 || !is_same(&now, &before[i]))
      return path;
  }
  for (unsigned i = 0; i < FILE_COUNT; i++) {
    full_path(path, FILES[i]);
    if (!holds_secret(path))
      return path;
  }
  return NULL;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where) {
  (void)status;
  (void)type;
  (void)where;
  return remove(path);
}

void race_remove(void) {
  if (outer_directory >= 0)
    close(outer_directory);
  outer_directory = -1;
  nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *race_name(struct dice *dice) {
  static const char *const NAMES[] = {"a", "b", "c", "d", "inner"};
  return NAMES[roll(dice, sizeof NAMES / sizeof NAMES[0])];
}

void race_path(struct dice *dice, char *path, unsigned depth) {
  *path = 0;
  for (unsigned names = 1 + roll(dice, depth); names; names--) {
    strcat(path, race_name(dice));
    if (names > 1)
      strcat(path, "/");
  }
}

const char *race_target(struct dice *dice) {
  static const char *const TARGETS[] = {"..", "../..", "../../outside", "../../../outside", "a", "../inner"};
  return one_in(dice, 2) ? way_out : TARGETS[roll(dice, sizeof TARGETS / sizeof TARGETS[0])];
}

// The folder that a path's last name is in.
static int open_parent(const char *path, const char **name) {
  char parent[PATH_LENGTH];
  const struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                               .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
  const char *slash = strrchr(path, '/');
  snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
  *name = slash ? slash + 1 : path;
  return (int)syscall(SYS_openat2, outer_directory, parent, &how, sizeof how);
}

static void write_file(struct dice *dice, int directory, const char *name) {
  const int file = openat(directory, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
  static const char BYTES[256];
  if (file < 0)
    return;
  if (pwrite(file, BYTES, roll(dice, sizeof BYTES), roll(dice, 5000)) < 0 && ftruncate(file, roll(dice, 100)) < 0)
    errno = 0; // the file may be anything
  close(file);
}

static void rename_to_somewhere(struct dice *dice, int directory, const char *name, unsigned flags) {
  char path[PATH_LENGTH];
  const char *other_name;
  race_path(dice, path, 3);
  const int other = open_parent(path, &other_name);
  if (other < 0)
    return;
  renameat2(directory, name, other, other_name, flags);
  close(other);
}

void race_outsider(struct dice *dice) {
  char path[PATH_LENGTH];
  const char *name;
  race_path(dice, path, 3);
  const int directory = open_parent(path, &name);
  if (directory < 0)
    return;
  switch (roll(dice, 12)) {
  case 0:
  case 1: mkdirat(directory, name, 0755); break;
  case 2: unlinkat(directory, name, 0); break;
  case 3: unlinkat(directory, name, AT_REMOVEDIR); break;
  case 4:
  case 5: // a link in the place of what is there
    if (one_in(dice, 2))
      rename_to_somewhere(dice, directory, name, 0);
    if (symlinkat(race_target(dice), directory, name) < 0)
      errno = 0;
    break;
  case 6: write_file(dice, directory, name); break;
  case 7: mkfifoat(directory, name, 0644); break;
  case 8:
  case 9: rename_to_somewhere(dice, directory, name, RENAME_EXCHANGE); break;
  default: rename_to_somewhere(dice, directory, name, 0); break;
  }
  close(directory);
}
