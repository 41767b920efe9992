// Threads, long double and rounding modes in a static program.
#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *series(void *terms) {
  static long double sums[4];
  long n = (long)terms;
  for (long i = 1; i <= n * 20000; i++)
    sums[n] += 1.0L / i / i - sinl(i) * 1e-9L;
  return &sums[n];
}

int main(void) {
  pthread_t threads[4];
  for (long n = 0; n < 4; n++)
    pthread_create(&threads[n], NULL, series, (void *)n);
  for (int n = 0; n < 4; n++) {
    void *sum;
    pthread_join(threads[n], &sum);
    printf("%La %.20Lg\n", *(long double *)sum, *(long double *)sum);
  }
  volatile long double two = 2;
  volatile double third = 3;
  // Processors differ among themselves in the last bit of F2XM1 and FYL2X, so not all digits of these.
  printf("%La %.17Lg %.17Lg %a %a\n", sqrtl(two), expl(two) / logl(third), powl(two, 0.1L), pow(third, 0.1), tgamma(third + 0.5));
  fesetround(FE_UPWARD);
  printf("%La %a %d\n", two / third, 1 / third, fetestexcept(FE_INEXACT) != 0);
  printf("%d:%d\n", (int)getuid(), (int)getgid());
  return 6;
}
