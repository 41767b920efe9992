// What the unit tests of the processor share: a fixture with small pages, and short ways to use it. The machine code in
// the tests is small enough to be read there.
#ifndef TEST_X86_64_GUEST_H
#define TEST_X86_64_GUEST_H

#include "check.h"
#include "cpu/x86_64/flags.h"
#include "fixture.h"

#include <string.h>

enum { RAM_SIZE = 4 << 20, STACK = 0xa000, CODE = FIXTURE_CODE, DATA = FIXTURE_FREE, IDT = FIXTURE_IDT };
enum { TABLE = FIXTURE_TABLE, HANDLERS = FIXTURE_HANDLERS, INTERRUPT_STACK = FIXTURE_INTERRUPT_STACK };
// The first 2 MiB are one page; pages of 4 KiB are mapped here, on demand.
enum { SMALL = 0x200000 };
enum { P = PTE_P, W = PTE_W, U = PTE_U, A = PTE_A, D = PTE_D, G = PTE_G };
#define XD PTE_XD

static struct fixture fixture;
static struct x86_cpu *const cpu = &fixture.cpu;

static void put(uint64_t address, uint64_t value) {
  fixture_put(&fixture, address, value);
}

static uint64_t get(uint64_t address) {
  uint64_t value;
  memcpy(&value, fixture.ram.host + address, 8);
  return value;
}

static void place(uint64_t address, const char *code, unsigned length) {
  memcpy(ram_write_at(&fixture.ram, address, length), code, length);
}

static void map_small(unsigned page, uint64_t entry) {
  fixture_map(&fixture, SMALL + page * PAGE_SIZE, entry);
}

static void reset(void) {
  fixture_reset(&fixture, P | W | U, 0);
  cpu->r[RSP] = STACK;
}

static void to_user(void) {
  fixture_to_user(&fixture);
}

#define RUN(code) fixture_run(&fixture, code, sizeof code - 1)

static bool in_handler(unsigned vector) {
  return fixture_vector(&fixture) == vector;
}

static bool faulted(unsigned vector, uint32_t error) {
  return cpu->fault_vector == vector && cpu->fault_error == error;
}

#endif
