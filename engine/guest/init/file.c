#include "file.h"

#include "report.h"
#include "sys.h"
#include "text.h"

char *file_read(const char *path, size_t *size) {
  int file = sys_open(path, O_RDONLY, 0);
  if (file == -ENOENT || file == -ENOTDIR)
    return NULL;
  struct stat status;
  long result = file < 0 ? file : sys_fstat(file, &status);
  if (result < 0)
    fail(EXIT_INIT_FAILED, "reading", path, result);

  size_t capacity = (size_t)status.st_size;
  char *content = take_memory(capacity + 1);
  *size = 0;
  while (*size < capacity && (result = sys_read(file, content + *size, capacity - *size)) > 0)
    *size += (size_t)result;
  if (result < 0)
    fail(EXIT_INIT_FAILED, "reading", path, result);
  sys_close(file);
  return content;
}

static void write_to(int file, const char *path, const char *content) {
  long result = file;
  size_t left = strlen(content);
  while (result >= 0 && left > 0) {
    result = sys_write(file, content, left);
    if (result > 0) {
      content += result;
      left -= (size_t)result;
    }
  }
  if (result < 0)
    fail(EXIT_INIT_FAILED, "writing", path, result);
  sys_close(file);
}

void file_write(const char *path, const char *content) {
  write_to(sys_open(path, O_WRONLY, 0), path, content);
}

void file_replace(const char *path, const char *content) {
  int removed = sys_unlink(path);
  int file = removed < 0 && removed != -ENOENT ? removed : sys_open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  write_to(file, path, content);
}

void folder_make(const char *path) {
  // Mostly it is there, or only the last part is missing: try that before walking down.
  int result = sys_make_directory(path, 0755);
  if (result == -ENOENT) {
    char *partial = concat(path, NULL);
    for (char *slash = strchr(partial + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
      *slash = '\0';
      sys_make_directory(partial, 0755);
      *slash = '/';
    }
    result = sys_make_directory(path, 0755);
  }
  struct stat status;
  if (result == -EEXIST) {
    result = sys_stat(path, &status);
    if (result == 0 && (status.st_mode & S_IFMT) != S_IFDIR)
      result = -ENOTDIR;
  }
  if (result < 0)
    fail(EXIT_INIT_FAILED, "making the folder", path, result);
}
