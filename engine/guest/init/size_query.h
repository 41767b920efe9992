// Asking a terminal for its size, where the host cannot tell: the cursor is sent to the far corner and asked where it
// came to stand (ECMA-48, CUP and DSR 6). The answer, CPR, comes among what the user types.
#ifndef INIT_SIZE_QUERY_H
#define INIT_SIZE_QUERY_H

#include "text.h"

// The longest answer, and so the most that is held back.
enum { SIZE_ANSWER_LIMIT = 16 };

struct size_query {
  bool answered;
  uint16_t rows;
  uint16_t columns;
  size_t held; // the beginning of what may become the answer
  char bytes[SIZE_ANSWER_LIMIT];
};

// What to write to the terminal; it leaves the cursor where it was.
extern const char SIZE_QUESTION[];

// Takes the answer out of `length` bytes of input, which begin with the `held` ones, and returns how many are left.
// What may be the beginning of the answer is held back, unless the input `ended`.
size_t size_query_take(struct size_query *query, char *input, size_t length, bool ended);

#endif
