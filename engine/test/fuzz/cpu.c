// fuzz_cpu_ARCH SECONDS SEED     cases with the seeds SEED, SEED + 1, ..., until the time is over
// fuzz_cpu_ARCH --processor SECONDS SEED     the same, until so much processor time is used
// fuzz_cpu_ARCH --case SEED      one case again
// fuzz_cpu_ARCH --trace SEED     the same, a basic block at a time and with what it does: where do the machines part?
//
// A finding is a report of ASan or UBSan, a case that does not end, or a difference between the two machines. Its seed
// is printed.
#include "cpu.h"

#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// Of processor time, for one case: it takes milliseconds.
enum { CASE_SECONDS = 20 };

struct fuzz_count fuzz_count;

static const char *program;
static uint64_t seed;
static bool shows;

static void say_seed(void) {
  char text[256];
  const int length = snprintf(text, sizeof text, "%s: a finding with seed %llu; to run it again: %s --case %llu\n",
                              program, (unsigned long long)seed, program, (unsigned long long)seed);
  if (write(STDERR_FILENO, text, (size_t)length) != length)
    _exit(1);
}

void fuzz_finding(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  say_seed();
  exit(1);
}

void fuzz_same(const char *what, unsigned number, uint64_t normal, uint64_t stepped) {
  if (normal != stepped)
    fuzz_finding("%s %u: %#llx, and %#llx when every instruction is executed alone", what, number,
                 (unsigned long long)normal, (unsigned long long)stepped);
}

bool fuzz_shows(void) {
  return shows;
}

static void hangs(int number) {
  static const char TEXT[] = "the case does not end\n";
  (void)number;
  if (write(STDERR_FILENO, TEXT, sizeof TEXT - 1) > 0)
    abort(); // ASan prints where
}

static void run_case(void) {
  struct dice dice = {.state = seed * UINT64_C(0xd1342543de82ef95)};
  const struct itimerval limit = {.it_value.tv_sec = CASE_SECONDS};
  setitimer(ITIMER_VIRTUAL, &limit, NULL);
  fuzz_count.cases++;
  if (fuzz_case(&dice) == FUZZ_UNCOMPARED)
    fuzz_count.uncompared++;
}

static double processor_seconds(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
  program = arguments[0];
  const bool by_processor = count == 4 && strcmp(arguments[1], "--processor") == 0;
  if (count != 3 && !by_processor) {
    fprintf(stderr, "usage: %s [--processor] SECONDS SEED | --case SEED | --trace SEED\n", program);
    return 2;
  }
  shows = strcmp(arguments[1], "--trace") == 0;
  const long seconds = atol(arguments[count - 2]); // 0 for the options
  const time_t end = time(NULL) + seconds;
  seed = strtoull(arguments[count - 1], NULL, 10);
  signal(SIGVTALRM, hangs);
  __sanitizer_set_death_callback(say_seed);
  fuzz_init();
  printf("%s: seeds from %llu\n", program, (unsigned long long)seed);
  fflush(stdout);
  do {
    run_case();
    seed++;
  } while (by_processor ? processor_seconds() < (double)seconds : time(NULL) < end);
  printf("%s: %llu cases (%llu not compared to the end), %llu instructions, %llu waits, %llu shutdowns, %llu modules "
         "of %llu functions, %.0f s of processor time: clean\n",
         program, (unsigned long long)fuzz_count.cases, (unsigned long long)fuzz_count.uncompared,
         (unsigned long long)fuzz_count.instructions, (unsigned long long)fuzz_count.waits,
         (unsigned long long)fuzz_count.shutdowns, (unsigned long long)fuzz_count.modules,
         (unsigned long long)fuzz_count.functions, processor_seconds());
  return 0;
}
