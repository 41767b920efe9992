// Runs in the guest during boot.py's tests: what programs do with files, in the shared directory named as argument.
// Prints the line of every expectation that does not hold, and exits with their number.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY_FILES = 300, LARGE = 1000000 };

static int failures;

static void expect(bool holds, int line) {
  if (holds)
    return;
  failures++;
  printf("line %d: %s\n", line, strerror(errno));
}

#define EXPECT(condition) expect(condition, __LINE__)

static bool contains(const char *path, const char *text) {
  char found[64] = "";
  const int file = open(path, O_RDONLY);
  const ssize_t length = read(file, found, sizeof found - 1);
  close(file);
  return length == (ssize_t)strlen(text) && strcmp(found, text) == 0;
}

static void write_file(const char *path, int flags, const char *text) {
  const int file = open(path, O_WRONLY | O_CREAT | flags, 0600);
  EXPECT(file >= 0);
  EXPECT(write(file, text, strlen(text)) == (ssize_t)strlen(text));
  EXPECT(close(file) == 0);
}

static void files_and_modes(void) {
  struct stat status;
  EXPECT(contains("from-host", "host\n"));
  write_file("new", 0, "one");
  write_file("new", O_APPEND, "two");
  EXPECT(contains("new", "onetwo"));
  write_file("new", O_TRUNC, "3");
  EXPECT(contains("new", "3"));
  EXPECT(open("new", O_WRONLY | O_CREAT | O_EXCL, 0600) < 0 && errno == EEXIST);
  EXPECT(open("none", O_RDONLY) < 0 && errno == ENOENT);
  const bool root = getuid() == 0; // the guest's kernel lets nobody else give a file away
  EXPECT(chmod("new", 0777) == 0 && chown("new", root ? 5 : getuid(), root ? 6 : getgid()) == 0);
  EXPECT(stat("new", &status) == 0 && status.st_mode == (S_IFREG | 0644));
  EXPECT(status.st_uid == getuid() && status.st_gid == getgid());
  EXPECT(truncate("new", 100) == 0 && stat("new", &status) == 0 && status.st_size == 100);
  const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 2000, .tv_nsec = 5000}};
  EXPECT(utimensat(AT_FDCWD, "new", times, 0) == 0 && stat("new", &status) == 0);
  EXPECT(status.st_atime == 1000 && status.st_mtime == 2000);
}

static void links(void) {
  char target[16] = "";
  struct stat status;
  EXPECT(symlink("from-host", "link") == 0);
  EXPECT(readlink("link", target, sizeof target) == 9 && strcmp(target, "from-host") == 0);
  EXPECT(contains("link", "host\n"));
  EXPECT(lstat("link", &status) == 0 && S_ISLNK(status.st_mode));
  EXPECT(link("from-host", "hard") == 0 && stat("hard", &status) == 0 && status.st_nlink == 2);
  EXPECT(unlink("hard") == 0 && unlink("link") == 0 && contains("from-host", "host\n"));
  EXPECT(mknod("device", S_IFCHR | 0600, 0x103) < 0);
}

static void directories(void) {
  EXPECT(mkdir("d", 0700) == 0 && mkdir("d/e", 0700) == 0 && mkdir("d", 0700) < 0 && errno == EEXIST);
  write_file("d/e/f", 0, "deep");
  const int file = open("d/e/f", O_RDWR);
  EXPECT(rename("d", "moved") == 0 && contains("moved/e/f", "deep"));
  EXPECT(access("d", F_OK) < 0 && errno == ENOENT);
  EXPECT(pwrite(file, "D", 1, 0) == 1 && close(file) == 0 && contains("moved/e/f", "Deep"));
  write_file("other", 0, "replaced");
  EXPECT(rename("moved/e/f", "other") == 0 && contains("other", "Deep"));
  EXPECT(rmdir("moved") < 0 && errno == ENOTEMPTY);
  EXPECT(rmdir("moved/e") == 0 && rmdir("moved") == 0);
  EXPECT(chdir("many") < 0 && mkdir("many", 0700) == 0 && chdir("many") == 0);
  char name[64], cwd[256];
  EXPECT(getcwd(cwd, sizeof cwd) && strstr(cwd, "/many"));
  for (int i = 0; i < MANY_FILES; i++) {
    snprintf(name, sizeof name, "a-file-with-quite-a-long-name-%d", i);
    write_file(name, O_EXCL, name);
  }
  int seen = 0;
  DIR *folder = opendir(".");
  for (const struct dirent *entry; folder && (entry = readdir(folder));)
    seen += entry->d_name[0] == 'a';
  EXPECT(seen == MANY_FILES && closedir(folder) == 0);
  for (int i = 0; i < MANY_FILES; i++) {
    snprintf(name, sizeof name, "a-file-with-quite-a-long-name-%d", i);
    EXPECT(unlink(name) == 0);
  }
  EXPECT(chdir("..") == 0 && rmdir("many") == 0);
}

static void open_files_that_are_gone(void) {
  struct stat status;
  char text[8] = "";
  write_file("gone", 0, "still");
  const int file = open("gone", O_RDWR);
  EXPECT(unlink("gone") == 0 && access("gone", F_OK) < 0);
  write_file("gone", O_EXCL, "another");
  EXPECT(pread(file, text, sizeof text, 0) == 5 && strcmp(text, "still") == 0);
  EXPECT(fstat(file, &status) == 0 && status.st_size == 5);
  EXPECT(close(file) == 0 && contains("gone", "another") && unlink("gone") == 0);
}

static void large_and_mapped(void) {
  static char block[4096], back[4096];
  memset(block, 'x', sizeof block);
  const int file = open("large", O_RDWR | O_CREAT, 0600);
  for (int i = 0; i < LARGE / 4096; i++) {
    block[0] = (char)i;
    EXPECT(write(file, block, sizeof block) == sizeof block);
  }
  EXPECT(fsync(file) == 0 && pread(file, back, sizeof back, 4096L * 77) == sizeof back && back[0] == 77);
  char *mapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  EXPECT(mapped != MAP_FAILED);
  if (mapped != MAP_FAILED) {
    mapped[5000] = 'M';
    EXPECT(msync(mapped, 8192, MS_SYNC) == 0 && munmap(mapped, 8192) == 0);
  }
  EXPECT(pread(file, back, 1, 5000) == 1 && back[0] == 'M' && close(file) == 0);
}

int main(int count, char **arguments) {
  EXPECT(count == 2 && chdir(arguments[1]) == 0);
  files_and_modes();
  links();
  directories();
  open_files_that_are_gone();
  large_and_mapped();
  return failures;
}
