// Machine code of guest.c for riscv64.

// unsigned code(uint32_t *patch, unsigned count): li a2, 0; again: li a3, 0 (PATCH); add a2, a2, a3; slli a4, a1, 20;
// ori a4, a4, 0x693; sw a4, 0(a0); addiw a1, a1, -1; bnez a1, again; mv a0, a2; ret.
static const uint32_t PATCHES[] = {0x00000613, 0x00000693, 0x00d60633, 0x01459713, 0x69376713,
                                   0x00e52023, 0xfff5859b, 0xfe0594e3, 0x00060513, 0x00008067};
enum { PATCH = 4, BEFORE_BORDER = PATCH + 2 };

// li a0, 0; ret
static const uint32_t RETURNS[] = {0x00000513, 0x00008067};

static void set_returned(uint8_t *code, unsigned number) {
  const uint32_t bits = (number / 1024) << 20 | RETURNS[0];
  memcpy(code, &bits, sizeof bits);
}

// mv t2, ra; li t0, 0; mv t3, a0; mv t4, a1; again: jal CALLED; sub a0, a0, t3; add t0, t0, a0; addiw t4, t4, -1;
// bnez t4, again; mv a0, t0; jr t2
static const uint32_t CALLER[] = {0x00008393, 0x00000293, 0x00050e13, 0x00058e93, 0x7f1000ef, 0x41c50533,
                                  0x00a282b3, 0xfffe8e9b, 0xfe0e98e3, 0x00028513, 0x00038067};
// auipc a0, 0; ret
static const uint32_t CALLED[] = {0x00000517, 0x00008067};

// mv t1, ra; call FAR_CALLED, twice; jr t1
static const uint32_t BETWEEN[] = {0x00008313, 0x00ffff17, 0xffcf00e7, 0x00ffff17, 0xff4f00e7, 0x00030067};
// auipc a0, 0; bnez a3, AFTER; ret. AFTER: addi a0, a0, 1; ret
static const uint32_t FAR_CALLED[] = {0x00000517, 0x7e069e63, 0x00008067}, AFTER[] = {0x00150513, 0x00008067};

// addiw a2, a0, NUMBER; again: addiw a1, a1, -1; bnez a1, again; mv a0, a2; ret
static const uint32_t ADDS[] = {0x0005061b, 0xfff5859b, 0xfe059ee3, 0x00060513, 0x00008067};

static void set_added(uint8_t *code, unsigned number) {
  const uint32_t bits = number << 20 | ADDS[0];
  memcpy(code, &bits, sizeof bits);
}

// addiw a0, a0, 1. ret
static const uint32_t ADD_ONE[] = {0x0015051b}, RETURN[] = {0x00008067};

static double square_root(double value) {
  double root;
  __asm__("fsqrt.d %0, %1" : "=f"(root) : "f"(value));
  return root;
}
