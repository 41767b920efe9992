#include "text.h"

#include "control.h"
#include "sys.h"
#include <stdarg.h>

void *take_memory(size_t size) {
  enum { CHUNK = 64 * 1024, ALIGNMENT = 16 };
  static char *next;
  static size_t left;
  size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  if (size > left) {
    size_t chunk = size > CHUNK ? size : CHUNK;
    long mapped = sys_map_memory(chunk);
    if (mapped < 0 && mapped > -4096)
      fail_out_of_memory();
    next = (char *)mapped;
    left = chunk;
  }
  void *taken = next;
  next += size;
  left -= size;
  return taken;
}

void list_append(struct string_list *list, char *item) {
  if (list->count + 1 >= list->capacity) {
    size_t capacity = list->capacity == 0 ? 16 : list->capacity * 2;
    char **items = take_memory(capacity * sizeof *items);
    if (list->count > 0)
      memcpy(items, list->items, list->count * sizeof *items);
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->count++] = item;
  list->items[list->count] = NULL;
}

char *after_prefix(char *text, const char *prefix) {
  while (*prefix != '\0') {
    if (*text++ != *prefix++)
      return NULL;
  }
  return text;
}

char *concat(const char *first, ...) {
  size_t size = 1;
  va_list parts;
  va_start(parts, first);
  for (const char *part = first; part != NULL; part = va_arg(parts, const char *))
    size += strlen(part);
  va_end(parts);

  char *whole = take_memory(size);
  char *end = whole;
  va_start(parts, first);
  for (const char *part = first; part != NULL; part = va_arg(parts, const char *)) {
    size_t length = strlen(part);
    memcpy(end, part, length);
    end += length;
  }
  va_end(parts);
  *end = '\0';
  return whole;
}

char *decimal(uint64_t value) {
  enum { LONGEST = 20 };
  char *digit = (char *)take_memory(LONGEST + 1) + LONGEST;
  do {
    *--digit = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return digit;
}

static bool parse_number(const char *text, uint64_t base, uint64_t limit, uint64_t *value) {
  static const char DIGITS[] = "0123456789abcdef";
  if (*text == '\0')
    return false;
  uint64_t sum = 0;
  for (; *text != '\0'; text++) {
    const char *found = strchr(DIGITS, *text);
    const uint64_t digit = found == NULL ? base : (uint64_t)(found - DIGITS);
    if (digit >= base || digit > limit || sum > (limit - digit) / base)
      return false;
    sum = sum * base + digit;
  }
  *value = sum;
  return true;
}

bool parse_decimal(const char *text, uint64_t limit, uint64_t *value) {
  return parse_number(text, 10, limit, value);
}

bool parse_hexadecimal(const char *text, uint64_t limit, uint64_t *value) {
  return parse_number(text, 16, limit, value);
}

char *next_field(char **rest, char separator) {
  char *field = *rest;
  if (field == NULL)
    return NULL;
  char *end = strchr(field, separator);
  *rest = end == NULL ? NULL : end + 1;
  if (end != NULL)
    *end = '\0';
  return field;
}
