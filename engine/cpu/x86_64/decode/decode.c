#include "decode.h"

#include "cpu/x86_64/op.h"

#include <string.h>

enum x86_mandatory { PREFIX_NONE, PREFIX_P66, PREFIX_F3, PREFIX_F2, PREFIX_ANY, PREFIXES = PREFIX_ANY };

// The extension column: below 8 ModRM.reg alone.
enum { EXTENSION_MEMORY = 8, EXTENSION_REGISTER = 16, EXTENSION_BYTE = 0x100, EXTENSION_NONE = 0x200 };

#define NO EXTENSION_NONE
#define R(number) (number)
#define M(number) ((number) | EXTENSION_MEMORY)
#define G(number) ((number) | EXTENSION_REGISTER)
#define X(byte) ((byte) | EXTENSION_BYTE)
static const struct x86_row ROWS[] = {
#define I(opcode, prefix, extension, operands, mnemonic, access, attributes, emit, code)                               \
  {opcode, PREFIX_##prefix, extension, operands, mnemonic, ACCESS_##access, attributes, emit, X86_##code},
#include "insn_compat.inc"
#include "insn_integer.inc"
#include "insn_sse.inc"
#include "insn_system.inc"
#include "insn_x87.inc"
#undef I
};
#undef NO
#undef R
#undef M
#undef G
#undef X

enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0], MAPS = 4 };

// Rows by mode, map, opcode and prefix: the first of each list, and each row's successors. Row numbers are one up.
enum { MODE_64, MODE_32, MODES };
static uint16_t first_row[MODES][MAPS << 8][PREFIXES];
static uint16_t next_row[MODES][PREFIXES][ROW_COUNT + 1];

// Operand letters that need a ModRM byte.
static bool has_modrm(const struct x86_row *row) {
  if (row->extension != EXTENSION_NONE)
    return true;
  for (const char *kind = row->operands; *kind; kind += 2) {
    if (strchr("EGMHRSCDVWUPQBF", *kind))
      return true;
  }
  return false;
}

static void list_rows(unsigned mode, unsigned prefix) {
  // From the last to the first, so that lists are in table order.
  for (unsigned row = ROW_COUNT; row > 0; row--) {
    const struct x86_row *entry = &ROWS[row - 1];
    if ((entry->prefix != PREFIX_ANY && entry->prefix != prefix) ||
        (entry->attributes & (mode == MODE_64 ? ROW_32 : ROW_64)))
      continue;
    next_row[mode][prefix][row] = first_row[mode][entry->opcode][prefix];
    first_row[mode][entry->opcode][prefix] = (uint16_t)row;
  }
}

void x86_decode_init(void) {
  memset(first_row, 0, sizeof first_row);
  memset(next_row, 0, sizeof next_row);
  for (unsigned mode = 0; mode < MODES; mode++) {
    for (unsigned prefix = 0; prefix < PREFIXES; prefix++)
      list_rows(mode, prefix);
  }
}

const struct x86_row *x86_rows(size_t *count) {
  *count = ROW_COUNT;
  return ROWS;
}

struct reader {
  const uint8_t *bytes;
  size_t available, position;
  bool truncated;
};

static uint64_t take(struct reader *reader, unsigned size) {
  uint64_t value = 0;
  if (reader->available - reader->position < size) {
    reader->truncated = true;
    return 0;
  }
  memcpy(&value, reader->bytes + reader->position, size);
  reader->position += size;
  return value;
}

static uint64_t take_signed(struct reader *reader, unsigned size) {
  const uint64_t value = take(reader, size), sign = UINT64_C(1) << (size * 8 - 1);
  return (value ^ sign) - sign;
}

static uint8_t take_prefixes(struct reader *reader, struct x86_insn *insn) {
  for (;;) {
    const uint8_t byte = (uint8_t)take(reader, 1);
    switch (byte) {
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e: // no effect in 64-bit mode
      if (insn->compat)
        insn->segment = (int8_t)(byte >> 3 & 3);
      break;
    case 0x64: insn->segment = SEG_FS; break;
    case 0x65: insn->segment = SEG_GS; break;
    case 0x66: insn->operand16 = true; break;
    case 0x67:
      insn->address16 = insn->compat;
      insn->address32 = !insn->compat;
      break;
    case 0xf0: insn->lock = true; break;
    case 0xf2: insn->repeat = REPEAT_F2; break;
    case 0xf3: insn->repeat = REPEAT_F3; break;
    default:
      if (insn->compat || (byte & 0xf0) != 0x40 || reader->truncated)
        return byte;
      insn->rex = byte; // counts only directly before the opcode
      continue;
    }
    insn->rex = 0;
  }
}

static uint16_t take_opcode(struct reader *reader, struct x86_insn *insn) {
  const uint8_t first = take_prefixes(reader, insn);
  unsigned map = 0;
  insn->opcode = first;
  if (first == 0x0f) {
    map = 1;
    insn->opcode = (uint8_t)take(reader, 1);
    if (insn->opcode == 0x38 || insn->opcode == 0x3a) {
      map = insn->opcode == 0x38 ? 2 : 3;
      insn->opcode = (uint8_t)take(reader, 1);
    }
  }
  return (uint16_t)(map << 8 | insn->opcode);
}

static unsigned prefix_of(const struct x86_insn *insn) {
  if (insn->repeat)
    return insn->repeat == REPEAT_F3 ? PREFIX_F3 : PREFIX_F2;
  return insn->operand16 ? PREFIX_P66 : PREFIX_NONE;
}

static bool extension_fits(uint16_t extension, uint8_t modrm) {
  if (extension == EXTENSION_NONE)
    return true;
  if (extension & EXTENSION_BYTE)
    return (extension & 0xff) == modrm;
  const bool memory = modrm < 0xc0;
  return (extension & 7) == (modrm >> 3 & 7) && !(memory && (extension & EXTENSION_REGISTER)) &&
         !(!memory && (extension & EXTENSION_MEMORY));
}

// A row that takes only memory or only a register leaves the other form of its opcode to a later row.
static bool operands_fit(const struct x86_row *row, uint8_t modrm) {
  for (const char *kind = row->operands; *kind; kind += 2) {
    if ((*kind == 'M' && modrm >= 0xc0) || ((*kind == 'U' || *kind == 'B') && modrm < 0xc0))
      return false;
  }
  return true;
}

// 16-bit addresses (SDM 2A, table 2-1).
static void take_address16(struct reader *reader, struct x86_insn *insn) {
  static const int8_t BASES[] = {RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX}, INDEXES[] = {RSI, RDI, RSI, RDI};
  const unsigned mod = insn->modrm >> 6, rm = insn->modrm & 7;
  insn->base = rm == 6 && mod == 0 ? -1 : BASES[rm];
  insn->index = rm < 4 ? INDEXES[rm] : -1;
  if (mod == 1)
    insn->displacement = (int64_t)take_signed(reader, 1);
  else if (mod == 2 || insn->base < 0)
    insn->displacement = (int64_t)take_signed(reader, 2);
}

// The memory operand of a ModRM byte (SDM 2A, tables 2-2 and 2-3).
static void take_address(struct reader *reader, struct x86_insn *insn) {
  const unsigned mod = insn->modrm >> 6, rm = insn->modrm & 7;
  insn->base = (int8_t)(rm | (insn->rex & 1U) << 3);
  if (rm == 4) {
    const uint8_t sib = (uint8_t)take(reader, 1);
    const unsigned index = (sib >> 3 & 7) | (unsigned)(insn->rex & 2) << 2;
    insn->base = (int8_t)((sib & 7) | (insn->rex & 1) << 3);
    insn->scale = sib >> 6;
    insn->index = index == RSP ? -1 : (int8_t)index;
    if ((sib & 7) == 5 && mod == 0) {
      insn->base = -1;
      insn->displacement = (int64_t)take_signed(reader, 4);
    }
  } else if (rm == 5 && mod == 0) {
    insn->base = -1;
    insn->rip_relative = !insn->compat;
    insn->displacement = (int64_t)take_signed(reader, 4);
  }
  if (mod == 1)
    insn->displacement = (int64_t)take_signed(reader, 1);
  else if (mod == 2)
    insn->displacement = (int64_t)take_signed(reader, 4);
}

static uint8_t size_of(const struct x86_insn *insn, char letter) {
  const bool wide = (insn->rex & 8) != 0;
  switch (letter) {
  case 'b':
  case 's': return 0;
  case 'w': return 1;
  case 'd': return 2;
  case 'q': return 3;
  case 'x':
  case 'u': return 4;
  case 'y': return wide ? 3 : 2;
  case 'n': return insn->compat ? insn->operand_size : 3;
  case 'z': return insn->operand_size < 2 ? insn->operand_size : 2;
  default: return insn->operand_size; // v
  }
}

static struct x86_operand register_operand(const struct x86_insn *insn, unsigned number, uint8_t size) {
  struct x86_operand operand = {.kind = OPERAND_REGISTER, .size = size, .number = (uint8_t)number};
  if (size == 0 && !insn->rex && number >= RSP && number <= RDI) {
    operand.kind = OPERAND_HIGH_BYTE;
    operand.number -= RSP;
  }
  return operand;
}

static struct x86_operand modrm_operand(const struct x86_insn *insn, char kind, uint8_t size, bool aligned) {
  const unsigned rm = insn->modrm & 7, number = rm | (unsigned)(insn->rex & 1) << 3;
  if (insn->modrm < 0xc0 && kind != 'R')
    return (struct x86_operand){.kind = OPERAND_MEMORY, .size = size, .aligned = aligned};
  switch (kind) {
  case 'W':
  case 'U': return (struct x86_operand){.kind = OPERAND_XMM, .size = size, .number = (uint8_t)number};
  case 'Q':
  case 'B': return (struct x86_operand){.kind = OPERAND_MMX, .size = size, .number = (uint8_t)rm};
  case 'F': return (struct x86_operand){.kind = OPERAND_STACK, .size = size, .number = (uint8_t)rm};
  case 'H': return register_operand(insn, number, size < 2 ? (insn->operand_size > 1 ? insn->operand_size : 1) : size);
  default: return register_operand(insn, number, size);
  }
}

static uint64_t take_immediate(struct reader *reader, const struct x86_insn *insn, char letter) {
  switch (letter) {
  case 's': return take_signed(reader, 1);
  case 'v': return insn->operand_size == 3 ? take(reader, 8) : take_signed(reader, 1U << insn->operand_size);
  default: return take_signed(reader, 1U << size_of(insn, letter));
  }
}

static struct x86_operand take_operand(struct reader *reader, struct x86_insn *insn, const char *text) {
  const uint8_t size = size_of(insn, text[1]);
  const unsigned reg = (insn->modrm >> 3 & 7), reg_extended = reg | (unsigned)(insn->rex & 4) << 1;
  struct x86_operand operand = {.size = size, .number = (uint8_t)reg_extended};
  switch (text[0]) {
  case 'G': return register_operand(insn, reg_extended, size);
  case 'Z': return register_operand(insn, (insn->opcode & 7U) | (unsigned)(insn->rex & 1) << 3, size);
  case 'A': return (struct x86_operand){.kind = OPERAND_REGISTER, .size = size};
  case 'K': return (struct x86_operand){.kind = OPERAND_REGISTER, .number = RCX};
  case 'T': return (struct x86_operand){.kind = OPERAND_REGISTER, .size = size, .number = RDX};
  case 'V': operand.kind = OPERAND_XMM; break;
  case 'S': operand.kind = OPERAND_SEGMENT, operand.number = (uint8_t)reg; break;
  case 'C': operand.kind = OPERAND_CONTROL; break;
  case 'D': operand.kind = OPERAND_DEBUG; break;
  case 'P': operand.kind = OPERAND_MMX, operand.number = (uint8_t)reg; break;
  case 'I':
    operand.kind = OPERAND_IMMEDIATE;
    // Only ENTER has two: the second, a byte, goes below the first.
    insn->immediate = insn->operands[1].kind == OPERAND_IMMEDIATE ? insn->immediate << 8 | take(reader, 1)
                                                                  : take_immediate(reader, insn, text[1]);
    break;
  case '1': operand.kind = OPERAND_IMMEDIATE, insn->immediate = 1; break;
  case 'J':
    operand.kind = OPERAND_RELATIVE;
    insn->immediate = take_signed(reader, text[1] == 'b' ? 1 : insn->compat && insn->operand16 ? 2 : 4);
    break;
  case 'L': // offset, then selector
    operand.kind = OPERAND_IMMEDIATE;
    insn->immediate = take(reader, 1U << size);
    insn->immediate |= take(reader, 2) << 32;
    break;
  case 'O':
    operand.kind = OPERAND_MEMORY;
    insn->displacement = (int64_t)take(reader, insn->address16 ? 2 : insn->address32 ? 4 : 8);
    break;
  case 'N': break; // only a size
  default: return modrm_operand(insn, text[0], size, text[1] == 'x');
  }
  return operand;
}

static bool lock_allowed(const struct x86_insn *insn) {
  return (insn->row->attributes & ROW_LOCK) && insn->operands[0].kind == OPERAND_MEMORY;
}

enum x86_decoded x86_decode(const uint8_t *bytes, size_t available, bool compat, struct x86_insn *insn) {
  struct reader reader = {.bytes = bytes, .available = available < X86_LENGTH_MAX ? available : X86_LENGTH_MAX};
  *insn = (struct x86_insn){.compat = compat, .segment = -1, .base = -1, .index = -1};
  const uint16_t opcode = take_opcode(&reader, insn);
  if (reader.truncated)
    return DECODED_TRUNCATED;
  if (compat)
    insn->address32 = !insn->address16;
  const unsigned prefix = prefix_of(insn), mode = compat ? MODE_32 : MODE_64;
  uint16_t row = first_row[mode][opcode][prefix];
  if (!row)
    return DECODED_INVALID;
  const bool modrm = has_modrm(&ROWS[row - 1]);
  if (modrm)
    insn->modrm = (uint8_t)take(&reader, 1);
  while (row && modrm &&
         !(extension_fits(ROWS[row - 1].extension, insn->modrm) && operands_fit(&ROWS[row - 1], insn->modrm)))
    row = next_row[mode][prefix][row];
  if (reader.truncated)
    return DECODED_TRUNCATED;
  if (!row)
    return DECODED_INVALID;
  insn->row = &ROWS[row - 1];
  const bool wide = (insn->rex & 8) || (!insn->operand16 && !compat && (insn->row->attributes & ROW_D64));
  insn->operand_size = wide ? 3 : insn->operand16 ? 1 : 2;
  // Moves of control and debug registers ignore ModRM.mod (SDM 2B, "MOV - Move to/from Control Registers").
  if (opcode >= 0x120 && opcode <= 0x123)
    insn->modrm |= 0xc0;
  if (modrm && insn->modrm < 0xc0)
    insn->address16 ? take_address16(&reader, insn) : take_address(&reader, insn);
  const char *text = insn->row->operands;
  for (unsigned i = 0; i < X86_OPERANDS && text[0]; i++, text += 2)
    insn->operands[i] = take_operand(&reader, insn, text);
  if (reader.truncated)
    return DECODED_TRUNCATED;
  insn->length = (uint8_t)reader.position;
  return insn->lock && !lock_allowed(insn) ? DECODED_INVALID : DECODED;
}
