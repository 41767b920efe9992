// What this processor says of itself (SDM 2A, "CPUID"): x86-64-v2, AES, PCLMULQDQ and SHA, and nothing that is missing.
//
// The vendor is Intel because Linux takes the frequencies of leaves 0x15 and 0x16 from no other, and would otherwise
// measure them, by waiting.
#include "cpu/x86_64/operand.h"

#define BIT(number) (1u << (number))

enum {
  VERSION = 0x000206c2, // family 6, model 0x2c: the generation of x86-64-v2
  CLFLUSH_BYTES = 64,
  CRYSTAL_HZ = 25000000
};

// Leaf 1.
#define FEATURES_EDX                                                                                                   \
  (BIT(0) /* FPU */ | BIT(3) /* PSE */ | BIT(4) /* TSC */ | BIT(5) /* MSR */ | BIT(6) /* PAE */ | BIT(8) /* CX8 */ |   \
   BIT(9) /* APIC */ | BIT(11) /* SEP */ | BIT(13) /* PGE */ | BIT(15) /* CMOV */ | BIT(16) /* PAT */ |                \
   BIT(19) /* CLFSH */ | BIT(23) /* MMX */ | BIT(24) /* FXSR */ | BIT(25) /* SSE */ | BIT(26) /* SSE2 */)
#define FEATURES_ECX                                                                                                   \
  (BIT(0) /* SSE3 */ | BIT(1) /* PCLMULQDQ */ | BIT(9) /* SSSE3 */ | BIT(13) /* CMPXCHG16B */ | BIT(19) /* SSE4.1 */ | \
   BIT(20) /* SSE4.2 */ | BIT(23) /* POPCNT */ | BIT(24) /* TSC deadline */ | BIT(25) /* AES */ |                      \
   BIT(31) /* hypervisor */)
// Leaf 7: REP MOVSB and STOSB are fast here.
#define FEATURES_7_EBX (BIT(9) /* ERMS */ | BIT(29) /* SHA */)
// Leaf 0x80000001.
#define EXTENDED_EDX                                                                                                   \
  (BIT(11) /* SYSCALL */ | BIT(20) /* NX */ | BIT(26) /* 1 GiB pages */ | BIT(27) /* RDTSCP */ | BIT(29) /* LM */)
#define EXTENDED_ECX BIT(0) /* LAHF */
#define INVARIANT_TSC BIT(8)
#define ADDRESS_BITS (40 | 48 << 8)

struct leaf {
  uint32_t eax, ebx, ecx, edx;
};

// Leaf 2 sends to leaf 4. What caches there are decides how C libraries copy: without, or beyond the last one's size,
// by stores that pass the caches, 64 bytes at a time, where REP MOVSB would do here. So the last is large.
enum { DESCRIPTORS_IN_LEAF_4 = 0xff01, LINE_BYTES = 64 };
enum cache_kind { CACHE_DATA = 1, CACHE_INSTRUCTIONS, CACHE_UNIFIED };
enum { LEVEL_2_KIB = 256, LEVEL_2_EIGHT_WAYS = 6 << 12 };

static struct leaf cache(uint32_t number) {
  static const struct {
    uint8_t kind, level;
    uint16_t ways;
    uint32_t sets;
  } CACHES[] = {{CACHE_DATA, 1, 8, 64},
                {CACHE_INSTRUCTIONS, 1, 8, 64},
                {CACHE_UNIFIED, 2, 8, LEVEL_2_KIB * 1024 / 8 / LINE_BYTES},
                {CACHE_UNIFIED, 3, 16, 32768}}; // 32 KiB, 32 KiB, 256 KiB, 32 MiB
  if (number >= sizeof CACHES / sizeof CACHES[0])
    return (struct leaf){0, 0, 0, 0};
  return (struct leaf){CACHES[number].kind | (uint32_t)CACHES[number].level << 5 | BIT(8) /* needs no set-up */,
                       (LINE_BYTES - 1) | (CACHES[number].ways - 1U) << 22, CACHES[number].sets - 1, 0};
}

static uint32_t word(const char *text) {
  uint32_t value;
  memcpy(&value, text, sizeof value);
  return value;
}

static struct leaf brand(uint32_t part) {
  static const char NAME[48] = "oci2wasm x86-64-v2";
  const char *text = NAME + part * 16;
  return (struct leaf){word(text), word(text + 4), word(text + 8), word(text + 12)};
}

static struct leaf leaf_of(const struct x86_cpu *cpu, uint32_t number, uint32_t subleaf) {
  const uint32_t mhz = (uint32_t)(cpu->tsc_hz / 1000000);
  switch (number) {
  case 0: return (struct leaf){0x16, word("Genu"), word("ntel"), word("ineI")};
  case 1: return (struct leaf){VERSION, CLFLUSH_BYTES / 8 << 8, FEATURES_ECX, FEATURES_EDX};
  case 2: return (struct leaf){DESCRIPTORS_IN_LEAF_4, 0, 0, 0};
  case 4: return cache(subleaf);
  case 6: return (struct leaf){BIT(2), 0, 0, 0}; // the APIC timer never stops
  case 7: return (struct leaf){0, subleaf == 0 ? FEATURES_7_EBX : 0, 0, 0};
  case 0x15: return (struct leaf){1, (uint32_t)(cpu->tsc_hz / CRYSTAL_HZ), CRYSTAL_HZ, 0};
  case 0x16: return (struct leaf){mhz, mhz, 0, 0};
  case 0x40000000: return (struct leaf){0x40000010, word("oci2"), word("wasm"), word("    ")};
  case 0x40000010: return (struct leaf){(uint32_t)(cpu->tsc_hz / 1000), CRYSTAL_HZ / 1000, 0, 0};
  case 0x80000000: return (struct leaf){0x80000008, 0, 0, 0};
  case 0x80000001: return (struct leaf){0, 0, EXTENDED_ECX, EXTENDED_EDX};
  case 0x80000002:
  case 0x80000003:
  case 0x80000004: return brand(number - 0x80000002);
  case 0x80000006: return (struct leaf){0, 0, LEVEL_2_KIB << 16 | LEVEL_2_EIGHT_WAYS | LINE_BYTES, 0};
  case 0x80000007: return (struct leaf){0, 0, 0, INVARIANT_TSC};
  case 0x80000008: return (struct leaf){ADDRESS_BITS, 0, 0, 0};
  default: return (struct leaf){0, 0, 0, 0};
  }
}

enum x86_result x86_cpuid(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  const struct leaf leaf = leaf_of(cpu, (uint32_t)cpu->r[RAX], (uint32_t)cpu->r[RCX]);
  cpu->r[RAX] = leaf.eax;
  cpu->r[RBX] = leaf.ebx;
  cpu->r[RCX] = leaf.ecx;
  cpu->r[RDX] = leaf.edx;
  return RESULT_NEXT;
}
