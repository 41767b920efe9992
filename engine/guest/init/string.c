#include "string.h"

#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  unsigned char *out = to;
  const unsigned char *in = from;
  while (size-- > 0)
    *out++ = *in++;
  return to;
}

void *memmove(void *to, const void *from, size_t size) {
  unsigned char *out = to;
  const unsigned char *in = from;
  if (out <= in)
    return memcpy(to, from, size);
  while (size-- > 0)
    out[size] = in[size];
  return to;
}

void *memset(void *to, int value, size_t size) {
  unsigned char *out = to;
  while (size-- > 0)
    *out++ = (unsigned char)value;
  return to;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != '\0')
    length++;
  return length;
}

int strcmp(const char *a, const char *b) {
  while (*a != '\0' && *a == *b) {
    a++;
    b++;
  }
  return (unsigned char)*a - (unsigned char)*b;
}

char *strchr(const char *text, int wanted) {
  for (; *text != (char)wanted; text++) {
    if (*text == '\0')
      return NULL;
  }
  return (char *)(uintptr_t)text;
}
