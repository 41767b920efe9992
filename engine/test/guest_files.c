// Runs in the guest during boot.py's tests: what programs do with files, in the shared directory named as argument; as
// root also what several users do there. Prints the line of every expectation that does not hold, and exits with their
// number. With the argument `euid` it exits with its effective user.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY_FILES = 300, LARGE = 1000000 };
enum { OWNER = 70, OTHER = 71, GROUP = 72 }; // users that are not root

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
  EXPECT(stat("from-host", &status) == 0 && status.st_mode == (S_IFREG | 0755) && status.st_uid == getuid());
  EXPECT(stat("new", &status) == 0 && status.st_mode == (S_IFREG | 0600));
  EXPECT(chmod("new", 0741) == 0 && stat("new", &status) == 0 && status.st_mode == (S_IFREG | 0741));
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
}

static struct sockaddr_un address_of(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  return address;
}

static int connect_to(const char *path) {
  const struct sockaddr_un address = address_of(path);
  const int client = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(client, (const struct sockaddr *)&address, sizeof address) == 0)
    return client;
  close(client);
  return -1;
}

static void sockets(void) {
  struct stat status;
  char byte = 0;
  const struct sockaddr_un address = address_of("socket");
  const int server = socket(AF_UNIX, SOCK_STREAM, 0), again = socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT(bind(server, (const struct sockaddr *)&address, sizeof address) == 0 && listen(server, 1) == 0);
  EXPECT(stat("socket", &status) == 0 && S_ISSOCK(status.st_mode) && status.st_uid == getuid());
  EXPECT(bind(again, (const struct sockaddr *)&address, sizeof address) < 0 && errno == EADDRINUSE);
  EXPECT(chmod("socket", 0700) == 0 && rename("socket", "renamed") == 0 && connect_to("socket") < 0);
  EXPECT(stat("renamed", &status) == 0 && status.st_mode == (S_IFSOCK | 0700));
  const int client = connect_to("renamed"), accepted = accept(server, NULL, NULL);
  EXPECT(client >= 0 && accepted >= 0 && write(client, "x", 1) == 1 && read(accepted, &byte, 1) == 1 && byte == 'x');
  EXPECT(open("renamed", O_RDONLY) < 0 && errno == ENXIO);
  close(client);
  close(accepted);
  close(server);
  close(again);
  EXPECT(connect_to("renamed") < 0 && errno == ECONNREFUSED);
  EXPECT(unlink("renamed") == 0 && connect_to("renamed") < 0 && errno == ENOENT);
}

static void pipes(void) {
  char text[8] = "";
  struct stat status;
  EXPECT(mkdir("queue", 0755) == 0 && mkfifo("queue/pipe", 0640) == 0 && mkfifo("queue/pipe", 0600) < 0);
  EXPECT(errno == EEXIST && open("queue/pipe", O_WRONLY | O_NONBLOCK) < 0 && errno == ENXIO);
  EXPECT(rmdir("queue") < 0 && errno == ENOTEMPTY);
  const pid_t writer = fork();
  if (writer == 0) {
    const int file = open("queue/pipe", O_WRONLY);
    _exit(write(file, "through", 7) != 7);
  }
  const int file = open("queue/pipe", O_RDONLY);
  EXPECT(fstat(file, &status) == 0 && status.st_mode == (S_IFIFO | 0640) && status.st_nlink == 1);
  EXPECT(unlink("queue/pipe") == 0 && read(file, text, sizeof text) == 7 && strcmp(text, "through") == 0);
  int result = 1;
  EXPECT(waitpid(writer, &result, 0) == writer && result == 0 && close(file) == 0 && rmdir("queue") == 0);
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

// As that user, with no rights of root's; their failures are counted too.
static void as_user(uid_t user, void (*act)(void)) {
  int result = -1;
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    failures = 0;
    EXPECT(setgid(GROUP) == 0 && setuid(user) == 0);
    act();
    fflush(stdout);
    _exit(failures);
  }
  EXPECT(waitpid(child, &result, 0) == child && WIFEXITED(result));
  failures += WEXITSTATUS(result);
}

// What a database does that gives up root first.
static void owner_works(void) {
  struct stat status;
  umask(027);
  EXPECT(chmod("users", 0777) < 0 && errno == EPERM && chown("users", OWNER, -1U) < 0 && errno == EPERM);
  EXPECT(mkdir("users/data", 0777) == 0 && stat("users/data", &status) == 0);
  EXPECT(status.st_mode == (S_IFDIR | 0750) && status.st_uid == OWNER && status.st_gid == GROUP);
  EXPECT(chdir("users/data") == 0 && chmod(".", 0700) == 0);
  write_file("secret", O_EXCL, "secret");
  EXPECT(link("secret", "lock") == 0 && unlink("lock") == 0 && rename("secret", "kept") == 0);
  EXPECT(stat("kept", &status) == 0 && status.st_mode == (S_IFREG | 0600) && status.st_uid == OWNER);
  EXPECT(symlink("kept", "pointer") == 0 && lstat("pointer", &status) == 0 && status.st_uid == OWNER);
  const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 2000}};
  EXPECT(utimensat(AT_FDCWD, "pointer", times, AT_SYMLINK_NOFOLLOW) == 0 && lstat("pointer", &status) == 0);
  EXPECT(status.st_mtime == 2000);
  const int file = open("gone", O_RDWR | O_CREAT, 0600);
  EXPECT(unlink("gone") == 0 && fchmod(file, 0640) == 0 && fstat(file, &status) == 0);
  EXPECT(status.st_mode == (S_IFREG | 0640) && status.st_uid == OWNER && close(file) == 0);
  sockets();
  pipes();
  EXPECT(chdir("..") == 0);
  write_file("sticky", 0, "mine");
  EXPECT(chmod("sticky", 0666) == 0 && mknod("null", S_IFCHR | 0666, makedev(1, 3)) < 0 && errno == EPERM);
}

static void other_is_kept_out(void) {
  struct stat status;
  EXPECT(open("users/data/kept", O_RDONLY) < 0 && errno == EACCES && mkdir("users/data/x", 0700) < 0);
  EXPECT(errno == EACCES && mkdir("refused", 0700) < 0 && errno == EACCES);
  EXPECT(unlink("users/sticky") < 0 && errno == EPERM && chmod("users/sticky", 0777) < 0 && errno == EPERM);
  const int file = open("users/sticky", O_WRONLY);
  EXPECT(file >= 0 && write(file, "ours", 4) == 4 && close(file) == 0);
  EXPECT(mkdir("team/ours", 0700) == 0 && stat("team/ours", &status) == 0);
  EXPECT(status.st_gid == 5 && status.st_mode == (S_IFDIR | S_ISGID | 0700) && status.st_uid == OTHER);
}

static void copy(const char *from, const char *to) {
  static char block[65536];
  const int source = open(from, O_RDONLY), target = open(to, O_WRONLY | O_CREAT | O_EXCL, 0700);
  for (ssize_t length; (length = read(source, block, sizeof block)) > 0;)
    EXPECT(write(target, block, (size_t)length) == length);
  EXPECT(close(source) == 0 && close(target) == 0);
}

static void run_for_another(void) {
  execl("./program", "program", "euid", NULL);
  EXPECT(false);
}

static void several_users(void) {
  EXPECT(mkdir("users", 0700) == 0 && chmod("users", 01777) == 0);
  EXPECT(mkdir("team", 0700) == 0 && chown("team", 0, 5) == 0 && chmod("team", 02777) == 0);
  as_user(OWNER, owner_works);
  as_user(OTHER, other_is_kept_out);
  EXPECT(contains("users/sticky", "ours") && contains("users/data/kept", "secret"));
  EXPECT(mknod("null", S_IFCHR | 0666, makedev(1, 3)) == 0);
  const int null = open("null", O_RDWR);
  EXPECT(null >= 0 && write(null, "x", 1) == 1 && read(null, &(char){0}, 1) == 0 && close(null) == 0);
  copy("/proc/self/exe", "program");
  EXPECT(chown("program", OTHER, GROUP) == 0 && chmod("program", 04755) == 0);
  const int before = failures;
  as_user(OWNER, run_for_another);
  EXPECT(failures == before + OTHER);
  failures = failures == before + OTHER ? before : failures;
}

int main(int count, char **arguments) {
  if (count == 2 && strcmp(arguments[1], "euid") == 0)
    return (int)geteuid();
  EXPECT(count == 2 && chdir(arguments[1]) == 0);
  files_and_modes();
  links();
  sockets();
  pipes();
  directories();
  open_files_that_are_gone();
  large_and_mapped();
  if (getuid() == 0)
    several_users();
  return failures;
}
