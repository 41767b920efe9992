// Strings and the memory they live in. What is taken is never given back: init's life is one container's.
#ifndef INIT_TEXT_H
#define INIT_TEXT_H

#include "string.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Zeroed memory, aligned for any type; ends the run if there is none.
void *take_memory(size_t size);

// A list that grows; `items` always ends with a NULL beyond `count`, as execve wants it.
struct string_list {
  char **items;
  size_t count;
  size_t capacity;
};
void list_append(struct string_list *list, char *item);

// The part of `text` behind `prefix`, or NULL where it does not begin with it.
char *after_prefix(char *text, const char *prefix);

// A new string made of all arguments up to a NULL.
char *concat(const char *first, ...) __attribute__((sentinel));

// A new string: `value` in decimal.
char *decimal(uint64_t value);

// Reads all of `text` as a decimal number not above `limit`; false for anything else, the empty string too.
bool parse_decimal(const char *text, uint64_t limit, uint64_t *value);
// The same with digits 0-9 and a-f.
bool parse_hexadecimal(const char *text, uint64_t limit, uint64_t *value);

// Cuts the next field off *rest at `separator` or at the end; NULL once nothing is left.
char *next_field(char **rest, char separator);

#endif
