#include "meetings.h"

#include "cases.h"
#include "cpu/x86_64/cpu.h"

#include <string.h>

enum { ELEMENTS = 3, ROOM = 40 };

// The first operand is at RSP or RSI, the second at RBP, RDI or RBX.
static const struct {
  const char *bytes;
  uint8_t length;
  bool only_32;
} INSTRUCTIONS[] = {
    {"\x60", 1, true},                      // pusha
    {"\x66\x60", 2, true},                  // the same of 16 bits
    {"\x61", 1, true},                      // popa
    {"\x66\x61", 2, true},                  //
    {"\xc8\x00\x00\x00", 4, false},         // enter 0, 0
    {"\xc8\x08\x00\x01", 4, false},         // enter 8, 1
    {"\xc8\x03\x00\x02", 4, false},         // enter 3, 2
    {"\xc8\x00\x10\x03", 4, false},         // enter 4096, 3
    {"\x66\xc8\x04\x00\x02", 5, false},     // the same of 16 bits: enter 4, 2
    {"\xc9", 1, false},                     // leave
    {"\x66\xc9", 2, false},                 //
    {"\xa6", 1, false},                     // cmpsb
    {"\xa7", 1, false},                     // cmpsd
    {"\x66\xa7", 2, false},                 // cmpsw
    {"\xf3\xa7", 2, false},                 // repe cmpsd
    {"\xf2\xa7", 2, false},                 // repne cmpsd
    {"\x48\xa7", 2, false},                 // cmpsq, or dec eax and cmpsd
    {"\xa4", 1, false},                     // movsb
    {"\xa5", 1, false},                     // movsd
    {"\xf3\xa4", 2, false},                 // rep movsb
    {"\xf3\xa5", 2, false},                 // rep movsd
    {"\xab", 1, false},                     // stosd
    {"\xf3\xaa", 2, false},                 // rep stosb
    {"\xf3\xab", 2, false},                 // rep stosd
    {"\xff\x33", 2, false},                 // push [rbx]
    {"\x66\xff\x33", 3, false},             //
    {"\x8f\x03", 2, false},                 // pop [rbx]
    {"\x66\x8f\x03", 3, false},             //
    {"\x8f\x44\x24\x04", 4, false},         // pop [rsp + 4]
    {"\x54", 1, false},                     // push rsp
    {"\x5c", 1, false},                     // pop rsp
    {"\x62\x03", 2, true},                  // bound eax, [ebx]
    {"\x66\x62\x03", 3, true},              //
    {"\x87\x03", 2, false},                 // xchg [rbx], eax
    {"\xf0\x0f\xc1\x03", 4, false},         // lock xadd [rbx], eax
    {"\x0f\xc0\x23", 3, false},             // xadd [rbx], ah
    {"\x0f\xb1\x03", 3, false},             // cmpxchg [rbx], eax
    {"\x0f\xc7\x0b", 3, false},             // cmpxchg8b [rbx]
    {"\x48\x0f\xc7\x0b", 4, false},         // cmpxchg16b [rbx], or dec eax and cmpxchg8b
    {"\x0f\xab\x03", 3, false},             // bts [rbx], eax
    {"\x0f\xb3\x03", 3, false},             // btr [rbx], eax
    {"\xd1\x13", 2, false},                 // rcl [rbx], 1
    {"\x0f\xa5\x03", 3, false},             // shld [rbx], eax, cl
    {"\x11\x03", 2, false},                 // adc [rbx], eax
    {"\xf7\x1b", 2, false},                 // neg [rbx]
    {"\xdb\x3b", 2, false},                 // fstp of 80 bits [rbx]
    {"\xdd\x1b", 2, false},                 // fstp of 64 bits [rbx]
    {"\xdf\x33", 2, false},                 // fbstp [rbx]
    {"\x0f\x11\x03", 3, false},             // movups [rbx], xmm0
    {"\x0f\x29\x03", 3, false},             // movaps [rbx], xmm0
    {"\x0f\x28\x03", 3, false},             // movaps xmm0, [rbx]
    {"\x66\x0f\x3a\x14\x03\x00", 6, false}, // pextrb [rbx], xmm0, 0
};

static const uint64_t PLACES[] = {
    // all is well; no page; little room below
    DATA_BASE + ROOM, DATA_BASE - 0x1000, DATA_BASE, DATA_BASE + 1, DATA_BASE + 4, DATA_BASE + 12,
    // read only; little room above
    DATA_BASE + DATA_WRITABLE - 2, DATA_BASE + DATA_WRITABLE + 4, DATA_BASE + DATA_SIZE - 2, DATA_BASE + DATA_SIZE - 12,
    // where 32-bit code wraps
    0, 1, 2, 4, 14, 0xfffffffe, 0xfffffffc, 0xfffffff1,
    // where 64-bit code has no addresses
    UINT64_C(1) << 63, (UINT64_C(1) << 63) + 8, UINT64_C(1) << 47, (UINT64_C(1) << 47) + 4};

enum {
  INSTRUCTION_COUNT = sizeof INSTRUCTIONS / sizeof INSTRUCTIONS[0],
  PLACE_COUNT = sizeof PLACES / sizeof PLACES[0]
};

unsigned meetings(void) {
  return INSTRUCTION_COUNT * PLACE_COUNT * PLACE_COUNT;
}

static void set_registers(struct state *state, uint64_t first, uint64_t second) {
  const uint16_t control = 0x37f;
  const uint32_t mxcsr = 0x1f80;
  for (unsigned i = 0; i < 8; i++)
    state->r[i] = 0x01010101 * (i + 1);
  state->r[RCX] = ELEMENTS;
  state->r[RSP] = state->r[RSI] = first;
  state->r[RBP] = state->r[RDI] = state->r[RBX] = second;
  state->flags = FLAG_ONE | FLAG_IF;
  memcpy(state->fxsave + FXSAVE_CONTROL, &control, sizeof control);
  memcpy(state->fxsave + FXSAVE_MXCSR, &mxcsr, sizeof mxcsr);
  state->fxsave[FXSAVE_TAG] = 0xff;
  for (unsigned i = 0; i < 8; i++)
    memset(state->fxsave + FXSAVE_ST0 + i * 16, 0x3f, 10);
}

bool make_meeting(unsigned number, bool is_32, struct test_case *test, uint8_t *data, uint8_t *bytes) {
  const unsigned instruction = number / (PLACE_COUNT * PLACE_COUNT);
  const uint64_t first = PLACES[number / PLACE_COUNT % PLACE_COUNT], second = PLACES[number % PLACE_COUNT];
  if (is_32 ? (first | second) >> 32 != 0 : INSTRUCTIONS[instruction].only_32)
    return false;
  memset(test, 0, sizeof *test);
  test->length = INSTRUCTIONS[instruction].length;
  memcpy(test->bytes, INSTRUCTIONS[instruction].bytes, test->length);
  if (x86_decode(test->bytes, test->length, is_32, &test->insn) != DECODED)
    return false;
  test->before.code = is_32 ? CODE_32 : CODE_LONG;
  set_registers(&test->before, first, second);
  place_case(test, data, bytes);
  return true;
}
