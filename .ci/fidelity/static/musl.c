// Threads, libm, locale-free printing and time with the musl C library.
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long total;

static void *add(void *start) {
  for (long i = 0; i < 10000; i++) {
    pthread_mutex_lock(&lock);
    total += i ^ (long)start;
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

int main(void) {
  pthread_t threads[8];
  for (long n = 0; n < 8; n++)
    pthread_create(&threads[n], NULL, add, (void *)n);
  for (int n = 0; n < 8; n++)
    pthread_join(threads[n], NULL);
  time_t then = 1e9;
  char text[64];
  strftime(text, sizeof text, "%F %T %a", gmtime(&then));
  char *copy = malloc(1 << 20);
  memset(copy, 'x', 1 << 20);
  printf("%ld %s %c\n", total, text, realloc(copy, 1 << 22) ? 'm' : '-');
  printf("%a %a %La %.25Lg %.17g %g\n", sin(1e10), exp(1.5), expl(1.5L), sinl(2.5L), pow(1.1, 50), strtod("0x1.8p-1074", NULL));
  return 7;
}
