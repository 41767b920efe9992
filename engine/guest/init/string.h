// The part of the C library's <string.h> that is used here; the compiler calls the first three by itself, too.
#ifndef INIT_STRING_H
#define INIT_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
char *strchr(const char *text, int wanted);

#endif
