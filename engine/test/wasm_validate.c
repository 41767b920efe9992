#include "wasm_validate.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Types are the letters of the tables below: i32, i64, f32, f64 (d) and v128. Code that is never reached leaves
// UNKNOWN.
enum { UNKNOWN = '?', TYPES_MAX = 64, PARAMS_MAX = 8, STACK_MAX = 8192, FRAMES_MAX = 2048, FUNCTIONS_MAX = 4096 };
enum { LOCALS_MAX = 50000 }; // browsers take no more: WebAssembly JavaScript interface, "limits"

struct type {
  unsigned params, results;
  char param[PARAMS_MAX], result;
};

struct frame {
  unsigned opcode;
  char result; // 0: none. Blocks have no parameters.
  bool unreachable;
  unsigned height;
};

struct validator {
  const uint8_t *bytes, *at, *end;
  jmp_buf failed;
  struct wasm_validated result;
  unsigned types, functions, height, depth;
  struct type type[TYPES_MAX];
  uint8_t function[FUNCTIONS_MAX];
  uint32_t locals;
  char local[LOCALS_MAX], stack[STACK_MAX];
  struct frame frames[FRAMES_MAX];
};

// What an instruction takes and leaves, as "ll:i". Before that: a digit, which is the binary logarithm of the bytes in
// memory; [lanes]; = for 16 bytes of any value; * for 16 numbers of lanes.
struct range {
  uint8_t first, last;
  const char *signature;
};

static const struct range CORE[] = {
    {0x28, 0x28, "2i:i"}, {0x29, 0x29, "3i:l"}, {0x2a, 0x2a, "2i:f"}, {0x2b, 0x2b, "3i:d"}, {0x2c, 0x2d, "0i:i"},
    {0x2e, 0x2f, "1i:i"}, {0x30, 0x31, "0i:l"}, {0x32, 0x33, "1i:l"}, {0x34, 0x35, "2i:l"}, {0x36, 0x36, "2ii:"},
    {0x37, 0x37, "3il:"}, {0x38, 0x38, "2if:"}, {0x39, 0x39, "3id:"}, {0x3a, 0x3a, "0ii:"}, {0x3b, 0x3b, "1ii:"},
    {0x3c, 0x3c, "0il:"}, {0x3d, 0x3d, "1il:"}, {0x3e, 0x3e, "2il:"}, {0x45, 0x45, "i:i"},  {0x46, 0x4f, "ii:i"},
    {0x50, 0x50, "l:i"},  {0x51, 0x5a, "ll:i"}, {0x5b, 0x60, "ff:i"}, {0x61, 0x66, "dd:i"}, {0x67, 0x69, "i:i"},
    {0x6a, 0x78, "ii:i"}, {0x79, 0x7b, "l:l"},  {0x7c, 0x8a, "ll:l"}, {0x8b, 0x91, "f:f"},  {0x92, 0x98, "ff:f"},
    {0x99, 0x9f, "d:d"},  {0xa0, 0xa6, "dd:d"}, {0xa7, 0xa7, "l:i"},  {0xa8, 0xa9, "f:i"},  {0xaa, 0xab, "d:i"},
    {0xac, 0xad, "i:l"},  {0xae, 0xaf, "f:l"},  {0xb0, 0xb1, "d:l"},  {0xb2, 0xb3, "i:f"},  {0xb4, 0xb5, "l:f"},
    {0xb6, 0xb6, "d:f"},  {0xb7, 0xb8, "i:d"},  {0xb9, 0xba, "l:d"},  {0xbb, 0xbb, "f:d"},  {0xbc, 0xbc, "f:i"},
    {0xbd, 0xbd, "d:l"},  {0xbe, 0xbe, "i:f"},  {0xbf, 0xbf, "l:d"},  {0xc0, 0xc1, "i:i"},  {0xc2, 0xc4, "l:l"},
};

static const struct range SIMD[] = {
    {0, 0, "4i:v"},       {1, 6, "3i:v"},        {7, 7, "0i:v"},       {8, 8, "1i:v"},       {9, 9, "2i:v"},
    {10, 10, "3i:v"},     {11, 11, "4iv:"},      {12, 12, "=:v"},      {13, 13, "*vv:v"},    {14, 14, "vv:v"},
    {15, 17, "i:v"},      {18, 18, "l:v"},       {19, 19, "f:v"},      {20, 20, "d:v"},      {21, 22, "[16]v:i"},
    {23, 23, "[16]vi:v"}, {24, 25, "[8]v:i"},    {26, 26, "[8]vi:v"},  {27, 27, "[4]v:i"},   {28, 28, "[4]vi:v"},
    {29, 29, "[2]v:l"},   {30, 30, "[2]vl:v"},   {31, 31, "[4]v:f"},   {32, 32, "[4]vf:v"},  {33, 33, "[2]v:d"},
    {34, 34, "[2]vd:v"},  {35, 76, "vv:v"},      {77, 77, "v:v"},      {78, 81, "vv:v"},     {82, 82, "vvv:v"},
    {83, 83, "v:i"},      {84, 84, "0[16]iv:v"}, {85, 85, "1[8]iv:v"}, {86, 86, "2[4]iv:v"}, {87, 87, "3[2]iv:v"},
    {88, 88, "0[16]iv:"}, {89, 89, "1[8]iv:"},   {90, 90, "2[4]iv:"},  {91, 91, "3[2]iv:"},  {92, 92, "2i:v"},
    {93, 93, "3i:v"},     {94, 98, "v:v"},       {99, 100, "v:i"},     {101, 102, "vv:v"},   {103, 106, "v:v"},
    {107, 109, "vi:v"},   {110, 115, "vv:v"},    {116, 117, "v:v"},    {118, 121, "vv:v"},   {122, 122, "v:v"},
    {123, 123, "vv:v"},   {124, 129, "v:v"},     {130, 130, "vv:v"},   {131, 132, "v:i"},    {133, 134, "vv:v"},
    {135, 138, "v:v"},    {139, 141, "vi:v"},    {142, 147, "vv:v"},   {148, 148, "v:v"},    {149, 153, "vv:v"},
    {155, 159, "vv:v"},   {160, 161, "v:v"},     {163, 164, "v:i"},    {167, 170, "v:v"},    {171, 173, "vi:v"},
    {174, 174, "vv:v"},   {177, 177, "vv:v"},    {181, 186, "vv:v"},   {188, 191, "vv:v"},   {192, 193, "v:v"},
    {195, 196, "v:i"},    {199, 202, "v:v"},     {203, 205, "vi:v"},   {206, 206, "vv:v"},   {209, 209, "vv:v"},
    {213, 223, "vv:v"},   {224, 225, "v:v"},     {227, 227, "v:v"},    {228, 235, "vv:v"},   {236, 237, "v:v"},
    {239, 239, "v:v"},    {240, 247, "vv:v"},    {248, 255, "v:v"},
};

static _Noreturn void fail(struct validator *v, const char *error) {
  v->result.error = error;
  v->result.offset = (size_t)(v->at - v->bytes);
  longjmp(v->failed, 1);
}

static void expect(struct validator *v, bool holds, const char *error) {
  if (!holds)
    fail(v, error);
}

static unsigned byte(struct validator *v) {
  expect(v, v->at < v->end, "the end is missing");
  return *v->at++;
}

// LEB128 (5.2.2).
static uint32_t number(struct validator *v) {
  uint64_t value = 0;
  unsigned shift = 0, part;
  do {
    part = byte(v);
    value |= (uint64_t)(part & 127) << shift;
    shift += 7;
  } while (part & 128 && shift < 35);
  expect(v, !(part & 128) && value <= UINT32_MAX, "a number is too long");
  return (uint32_t)value;
}

static void skip_signed(struct validator *v, unsigned bits) {
  unsigned shift = 0, part;
  do {
    part = byte(v);
    shift += 7;
  } while (part & 128 && shift < bits);
  expect(v, !(part & 128), "a number is too long");
  if (shift > bits) { // the bits beyond are copies of the sign
    const unsigned beyond = 0x7f & ~0U << (bits - (shift - 7) - 1);
    expect(v, (part & beyond) == 0 || (part & beyond) == beyond, "a number is too large");
  }
}

static char value_type(struct validator *v) {
  switch (byte(v)) {
  case 0x7f: return 'i';
  case 0x7e: return 'l';
  case 0x7d: return 'f';
  case 0x7c: return 'd';
  case 0x7b: return 'v';
  default: fail(v, "no type of a value");
  }
}

static void push(struct validator *v, char type) {
  expect(v, v->height < STACK_MAX, "the stack is too high for this validator");
  v->stack[v->height++] = type;
}

static char pop(struct validator *v, char wanted) {
  const struct frame *frame = &v->frames[v->depth - 1];
  if (v->height == frame->height) {
    expect(v, frame->unreachable, "a value is missing");
    return wanted;
  }
  const char type = v->stack[--v->height];
  expect(v, type == wanted || type == UNKNOWN || wanted == UNKNOWN, "a value has another type");
  return type == UNKNOWN ? wanted : type;
}

static void unreachable(struct validator *v) {
  v->height = v->frames[v->depth - 1].height;
  v->frames[v->depth - 1].unreachable = true;
}

static void open_frame(struct validator *v, unsigned opcode, char result) {
  expect(v, v->depth < FRAMES_MAX, "blocks are too deep for this validator");
  v->frames[v->depth++] = (struct frame){.opcode = opcode, .result = result, .height = v->height};
}

static struct frame close_frame(struct validator *v) {
  const struct frame frame = v->frames[v->depth - 1];
  if (frame.result)
    pop(v, frame.result);
  expect(v, v->height == frame.height, "values are left at the end of a block");
  v->depth--;
  return frame;
}

// What a branch to a label takes: nothing at a loop.
static char label(struct validator *v) {
  const uint32_t depth = number(v);
  expect(v, depth < v->depth, "a branch leads nowhere");
  const struct frame *frame = &v->frames[v->depth - 1 - depth];
  return frame->opcode == 0x03 ? 0 : frame->result;
}

static void branch_table(struct validator *v) {
  const uint32_t count = number(v);
  pop(v, 'i');
  expect(v, count <= (size_t)(v->end - v->at), "a table of branches is too long");
  const char type = label(v);
  for (uint32_t i = 0; i < count; i++)
    expect(v, label(v) == type, "branches of a table differ in type");
  if (type)
    pop(v, type);
  unreachable(v);
}

static void call(struct validator *v, const struct type *type) {
  for (unsigned i = type->params; i-- > 0;)
    pop(v, type->param[i]);
  if (type->results)
    push(v, type->result);
}

static void plain(struct validator *v, const struct range *ranges, size_t count, uint32_t opcode) {
  size_t at = 0;
  while (at < count && (opcode < ranges[at].first || opcode > ranges[at].last))
    at++;
  expect(v, at < count, "no instruction");
  const char *signature = ranges[at].signature;
  if (*signature >= '0' && *signature <= '9') {
    expect(v, number(v) <= (uint32_t)(*signature++ - '0'), "an alignment is too large");
    number(v);
  }
  if (*signature == '[') {
    expect(v, byte(v) < (unsigned)atoi(signature + 1), "no such lane");
    signature = strchr(signature, ']') + 1;
  }
  if (*signature == '=' || *signature == '*')
    for (unsigned i = 0; i < 16; i++)
      expect(v, byte(v) < (*signature == '=' ? 256U : 32U), "no such lane");
  signature += *signature == '=' || *signature == '*';
  const char *leaves = strchr(signature, ':');
  for (const char *takes = leaves; takes-- > signature;)
    pop(v, *takes);
  if (leaves[1])
    push(v, leaves[1]);
}

static char local_type(struct validator *v) {
  const uint32_t local = number(v);
  expect(v, local < v->locals, "no such local");
  return v->local[local];
}

static void select_value(struct validator *v) {
  pop(v, 'i');
  const char first = pop(v, UNKNOWN), type = pop(v, first);
  push(v, type);
}

static char block_type(struct validator *v) {
  expect(v, v->at < v->end, "the end is missing");
  if (*v->at != 0x40)
    return value_type(v);
  v->at++;
  return 0;
}

static void instruction(struct validator *v, unsigned opcode) {
  struct frame frame;
  char type;
  uint32_t index;
  switch (opcode) {
  case 0x00: unreachable(v); break;
  case 0x01: break;
  case 0x02:
  case 0x03: open_frame(v, opcode, block_type(v)); break;
  case 0x04:
    type = block_type(v);
    pop(v, 'i');
    open_frame(v, opcode, type);
    break;
  case 0x05:
    frame = close_frame(v);
    expect(v, frame.opcode == 0x04, "else without if");
    open_frame(v, opcode, frame.result);
    break;
  case 0x0b:
    frame = close_frame(v);
    expect(v, frame.opcode != 0x04 || !frame.result, "if with a result without else");
    if (frame.result)
      push(v, frame.result);
    break;
  case 0x0c:
    type = label(v);
    if (type)
      pop(v, type);
    unreachable(v);
    break;
  case 0x0d:
    type = label(v);
    pop(v, 'i');
    if (type) {
      pop(v, type);
      push(v, type);
    }
    break;
  case 0x0e: branch_table(v); break;
  case 0x0f:
    if (v->frames[0].result)
      pop(v, v->frames[0].result);
    unreachable(v);
    break;
  case 0x10:
    index = number(v);
    expect(v, index < v->functions, "no such function");
    call(v, &v->type[v->function[index]]);
    break;
  case 0x11:
    index = number(v);
    expect(v, index < v->types && byte(v) == 0, "no such type or table");
    pop(v, 'i');
    call(v, &v->type[index]);
    break;
  case 0x1a: pop(v, UNKNOWN); break;
  case 0x1b: select_value(v); break;
  case 0x20: push(v, local_type(v)); break;
  case 0x21: pop(v, local_type(v)); break;
  case 0x22:
    type = local_type(v);
    pop(v, type);
    push(v, type);
    break;
  case 0x41:
    skip_signed(v, 32);
    push(v, 'i');
    break;
  case 0x42:
    skip_signed(v, 64);
    push(v, 'l');
    break;
  case 0x44:
    for (unsigned i = 0; i < 8; i++)
      byte(v);
    push(v, 'd');
    break;
  case 0xfd: plain(v, SIMD, sizeof SIMD / sizeof *SIMD, number(v)); break;
  default: plain(v, CORE, sizeof CORE / sizeof *CORE, opcode); break;
  }
}

static void read_body(struct validator *v, const struct type *type) {
  const uint32_t size = number(v);
  expect(v, size <= (size_t)(v->end - v->at), "a body is longer than its section");
  const uint8_t *end = v->at + size;
  if (size > v->result.largest_body)
    v->result.largest_body = size;
  memcpy(v->local, type->param, type->params);
  v->locals = type->params;
  for (uint32_t groups = number(v); groups > 0; groups--) {
    const uint32_t count = number(v);
    expect(v, count <= LOCALS_MAX - v->locals, "too many locals");
    memset(v->local + v->locals, value_type(v), count);
    v->locals += count;
  }
  if (v->locals > v->result.most_locals)
    v->result.most_locals = v->locals;
  v->height = v->depth = 0;
  open_frame(v, 0x02, type->results ? type->result : 0);
  while (v->depth)
    instruction(v, byte(v));
  expect(v, v->at == end, "a body has another size");
}

static void read_types(struct validator *v) {
  v->types = number(v);
  expect(v, v->types <= TYPES_MAX, "too many types for this validator");
  for (unsigned i = 0; i < v->types; i++) {
    struct type *type = &v->type[i];
    expect(v, byte(v) == 0x60, "no type of a function");
    type->params = number(v);
    expect(v, type->params <= PARAMS_MAX, "too many parameters for this validator");
    for (unsigned j = 0; j < type->params; j++)
      type->param[j] = value_type(v);
    type->results = number(v);
    expect(v, type->results <= 1, "too many results for this validator");
    if (type->results)
      type->result = value_type(v);
  }
}

static void expect_text(struct validator *v, const char *text) {
  const size_t length = strlen(text);
  expect(v, number(v) == length && length <= (size_t)(v->end - v->at) && memcmp(v->at, text, length) == 0,
         "another name was expected");
  v->at += length;
}

// "env" "memory" and "env" "table", without a maximum.
static void read_imports(struct validator *v) {
  expect(v, number(v) == 2, "two imports were expected");
  expect_text(v, "env");
  expect_text(v, "memory");
  expect(v, byte(v) == 2 && byte(v) == 0 && number(v) <= 65536, "a memory was expected");
  expect_text(v, "env");
  expect_text(v, "table");
  expect(v, byte(v) == 1 && byte(v) == 0x70 && byte(v) == 0 && number(v) <= 10000000, "a table was expected");
}

static void read_functions(struct validator *v) {
  v->functions = number(v);
  expect(v, v->functions <= FUNCTIONS_MAX, "too many functions for this validator");
  for (unsigned i = 0; i < v->functions; i++) {
    const uint32_t type = number(v);
    expect(v, type < v->types, "no such type");
    v->function[i] = (uint8_t)type;
  }
}

// "0", "1", … in this order.
static void read_exports(struct validator *v) {
  expect(v, number(v) == v->functions, "every function is exported");
  for (unsigned i = 0; i < v->functions; i++) {
    char name[12] = "";
    unsigned digits = 0;
    for (unsigned rest = i; digits == 0 || rest > 0; rest /= 10)
      memmove(name + 1, name, digits++), name[0] = (char)('0' + rest % 10);
    expect_text(v, name);
    expect(v, byte(v) == 0 && number(v) == i, "a function was expected");
  }
}

static void read_code(struct validator *v) {
  expect(v, number(v) == v->functions, "bodies and functions differ in number");
  for (unsigned i = 0; i < v->functions; i++)
    read_body(v, &v->type[v->function[i]]);
}

static void read_module(struct validator *v) {
  static const uint8_t HEADER[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  static const struct {
    unsigned id;
    void (*read)(struct validator *);
  } SECTIONS[] = {{1, read_types}, {2, read_imports}, {3, read_functions}, {7, read_exports}, {10, read_code}};
  for (unsigned i = 0; i < sizeof HEADER; i++)
    expect(v, byte(v) == HEADER[i], "no module");
  for (unsigned i = 0; i < sizeof SECTIONS / sizeof *SECTIONS; i++) {
    expect(v, byte(v) == SECTIONS[i].id, "another section was expected");
    const uint32_t size = number(v);
    expect(v, size <= (size_t)(v->end - v->at), "a section is longer than the module");
    const uint8_t *end = v->at + size;
    SECTIONS[i].read(v);
    expect(v, v->at == end, "a section has another size");
  }
  expect(v, v->at == v->end, "something follows the code");
  v->result.functions = v->functions;
}

struct wasm_validated wasm_validate(const uint8_t *bytes, size_t length) {
  static struct validator v;
  v.bytes = v.at = bytes;
  v.end = bytes + length;
  v.result = (struct wasm_validated){0};
  if (setjmp(v.failed) == 0)
    read_module(&v);
  return v.result;
}
