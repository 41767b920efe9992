#include "size_query.h"

const char SIZE_QUESTION[] = "\0337\033[9999;9999H\033[6n\0338";

enum match { NO_ANSWER, BEGINNING_OF_ANSWER, ANSWER };

// Reads a number of one to four digits off the input.
static enum match match_number(const char **next, const char *end, uint16_t *number) {
  const char *start = *next;
  unsigned sum = 0;
  while (*next < end && *next - start < 4 && **next >= '0' && **next <= '9')
    sum = sum * 10 + (unsigned)(*(*next)++ - '0');
  *number = (uint16_t)sum;
  if (*next == end)
    return BEGINNING_OF_ANSWER;
  return *next == start ? NO_ANSWER : ANSWER;
}

static enum match match_byte(const char **next, const char *end, char wanted) {
  if (*next == end)
    return BEGINNING_OF_ANSWER;
  return *(*next)++ == wanted ? ANSWER : NO_ANSWER;
}

// Matches ESC [ ROWS ; COLUMNS R at *next and moves it behind what matched.
static enum match match_answer(const char **next, const char *end, struct size_query *query) {
  enum match match = match_byte(next, end, '\033');
  if (match == ANSWER)
    match = match_byte(next, end, '[');
  if (match == ANSWER)
    match = match_number(next, end, &query->rows);
  if (match == ANSWER)
    match = match_byte(next, end, ';');
  if (match == ANSWER)
    match = match_number(next, end, &query->columns);
  if (match == ANSWER)
    match = match_byte(next, end, 'R');
  return match;
}

size_t size_query_take(struct size_query *query, char *input, size_t length, bool ended) {
  const char *end = input + length;
  query->held = 0;
  for (char *start = input; start < end; start++) {
    const char *next = start;
    enum match match = match_answer(&next, end, query);
    if (match == ANSWER) {
      query->answered = true;
      memmove(start, next, (size_t)(end - next));
      return length - (size_t)(next - start);
    }
    if (match == BEGINNING_OF_ANSWER && !ended) {
      query->held = (size_t)(end - start);
      memcpy(query->bytes, start, query->held);
      return length - query->held;
    }
  }
  return length;
}
