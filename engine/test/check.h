// The smallest of test frameworks: conditions that are counted, and a program that fails if one did not hold.
#ifndef TEST_CHECK_H
#define TEST_CHECK_H

#include <stdbool.h>
#include <stdio.h>

static unsigned checks, failures;

static inline void check(bool holds, const char *condition, const char *file, int line) {
  checks++;
  if (holds)
    return;
  failures++;
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
}

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)

// The exit code of a test program.
static inline int check_result(const char *name) {
  printf("%s: %u checks, %u failures\n", name, checks, failures);
  return failures != 0 || checks == 0;
}

#endif
