#include "command.h"

#include "report.h"
#include "sys.h"

struct string_list command_make(const struct launch *launch) {
  struct string_list command = {0};
  for (size_t i = 0; i < launch->entrypoint.count; i++)
    list_append(&command, launch->entrypoint.items[i]);
  for (size_t i = 0; i < launch->command.count; i++)
    list_append(&command, launch->command.items[i]);
  if (command.count == 0)
    fail(EXIT_INIT_FAILED, "no command given, and the image has neither Entrypoint nor Cmd", NULL, 0);
  return command;
}

// 0 for a file that this user may execute, else why not.
static int check_executable(const char *file) {
  struct stat status;
  int result = sys_stat(file, &status);
  if (result < 0)
    return result;
  if ((status.st_mode & S_IFMT) == S_IFDIR)
    return -EISDIR;
  return sys_may_execute(file);
}

char *command_find(char *name, const char *path) {
  if (strchr(name, '/') != NULL) {
    int result = check_executable(name);
    if (result < 0)
      fail(result == -ENOENT || result == -ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE, "executing", name, result);
    return name;
  }
  char *rest = path == NULL ? NULL : concat(path, NULL);
  for (char *folder; (folder = next_field(&rest, ':')) != NULL;) {
    // An empty entry means the current folder (POSIX, "PATH").
    char *file = concat(folder[0] == '\0' ? "." : folder, "/", name, NULL);
    if (name[0] != '\0' && check_executable(file) == 0)
      return file;
  }
  fail(EXIT_NOT_FOUND, "executable file not found in $PATH:", name, 0);
}
