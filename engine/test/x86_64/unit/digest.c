// The differential test's cases on the emulator alone: digest CASES SEED. Prints a digest of all results for each row
// of the instruction table. The build with ASan and the wasm build must print the same; that the results are right is
// the differential test's to say.
#include "cpu/x86_64/cpu.h"
#include "cpu/x86_64/float/x87_image.h"
#include "test/x86_64/cases.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 2048 };
static uint64_t digests[ROWS_MAX];
static bool testable[ROWS_MAX];

// FNV-1a, by bytes.
static void add(uint64_t *digest, const void *data, size_t size) {
  const uint8_t *bytes = data;
  for (size_t i = 0; i < size; i++)
    *digest = (*digest ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static void run_case(const struct x86_row *row, enum code kind, uint64_t *digest) {
  static uint8_t data[DATA_WRITABLE], code[CODE_SIZE];
  struct test_case test;
  struct state after;
  if (!make_case(row, kind, &test, data, code))
    return;
  memcpy(machine_data, data, DATA_WRITABLE);
  memcpy(machine_code(), code, CODE_SIZE);
  machine_run(&test.before, &after);
  const uint64_t words[] = {after.rip, after.flags, after.vector, after.error};
  add(digest, after.r, sizeof after.r);
  add(digest, words, sizeof words);
  add(digest, after.fxsave, FXSAVE_WRITTEN);
  add(digest, machine_data, DATA_WRITABLE);
}

int main(int count, char **arguments) {
  const unsigned long cases = count > 1 ? strtoul(arguments[1], NULL, 0) : 100000;
  size_t rows;
  machine_init();
  const struct x86_row *table = x86_rows(&rows);
  random_seed(count > 2 ? strtoull(arguments[2], NULL, 0) : 1);
  for (size_t i = 0; i < rows; i++)
    testable[i] = row_is_testable(&table[i]);
  unsigned long round = 0;
  for (unsigned long done = 0; done < cases; round++) {
    for (size_t i = 0; i < rows && done < cases; i++) {
      if (testable[i]) {
        run_case(&table[i], code_of_case(&table[i], round), &digests[i]);
        done++;
      }
    }
  }
  for (size_t i = 0; i < rows; i++) {
    if (testable[i])
      printf("%03x %s %s %016" PRIx64 "\n", table[i].opcode, table[i].mnemonic, table[i].operands, digests[i]);
  }
  return 0;
}
