// Random instructions on the host's processor and on the emulator, side by side: registers, flags, memory, exceptions.
//   differential CASES [SEED [MNEMONIC]]
// The meetings of faults come first (meetings.h), unless there is a mnemonic. Prints the first difference of each row
// of the table and what was tested; exit code 1 if there was one.
#include "cases.h"
#include "cpu/x86_64/cpu.h"
#include "intel.h"
#include "meetings.h"
#include "undefined.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 2048 };
// How far transcendental functions may be from the host's, in units in the last place.
enum { APPROXIMATE_ULPS = 4 };

struct statistics {
  unsigned long cases, faults, differences;
};
static struct statistics by_row[ROWS_MAX];
static bool on_intel;

static void print_bytes(const struct test_case *test) {
  for (unsigned i = 0; i < test->length; i++)
    printf("%02x", test->bytes[i]);
}

static bool differs(const char *what, uint64_t input, uint64_t native, uint64_t emulated, bool print) {
  if (native != emulated && print)
    printf("    %-8s in %016llx native %016llx emulated %016llx\n", what, (unsigned long long)input,
           (unsigned long long)native, (unsigned long long)emulated);
  return native != emulated;
}

static bool nearly_equal(const struct state *native, const struct state *emulated, unsigned at) {
  unsigned __int128 a = 0, b = 0;
  memcpy(&a, native->fxsave + at, 10);
  memcpy(&b, emulated->fxsave + at, 10);
  // A denormal with its leading bit set is the least normal.
  a += (uint64_t)(a >> 64 & 0x7fff) == 0 && (uint64_t)a >> 63 ? (unsigned __int128)1 << 64 : 0;
  b += (uint64_t)(b >> 64 & 0x7fff) == 0 && (uint64_t)b >> 63 ? (unsigned __int128)1 << 64 : 0;
  // The leading bit is explicit: without it exponent and fraction make one number.
  a = (a >> 64 << 63) | (a & INT64_MAX);
  b = (b >> 64 << 63) | (b & INT64_MAX);
  return a - b + APPROXIMATE_ULPS <= 2 * APPROXIMATE_ULPS;
}

static bool is_nan(uint32_t bits) {
  return (bits & 0x7fffffff) > 0x7f800000;
}

static bool is_double_nan(uint64_t bits) {
  return (bits & INT64_MAX) > UINT64_C(0x7ff0000000000000);
}

static bool are_nans(uint64_t a, uint64_t b) {
  const bool low = is_nan((uint32_t)a) && is_nan((uint32_t)b),
             high = is_nan((uint32_t)(a >> 32)) && is_nan((uint32_t)(b >> 32));
  return (is_double_nan(a) && is_double_nan(b)) ||
         ((low || (uint32_t)a == (uint32_t)b) && (high || a >> 32 == b >> 32));
}

static bool differs_fpu(const struct state *in, const struct state *native, const struct state *emulated,
                        bool approximate, const struct exceptions *exceptions, bool print) {
  bool found = false;
  // AMD's processors save pointers and opcode of the last instruction only if it has an exception pending.
  const bool pending = (native->fxsave[FXSAVE_STATUS] & 0x80) != 0;
  for (unsigned at = 0; at < FXSAVE_XMM0 + 256; at += 8) {
    uint64_t before, a, b;
    char name[16];
    memcpy(&before, in->fxsave + at, 8);
    memcpy(&a, native->fxsave + at, 8);
    memcpy(&b, emulated->fxsave + at, 8);
    if (exceptions->x87 && at != FXSAVE_MXCSR && at < FXSAVE_XMM0)
      continue;
    if (exceptions->nans && at >= FXSAVE_XMM0 && are_nans(a, b))
      continue;
    if (at == FXSAVE_MXCSR)
      a &= 0xffff, b &= 0xffff;
    if (at == 0) {                                                                // control, status, tags, opcode
      const uint64_t shown = (approximate ? ~UINT64_C(0x02300000) : UINT64_MAX) & // not PE, UE, C1
                             (pending ? UINT64_MAX : UINT64_C(0xffffffffffff));
      a &= shown;
      b &= shown;
    }
    if ((at == FXSAVE_INSTRUCTION || at == FXSAVE_OPERAND) && !pending)
      continue;
    if (at < FXSAVE_ST0)
      snprintf(name, sizeof name, at == FXSAVE_MXCSR ? "mxcsr" : "x87");
    else
      snprintf(name, sizeof name, "%s%u%s", at < FXSAVE_XMM0 ? "st" : "xmm",
               (at - (at < FXSAVE_XMM0 ? FXSAVE_ST0 : FXSAVE_XMM0)) / 16, at & 8 ? "h" : "l");
    // Transcendental functions may differ in the last bits.
    if (approximate && at >= FXSAVE_ST0 && at < FXSAVE_XMM0 && nearly_equal(native, emulated, at & ~15u))
      continue;
    found |= differs(name, before, a, b, print);
  }
  return found;
}

static bool is_access_fault(const struct state *state) {
  return state->rip == CODE_BASE &&
         (state->vector == VECTOR_PF || state->vector == VECTOR_SS || state->vector == VECTOR_GP);
}

// Which of several steps of an instruction is done before another one faults is the processor's choice.
static struct exceptions own_way(const struct test_case *test, const struct state *native,
                                 const struct state *emulated) {
  const char *const mnemonic = test->insn.row->mnemonic;
  const bool both = is_access_fault(native) && is_access_fault(emulated);
  return (struct exceptions){
      // SDM 2B, "MASKMOVQ": it may fault for bytes that it does not write.
      .everything = strncmp(mnemonic, "maskmov", 7) == 0 && is_access_fault(native) && !is_access_fault(emulated),
      // POPA has loaded some registers when it faults. SDM 3A, 6.5: a fault leaves them as they were.
      .registers = strcmp(mnemonic, "popa") == 0 && both,
      // A call to what is no address, by way of a stack that cannot be written. SDM 2A, "CALL": the target comes first.
      .which = strcmp(mnemonic, "call") == 0 && both && emulated->vector == VECTOR_GP,
  };
}

static struct exceptions either(struct exceptions a, struct exceptions b) {
  return (struct exceptions){.everything = a.everything || b.everything,
                             .registers = a.registers || b.registers,
                             .which = a.which || b.which,
                             .flags = a.flags || b.flags,
                             .x87 = a.x87 || b.x87,
                             .memory = a.memory || b.memory,
                             .counter_high = a.counter_high || b.counter_high,
                             .nans = a.nans || b.nans};
}

static bool compare(const struct test_case *test, const struct state *native, const struct state *emulated,
                    bool print) {
  const struct state *in = &test->before;
  const uint64_t undefined = undefined_flags(&test->insn, in);
  const bool faulted = native->vector != VECTOR_UD || native->rip == CODE_BASE;
  // Outside the pages that both have, whether something is there for the supervisor is the kernel's secret.
  const bool shared = native->fault_address - DATA_BASE < DATA_SIZE;
  const uint32_t hidden = native->vector == VECTOR_PF && !shared ? 1 : 0;
  const struct exceptions none = {.everything = false};
  const struct exceptions exceptions =
      either(own_way(test, native, emulated), on_intel ? intel_exceptions(test, native, emulated) : none);
  bool found = false;
  if (exceptions.everything)
    return false;
  for (unsigned i = 0; i < 16 && !exceptions.registers; i++) {
    const uint64_t shown = i == RCX && exceptions.counter_high ? UINT32_MAX : UINT64_MAX;
    char name[8];
    snprintf(name, sizeof name, "r%u", i);
    found |= differs(name, in->r[i], native->r[i] & shown, emulated->r[i] & shown, print);
  }
  const uint64_t system = FLAG_DF | FLAG_IF | FLAG_IOPL | FLAG_NT | FLAG_AC | FLAG_ID;
  const uint64_t shown = system | (exceptions.flags ? 0 : FLAGS_ARITHMETIC);
  found |= differs("flags", in->flags, native->flags & shown & ~undefined, emulated->flags & shown & ~undefined, print);
  found |= differs("rip", in->rip, native->rip, emulated->rip, print);
  if (!exceptions.which)
    found |= differs("vector", 0, native->vector, emulated->vector, print);
  if (!exceptions.which && faulted && (native->vector == VECTOR_PF || native->vector == VECTOR_GP))
    found |= differs("error", 0, native->error & ~hidden, emulated->error & ~hidden, print);
  if (!exceptions.which && faulted && native->vector == VECTOR_PF && !unknown_fault_address(&test->insn))
    found |= differs("cr2", 0, native->fault_address, emulated->fault_address, print);
  found |= differs_fpu(in, native, emulated, is_approximate(test->insn.row), &exceptions, print);
  if (!exceptions.memory && memcmp(native_data, machine_data, DATA_SIZE) != 0) {
    found = true;
    for (unsigned i = 0; i < DATA_SIZE && print; i++) {
      if (native_data[i] != machine_data[i])
        printf("    memory %#x native %02x emulated %02x\n", DATA_BASE + i, native_data[i], machine_data[i]);
    }
  }
  return found;
}

// Sets that a host of x86-64-v2 need not have.
static bool host_has(const struct x86_row *row) {
  if (strncmp(row->mnemonic, "aes", 3) == 0)
    return __builtin_cpu_supports("aes") != 0;
  if (strcmp(row->mnemonic, "pclmulqdq") == 0)
    return __builtin_cpu_supports("pclmul") != 0;
  // Intel's processors want the operands of SHA aligned.
  return strncmp(row->mnemonic, "sha", 3) != 0 || (host_has_sha() && !on_intel);
}

static void print_difference(const struct test_case *test, const struct state *native, const struct state *emulated) {
  const struct x86_row *row = test->insn.row;
  printf("%s %s (opcode %03x, code %d): ", row->mnemonic, row->operands, row->opcode, (int)test->before.code);
  print_bytes(test);
  printf("\n");
  compare(test, native, emulated, true);
}

// A case that is in the native pages.
static void run_case(const struct test_case *test, struct statistics *statistics) {
  struct state native, emulated;
  memcpy(machine_data, native_data, DATA_WRITABLE);
  memcpy(machine_code(), native_code, CODE_SIZE);
  native_run(&test->before, &native);
  machine_run(&test->before, &emulated);
  statistics->cases++;
  statistics->faults += native.vector != VECTOR_UD;
  if (compare(test, &native, &emulated, false) && statistics->differences++ == 0)
    print_difference(test, &native, &emulated);
}

static void run_meetings(const struct x86_row *table) {
  struct test_case test;
  for (unsigned i = 0; i < 2 * meetings(); i++) {
    if (make_meeting(i / 2, i % 2, &test, native_data, native_code))
      run_case(&test, &by_row[test.insn.row - table]);
  }
}

// The rows in turn; those that have no case count too, so that this comes to an end.
static void run_random(const struct x86_row *table, size_t rows, const bool *chosen, unsigned long cases) {
  struct test_case test;
  unsigned long done = 0;
  for (unsigned long round = 0; done < cases; round++) {
    const unsigned long before = done;
    for (size_t i = 0; i < rows && done < cases; i++) {
      if (!chosen[i])
        continue;
      if (make_case(&table[i], code_of_case(&table[i], round), &test, native_data, native_code))
        run_case(&test, &by_row[i]);
      done++;
    }
    if (done == before)
      break;
  }
}

// Returns how many differences there were.
static unsigned long report(const struct x86_row *table, size_t rows, uint64_t seed) {
  unsigned long tested = 0;
  struct statistics sum = {0};
  for (size_t i = 0; i < rows; i++) {
    const struct statistics *row = &by_row[i];
    tested += row->cases > 0;
    sum.cases += row->cases;
    sum.faults += row->faults;
    sum.differences += row->differences;
    if (row->differences)
      printf("DIFFERS %s %s %03x: %lu of %lu\n", table[i].mnemonic, table[i].operands, table[i].opcode,
             row->differences, row->cases);
  }
  printf("%lu cases, %lu of %zu rows, %lu with an exception, %lu differences, seed %llu%s\n", sum.cases, tested, rows,
         sum.faults, sum.differences, (unsigned long long)seed, on_intel ? " (Intel)" : "");
  return sum.differences;
}

int main(int count, char **arguments) {
  const unsigned long cases = count > 1 ? strtoul(arguments[1], NULL, 0) : 100000;
  const uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 0) : 1;
  size_t rows;
  setvbuf(stdout, NULL, _IOLBF, 0);
  on_intel = host_is_intel();
  native_init();
  machine_init();
  const struct x86_row *table = x86_rows(&rows);
  static bool chosen[ROWS_MAX];
  for (size_t i = 0; i < rows; i++)
    chosen[i] = row_is_testable(&table[i]) && host_has(&table[i]) &&
                (count <= 3 || strcmp(table[i].mnemonic, arguments[3]) == 0);
  random_seed(seed);
  if (count <= 3)
    run_meetings(table);
  run_random(table, rows, chosen, cases);
  return report(table, rows, seed) != 0;
}
