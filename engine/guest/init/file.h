// Whole small files and folders.
#ifndef INIT_FILE_H
#define INIT_FILE_H

#include <stddef.h>

// The whole file and a NUL behind it, or NULL where there is no such file; other failures end the run.
char *file_read(const char *path, size_t *size);

// Writes to the file that is at `path`.
void file_write(const char *path, const char *content);

// Puts a new file of mode 0644 at `path`, in place of whatever file or link is there.
void file_replace(const char *path, const char *content);

// Makes a folder and those above it, all of mode 0755, where they are missing.
void folder_make(const char *path);

#endif
