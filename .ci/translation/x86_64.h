// Machine code of guest.c for amd64.

// unsigned code(uint32_t *patch, unsigned count): xor eax, eax; again: mov edx, 0 (PATCH); add eax, edx;
// mov [rdi], esi; dec esi; jnz again; ret.
static const uint8_t PATCHES[] = {0x31, 0xc0, 0xba, 0, 0, 0, 0, 0x01, 0xd0, 0x89, 0x37, 0xff, 0xce, 0x75, 0xf3, 0xc3};
enum { PATCH = 3, BEFORE_BORDER = PATCH + 1 };

// mov eax, 0; ret
static const uint8_t RETURNS[] = {0xb8, 0, 0, 0, 0, 0xc3};

static void set_returned(uint8_t *code, unsigned number) {
  memcpy(code + 1, &number, sizeof number);
}

// xor edx, edx; again: call CALLED; sub rax, rdi; add rdx, rax; dec esi; jnz again; mov rax, rdx; ret
static const uint8_t CALLER[] = {0x31, 0xd2, 0xe8, 0xf9, 0x0f, 0,    0,    0x48, 0x29, 0xf8, 0x48,
                                 0x01, 0xc2, 0xff, 0xce, 0x75, 0xf1, 0x48, 0x89, 0xd0, 0xc3};
// lea rax, [rip]; ret
static const uint8_t CALLED[] = {0x48, 0x8d, 0x05, 0, 0, 0, 0, 0xc3};

// call FAR_CALLED, twice; ret
static const uint8_t BETWEEN[] = {0xe8, 0xfb, 0xef, 0xff, 0, 0xe8, 0xf6, 0xef, 0xff, 0, 0xc3};
// lea rax, [rip]; test ecx, ecx; jnz AFTER; ret. AFTER: inc rax; ret
static const uint8_t FAR_CALLED[] = {0x48, 0x8d, 0x05, 0, 0, 0, 0, 0x85, 0xc9, 0x0f, 0x85, 0xf1, 0x07, 0, 0, 0xc3};
static const uint8_t AFTER[] = {0x48, 0xff, 0xc0, 0xc3};

// lea eax, [rdi + NUMBER]; dec esi; jnz -2; ret
static const uint8_t ADDS[] = {0x8d, 0x47, 0, 0xff, 0xce, 0x75, 0xfc, 0xc3};

static void set_added(uint8_t *code, unsigned number) {
  code[2] = (uint8_t)number;
}

// add edi, 1. mov eax, edi; ret
static const uint8_t ADD_ONE[] = {0x83, 0xc7, 0x01}, RETURN[] = {0x89, 0xf8, 0xc3};

static double square_root(double value) {
  double root;
  __asm__("sqrtsd %1, %0" : "=x"(root) : "x"(value));
  return root;
}
