// Runs in the guest during boot.py's tests.
//
//   program CODEcopies standard input to standard output, says "err" on standard error, exits with CODE
//   program waitsleeps for 200 ms and says so
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments) {
  static char buffer[65536];
  if (count > 1 && strcmp(arguments[1], "wait") == 0) {
    const struct timespec time = {.tv_nsec = 200000000};
    nanosleep(&time, NULL);
    puts("waited");
    return 0;
  }
  for (ssize_t got; (got = read(0, buffer, sizeof buffer)) > 0;) {
    if (write(1, buffer, (size_t)got) != got)
      return 99;
  }
  fputs("err\n", stderr);
  return count > 1 ? atoi(arguments[1]) : 0;
}
