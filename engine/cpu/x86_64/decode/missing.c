// Only what real programs meet: opcodes are those of SDM 2, appendix A, and of the VEX and EVEX prefixes (2.3, 2.7).
#include "missing.h"

#include <stdbool.h>

static const struct x86_missing_set SETS[MISSING_SETS] = {
#define MISSING(id, name, needs) [MISSING_##id] = {name, needs},
#include "missing.inc"
#undef MISSING
};

const struct x86_missing_set *x86_missing_set(enum x86_missing set) {
  return &SETS[set];
}

// Two or three bytes of prefix, then the opcode. VEX.mmmmm names the map.
static enum x86_missing of_vex(const uint8_t *bytes, size_t available) {
  const bool three = bytes[0] == 0xc4;
  if (available < 4)
    return MISSING_AVX;
  const unsigned map = three ? bytes[1] & 31 : 1;
  const uint8_t opcode = bytes[three ? 3 : 2];
  if (map == 2 && (opcode & 0x0f) >= 6 && opcode >= 0x96 && opcode < 0xc0)
    return MISSING_FMA;
  if ((map == 2 && opcode >= 0xf2 && opcode <= 0xf7) || (map == 3 && opcode == 0xf0))
    return MISSING_BMI;
  return MISSING_AVX;
}

// Behind 0F.
static enum x86_missing of_two_bytes(const uint8_t *bytes, bool repeated) {
  const unsigned reg = bytes[1] >> 3 & 7;
  const bool in_register = bytes[1] >= 0xc0;
  switch (bytes[0]) {
  case 0x01: return bytes[1] == 0xd0 || bytes[1] == 0xd1 ? MISSING_XSAVE : MISSING_NONE;
  case 0xae:
    if (repeated && in_register)
      return reg < 4 ? MISSING_GSBASE : MISSING_NONE;
    return !in_register && reg >= 4 && reg <= 6 ? MISSING_XSAVE : MISSING_NONE;
  case 0xc7:
    if (in_register)
      return reg >= 6 ? MISSING_RDRAND : MISSING_NONE;
    return reg >= 3 && reg <= 5 ? MISSING_XSAVE : MISSING_NONE;
  case 0x38:
    if (bytes[1] == 0xf0 || bytes[1] == 0xf1)
      return MISSING_MOVBE;
    return bytes[1] == 0xf6 ? MISSING_ADX : MISSING_NONE;
  default: return MISSING_NONE;
  }
}

enum x86_missing x86_missing_of(const uint8_t *bytes, size_t available) {
  size_t at = 0;
  bool repeated = false;
  while (at < available && (bytes[at] == 0x66 || bytes[at] == 0xf2 || bytes[at] == 0xf3 || (bytes[at] & 0xf0) == 0x40))
    repeated |= bytes[at++] == 0xf3;
  if (available - at < 3)
    return MISSING_NONE;
  switch (bytes[at]) {
  case 0xc4:
  case 0xc5: return of_vex(bytes + at, available - at);
  case 0x62: return MISSING_AVX512;
  case 0x0f: return of_two_bytes(bytes + at + 1, repeated);
  default: return MISSING_NONE;
  }
}
