// Integer SIMD as video codecs have it: sums of distances, a filter, a transform; SSE4.1 at most. Usage: packed REPEATS
#include <smmintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 640, HEIGHT = 360, BLOCK = 16, SEARCH = 16 };
static uint8_t picture[HEIGHT][WIDTH + SEARCH] __attribute__((aligned(16)));
static uint8_t before[HEIGHT][WIDTH + SEARCH] __attribute__((aligned(16)));
static uint8_t filtered[HEIGHT][WIDTH] __attribute__((aligned(16)));

static __m128i at(const uint8_t *from) {
  return _mm_loadu_si128((const __m128i *)from);
}

static unsigned distance(int y, int x, int moved) {
  __m128i sum = _mm_setzero_si128();
  for (int i = 0; i < BLOCK; i++)
    sum = _mm_add_epi64(sum, _mm_sad_epu8(at(&picture[y + i][x]), at(&before[y + i][x + moved])));
  return (unsigned)_mm_cvtsi128_si32(sum) + (unsigned)_mm_extract_epi32(sum, 2);
}

static unsigned search(void) {
  unsigned total = 0;
  for (int y = 0; y + BLOCK <= HEIGHT; y += BLOCK)
    for (int x = 0; x < WIDTH; x += BLOCK) {
      unsigned least = UINT32_MAX;
      for (int moved = 0; moved < SEARCH; moved++) {
        const unsigned found = distance(y, x, moved);
        least = found < least ? found : least;
      }
      total += least;
    }
  return total;
}

static void filter(void) {
  const __m128i weights = _mm_set1_epi16(0x0103), half = _mm_set1_epi16(2);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x += 16) {
      const __m128i a = at(&picture[y][x]), b = at(&picture[y][x + 1]);
      const __m128i low = _mm_maddubs_epi16(_mm_unpacklo_epi8(a, b), weights),
                    high = _mm_maddubs_epi16(_mm_unpackhi_epi8(a, b), weights);
      const __m128i mean = _mm_packus_epi16(_mm_srai_epi16(_mm_add_epi16(low, half), 2),
                                            _mm_srai_epi16(_mm_add_epi16(high, half), 2));
      _mm_store_si128((__m128i *)&filtered[y][x], _mm_avg_epu8(mean, a));
    }
}

static uint32_t transform(void) {
  const __m128i factors = _mm_set_epi16(64, 83, 64, 36, 64, -36, 64, -83);
  __m128i sum = _mm_setzero_si128();
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x += 8) {
      const __m128i values = _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)&filtered[y][x]));
      const __m128i pairs = _mm_madd_epi16(values, factors), turned = _mm_shuffle_epi32(pairs, 0x4e);
      const __m128i mixed = _mm_add_epi32(_mm_mullo_epi32(pairs, turned), _mm_sub_epi32(pairs, turned));
      sum = _mm_add_epi32(sum, _mm_srai_epi32(mixed, 7));
    }
  return (uint32_t)_mm_cvtsi128_si32(sum) ^ (uint32_t)_mm_extract_epi32(sum, 1);
}

int main(int count, char **arguments) {
  const int repeats = count > 1 ? atoi(arguments[1]) : 100;
  uint32_t random = 1;
  uint64_t sum = 0;
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH + SEARCH; x++) {
      random = random * 1664525 + 1013904223;
      picture[y][x] = (uint8_t)(random >> 24);
      before[y][x] = (uint8_t)(random >> 16);
    }
  for (int i = 0; i < repeats; i++) {
    sum += search();
    filter();
    sum = sum * 31 + transform();
    picture[i % HEIGHT][i % WIDTH] ^= 1;
  }
  printf("%016llx\n", (unsigned long long)sum);
}
