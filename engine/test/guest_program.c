// Runs in the guest during boot.py's tests.
//
//   program CODE            copies standard input to standard output, says "err" on standard error, exits with CODE
//   program wait            sleeps for 200 ms and says so
//   program files           says how many files the root can hold, and how many of them there may still be
//   program tsc             reads the time-stamp counter often and says whether it grew each time
//   program use|probe SET   executes an instruction of a set that the machine has not; probe catches the signal
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

// Instructions of AVX2, of BMI2, and of neither.
static void execute_missing(const char *set) {
#ifdef __x86_64__
  if (strcmp(set, "avx2") == 0)
    __asm__ volatile("vpaddd %ymm0, %ymm0, %ymm0");
  else if (strcmp(set, "bmi2") == 0)
    __asm__ volatile("pdep %rax, %rax, %rax");
  else
    __asm__ volatile("ud2");
#else
  (void)set;
#endif
}

static int say_files(void) {
  struct statvfs status;
  if (statvfs("/", &status) != 0)
    return 1;
  printf("%llu %llu\n", (unsigned long long)status.f_files, (unsigned long long)status.f_ffree);
  return 0;
}

static int read_counter(void) {
#ifdef __x86_64__
  unsigned long long before = __builtin_ia32_rdtsc();
  for (int i = 0; i < 100000; i++) {
    const unsigned long long now = __builtin_ia32_rdtsc();
    if (now <= before)
      return 1;
    before = now;
  }
#endif
  puts("grew");
  return 0;
}

static void on_signal(int number) {
  (void)number;
  puts("caught");
  exit(0);
}

int main(int count, char **arguments) {
  static char buffer[65536];
  if (count > 1 && strcmp(arguments[1], "wait") == 0) {
    const struct timespec time = {.tv_nsec = 200000000};
    nanosleep(&time, NULL);
    puts("waited");
    return 0;
  }
  if (count > 1 && strcmp(arguments[1], "files") == 0)
    return say_files();
  if (count > 1 && strcmp(arguments[1], "tsc") == 0)
    return read_counter();
  if (count > 2 && strcmp(arguments[1], "probe") == 0)
    signal(SIGILL, on_signal);
  if (count > 2)
    execute_missing(arguments[2]);
  for (ssize_t got; (got = read(0, buffer, sizeof buffer)) > 0;) {
    if (write(1, buffer, (size_t)got) != got)
      return 99;
  }
  fputs("err\n", stderr);
  return count > 1 ? atoi(arguments[1]) : 0;
}
