// Written cases of instructions, most of which the differential test meets too, by chance.
#include "cpu/x86_64/decode/missing.h"
#include "cpu/x86_64/execute/execute.h"
#include "cpu/x86_64/system/mmu.h"
#include "guest.h"

static void should_write_nothing_when_the_second_page_faults(void) {
  const uint64_t value = UINT64_MAX;
  reset();
  map_small(0, DATA | P | W);
  CHECK(!x86_store(cpu, SMALL + 0xffc, 8, &value) && faulted(VECTOR_PF, 2) && cpu->fault_address == SMALL + 0x1000);
  CHECK(get(DATA + 0xff8) == 0);
}

static void should_change_nothing_when_an_instruction_faults(void) {
  reset();
  map_small(0, DATA | P);
  cpu->r[RBX] = SMALL;
  cpu->r[RAX] = 5;
  CHECK(RUN("\x01\x03")); // add [rbx], eax
  CHECK(in_handler(VECTOR_PF) && get(cpu->r[RSP]) == 3 && cpu->cr2 == SMALL && get(DATA) == 0 && cpu->r[RAX] == 5);
}

// `across`: the operand goes on where no page is; else it lies on a page that may only be read.
static void change_nothing(const char *code, unsigned length, bool across) {
  reset();
  map_small(0, DATA | P | (across ? W : 0));
  cpu->r[RBX] = across ? SMALL + 0xffc : SMALL;
  cpu->r[RAX] = 5;
  cpu->r[RCX] = 6;
  put(STACK, 7);
  x86_set_flags(cpu, FLAG_CF | FLAG_ZF);
  const struct x86_x87 x87 = cpu->x87;
  CHECK(fixture_run(&fixture, code, length) && in_handler(VECTOR_PF));
  CHECK(cpu->cr2 == (across ? SMALL + 0x1000 : SMALL) && (get(cpu->r[RSP]) & 2));
  CHECK(get(cpu->r[RSP] + 8) == CODE && get(cpu->r[RSP] + 32) == STACK);
  CHECK((get(cpu->r[RSP] + 24) & FLAGS_ARITHMETIC) == (FLAG_CF | FLAG_ZF));
  CHECK(cpu->r[RAX] == 5 && cpu->r[RCX] == 6 && get(DATA) == 0 && get(DATA + 0xff8) == 0);
  CHECK(memcmp(&x87, &cpu->x87, sizeof x87) == 0);
}

static void should_change_nothing_when_a_modifying_instruction_faults(void) {
#define CASE(code) {code, sizeof code - 1}
  static const struct {
    const char *code;
    unsigned length;
  } CASES[] = {
      CASE("\x48\x01\x03"),         // add [rbx], rax
      CASE("\x48\x0f\xc1\x03"),     // xadd [rbx], rax
      CASE("\xf0\x48\x0f\xb1\x0b"), // lock cmpxchg [rbx], rcx
      CASE("\x48\xff\x03"),         // inc qword [rbx]
      CASE("\x48\xc1\x23\x03"),     // shl qword [rbx], 3
      CASE("\x8f\x03"),             // pop qword [rbx]
      CASE("\x48\x87\x03"),         // xchg [rbx], rax
      CASE("\x48\x0f\xba\x2b\x05"), // bts qword [rbx], 5
      CASE("\xdd\x1b"),             // fstp qword [rbx]
      CASE("\xdf\x33"),             // fbstp [rbx]
  };
#undef CASE
  for (unsigned i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
    change_nothing(CASES[i].code, CASES[i].length, false);
    change_nothing(CASES[i].code, CASES[i].length, true);
  }
}

static void should_stop_string_instructions_where_they_fault(void) {
  reset();
  map_small(0, DATA | P | W);
  memset(fixture.ram.host + DATA + 0x8000, 'x', 64);
  cpu->r[RSI] = DATA + 0x8000;
  cpu->r[RDI] = SMALL + 0xff0;
  cpu->r[RCX] = 64;
  CHECK(RUN("\xf3\xa4")); // rep movsb
  CHECK(in_handler(VECTOR_PF) && cpu->cr2 == SMALL + 0x1000 && get(cpu->r[RSP] + 8) == CODE);
  CHECK(cpu->r[RCX] == 48 && cpu->r[RDI] == SMALL + 0x1000 && cpu->r[RSI] == DATA + 0x8010);
  CHECK(fixture.ram.host[DATA + 0xfff] == 'x');
}

// Comparing and filling ones, and downwards; the flags are those of the last element.
static void should_stop_other_string_instructions_where_they_fault(void) {
  reset();
  map_small(0, DATA | P);
  memset(fixture.ram.host + DATA + 0x8000, 0, 64);
  cpu->r[RSI] = SMALL + 0xffc;
  cpu->r[RDI] = DATA + 0x8000;
  cpu->r[RCX] = 16;
  CHECK(RUN("\xf3\xa6") && in_handler(VECTOR_PF) && cpu->cr2 == SMALL + 0x1000); // repe cmpsb
  CHECK(cpu->r[RCX] == 12 && cpu->r[RSI] == SMALL + 0x1000 && cpu->r[RDI] == DATA + 0x8004);
  CHECK((get(cpu->r[RSP] + 24) & FLAGS_ARITHMETIC) == (FLAG_ZF | FLAG_PF));
  cpu->r[RDI] = SMALL + 0xffe;
  cpu->r[RCX] = 16;
  cpu->r[RAX] = 1;
  CHECK(RUN("\xf2\xae") && in_handler(VECTOR_PF) && cpu->r[RCX] == 14); // repne scasb
  map_small(0, DATA | P | W);
  cpu->r[RDI] = SMALL + 3;
  cpu->r[RCX] = 5;
  CHECK(RUN("\xfd\xf3\xaa\xfc\xf4") && cpu->r[RCX] == 0 && cpu->r[RDI] == SMALL - 2); // std; rep stosb; cld
  CHECK(get(DATA) == 0x01010101 && get(SMALL - 8) == UINT64_C(1) << 56);
  cpu->r[RDI] = SMALL + 0xffc;
  cpu->r[RCX] = 3;
  CHECK(RUN("\xf3\x48\xab") && in_handler(VECTOR_PF) && cpu->r[RCX] == 3); // rep stosq, the first across the end
  CHECK(get(DATA + 0xff8) == 0);
}

static void should_see_code_that_changes(void) {
  reset();
  cpu->r[RBX] = CODE;
  // mov byte [rbx + 8], 0x41; mov eax, 1 -> its immediate is at 8; hlt
  CHECK(RUN("\xc6\x43\x05\x41\xb8\x01\x00\x00\x00\xf4"));
  CHECK(cpu->r[RAX] == 0x41);
  // The same loop body twice, changed in between by its own store: inc becomes dec.
  cpu->r[RAX] = 10;
  cpu->r[RCX] = 2;
  // ff /0 rax; mov byte [rbx + 1], 0xc8; loop; hlt
  CHECK(RUN("\xff\xc0\xc6\x43\x01\xc8\xe2\xf8\xf4"));
  CHECK(cpu->r[RAX] == 10);
}

// The operand is loaded and stored by two ops: what was decoded behind the second is dropped with the first.
static void should_see_code_that_a_modifying_instruction_changes(void) {
  reset();
  cpu->r[RBX] = CODE;
  CHECK(RUN("\x80\x43\x05\x40\xb8\x01\x00\x00\x00\xf4")); // add byte [rbx + 5], 0x40; mov eax, 1; hlt
  CHECK(cpu->r[RAX] == 0x41);
  reset();
  cpu->r[RBX] = CODE;
  CHECK(RUN("\x0f\x94\x43\x05\xb8\x05\x00\x00\x00\xf4")); // sete [rbx + 5]; mov eax, 5; hlt
  CHECK(cpu->r[RAX] == 0);
}

static void should_fetch_across_pages(void) {
  reset();
  map_small(0, CODE | P | W);
  // mov eax, imm32 with two bytes in the second page, which is not there.
  place(CODE + 0xffd, "\xb8\x34\x12", 3);
  cpu->rip = SMALL + 0xffd;
  CHECK(x86_run(cpu, 100) == X86_EXIT_WAIT && in_handler(VECTOR_PF));
  CHECK(cpu->cr2 == SMALL + 0x1000 && get(cpu->r[RSP] + 8) == SMALL + 0xffd && get(cpu->r[RSP]) == 0x10);
  for (unsigned other = 1; other < 3; other++) { // then it is, and then it is another one
    place(DATA + other * 0x1000, other == 1 ? "\x78\x56\xf4" : "\xbc\x9a\xf4", 3);
    map_small(1, (DATA + other * 0x1000) | P);
    cpu->rip = SMALL + 0xffd;
    CHECK(x86_run(cpu, 100) == X86_EXIT_WAIT && cpu->rip == SMALL + 0x1003);
    CHECK(cpu->r[RAX] == (other == 1 ? 0x56781234 : 0x9abc1234));
  }
}

// Two neighbours of the guest that are none of the host.
static void should_access_across_pages(void) {
  reset();
  map_small(0, (DATA + 0x4000) | P | W);
  map_small(1, (DATA + 0x2000) | P | W);
  put(DATA + 0x4ff8, UINT64_C(0x1122334455667788));
  put(DATA + 0x2000, UINT64_C(0x99aabbccddeeff00));
  put(DATA + 0x2008, UINT64_C(0x0123456789abcdef));
  cpu->r[RBX] = SMALL + 0xffb;
  cpu->r[RCX] = SMALL + 0xff9;
  cpu->r[RDX] = SMALL + 0xffd;
  // mov rax, [rbx]; movdqu xmm0, [rbx]; movdqu [rcx], xmm0; mov [rdx], rax; add dword [rdx], 1; hlt
  CHECK(RUN("\x48\x8b\x03\xf3\x0f\x6f\x03\xf3\x0f\x7f\x01\x48\x89\x02\x83\x02\x01\xf4"));
  CHECK(cpu->rip == CODE + 18 && cpu->r[RAX] == UINT64_C(0xeeff001122334455));
  CHECK(cpu->xmm[0].q[0] == cpu->r[RAX] && cpu->xmm[0].q[1] == UINT64_C(0xabcdef99aabbccdd));
  CHECK(get(DATA + 0x4ff8) == UINT64_C(0x3344562233445588));
  CHECK(get(DATA + 0x2000) == UINT64_C(0xcdef99eeff001122) && get(DATA + 0x2008) == UINT64_C(0x0123456789abcdab));
}

static void should_write_parts_of_registers(void) {
  reset();
  cpu->r[RAX] = cpu->r[RBX] = UINT64_C(0x1122334455667788);
  CHECK(RUN("\xb4\x12\xb0\x34\xf4") && cpu->r[RAX] == UINT64_C(0x1122334455661234)); // mov ah, 12h; mov al, 34h
  CHECK(RUN("\x66\xb8\x78\x56\xf4") && cpu->r[RAX] == UINT64_C(0x1122334455665678)); // mov ax, 5678h
  // add ah, al; xchg bh, bl; movzx ecx, ah; movsx edx, bl
  CHECK(RUN("\x00\xc4\x86\xdf\x0f\xb6\xcc\x0f\xbe\xd3\xf4"));
  CHECK(cpu->r[RAX] == UINT64_C(0x112233445566ce78) && cpu->r[RBX] == UINT64_C(0x1122334455668877));
  CHECK(cpu->r[RCX] == 0xce && cpu->r[RDX] == 0x77);
  CHECK(RUN("\xb8\x01\x00\x00\x00\xf4") && cpu->r[RAX] == 1); // mov eax, 1
  // xor eax, eax; sub al, 1; sbb cx, cx
  CHECK(RUN("\x31\xc0\x2c\x01\x66\x19\xc9\xf4") && cpu->r[RAX] == 0xff && cpu->r[RCX] == 0xffff);
}

enum { FLAG_DE = 2, FLAG_UE = 0x10, FLAG_PE = 0x20, DAZ = 0x40, FTZ = 0x8000 };

static bool multiplies(uint32_t mxcsr, uint64_t a, uint64_t b, uint64_t product, uint32_t flags) {
  cpu->mxcsr = mxcsr;
  cpu->xmm[0].q[0] = a;
  cpu->xmm[1].q[0] = b;
  return RUN("\xf2\x0f\x59\xc1\xf4") && cpu->xmm[0].q[0] == product && cpu->mxcsr == (mxcsr | flags); // mulsd
}

static void should_compute_with_denormals(void) {
  const uint64_t one = UINT64_C(0x3ff0000000000000), half = UINT64_C(0x3fe0000000000000), least = 1;
  const uint64_t least_normal = UINT64_C(0x0010000000000000), odd = least_normal | 1;
  reset();
  CHECK(multiplies(0x1f80, least, one, least, FLAG_DE));
  CHECK(multiplies(0x1f80 | DAZ, least, one, 0, 0));
  CHECK(multiplies(0x1f80, least_normal, half, least_normal / 2, 0));
  CHECK(multiplies(0x1f80, odd, half, least_normal / 2, FLAG_UE | FLAG_PE));
  CHECK(multiplies(0x1f80 | FTZ, odd, half, 0, FLAG_UE | FLAG_PE));
  CHECK(multiplies(0x1f80, least, half, 0, FLAG_DE | FLAG_UE | FLAG_PE));
  cpu->mxcsr = 0x1e80; // not masked
  cpu->xmm[0].q[0] = least;
  CHECK(RUN("\xf2\x0f\x59\xc1\xf4") && in_handler(VECTOR_XM) && cpu->xmm[0].q[0] == least);
  CHECK(cpu->mxcsr == (0x1e80 | FLAG_DE));
}

static void should_round_as_told(void) {
  static const struct {
    uint64_t value;
    int32_t rounded[4];                                          // to nearest, down, up, to zero
  } CASES[] = {{UINT64_C(0x4004000000000000), {2, 2, 3, 2}},     // 2.5
               {UINT64_C(0xc004000000000000), {-2, -3, -2, -2}}, // -2.5
               {UINT64_C(0x400e000000000000), {4, 3, 4, 3}}};    // 3.75
  reset();
  for (unsigned i = 0; i < 4 * sizeof CASES / sizeof CASES[0]; i++) {
    const unsigned mode = i & 3;
    const uint64_t rounded = (uint32_t)CASES[i / 4].rounded[mode];
    put(DATA, 0x1f80 | mode << 13);
    put(DATA + 8, 0x37f | mode << 10);
    put(DATA + 16, CASES[i / 4].value);
    cpu->r[RBX] = DATA;
    cpu->xmm[0].q[0] = CASES[i / 4].value;
    CHECK(RUN("\x0f\xae\x13\xf2\x0f\x2d\xc0\xf4") && cpu->r[RAX] == rounded); // ldmxcsr [rbx]; cvtsd2si eax, xmm0
    // fninit; fldcw [rbx + 8]; fld qword [rbx + 16]; fistp dword [rbx + 24]
    CHECK(RUN("\xdb\xe3\xd9\x6b\x08\xdd\x43\x10\xdb\x5b\x18\xf4") && get(DATA + 24) == rounded);
  }
}

static void should_point_to_the_last_x87_instruction(void) {
  reset();
  cpu->r[RBX] = DATA;
  cpu->r[RCX] = DATA + 0x100;
  // fninit; fld qword [rbx + 8]; fld1; fldcw [rcx + 64]; fnstenv [rcx]
  put(DATA + 0x140, 0x37f);
  CHECK(RUN("\xdb\xe3\xdd\x43\x08\xd9\xe8\xd9\x69\x40\xd9\x31\xf4"));
  CHECK((uint32_t)get(DATA + 0x10c) == CODE + 5 && (uint32_t)get(DATA + 0x110) == 0x1e8 << 16);
  CHECK((uint32_t)get(DATA + 0x114) == DATA + 8);
}

static void should_name_the_set_of_a_refused_instruction(void) {
  static const struct {
    const char *code;
    enum x86_missing set;
  } CASES[] = {
      {"\xc5\xfd\xfe\xc0\x90\x90", MISSING_AVX},    // vpaddd ymm0, ymm0, ymm0
      {"\xc4\xe2\xf9\xb8\xc0\x90", MISSING_FMA},    // vfmadd231pd xmm0, xmm0, xmm0
      {"\xc4\xe2\xfb\xf5\xc0\x90", MISSING_BMI},    // pdep rax, rax, rax
      {"\xc4\xe3\xfb\xf0\xc0\x05", MISSING_BMI},    // rorx rax, rax, 5
      {"\x62\xf1\x7d\x48\xfe\xc0", MISSING_AVX512}, // vpaddd zmm0, zmm0, zmm0
      {"\x48\x0f\x38\xf0\x03\x90", MISSING_MOVBE},  // movbe rax, [rbx]
      {"\x66\x0f\x38\xf6\xc1\x90", MISSING_ADX},    // adcx eax, ecx
      {"\x48\x0f\xc7\xf0\x90\x90", MISSING_RDRAND}, // rdrand rax
      {"\xf3\x48\x0f\xae\xc0\x90", MISSING_GSBASE}, // rdfsbase rax
      {"\x0f\x01\xd0\x90\x90\x90", MISSING_XSAVE},  // xgetbv
      {"\x0f\x0b\x90\x90\x90\x90", MISSING_NONE},   // ud2
  };
  for (unsigned i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
    reset();
    to_user();
    cpu->missing = MISSING_NONE;
    cpu->missing_rip = 0;
    CHECK(fixture_run(&fixture, CASES[i].code, 6) && in_handler(VECTOR_UD) && cpu->missing == CASES[i].set);
    CHECK(cpu->missing_rip == (CASES[i].set == MISSING_NONE ? 0 : CODE));
  }
}

static void should_approximate_reciprocals(void) {
  reset();
  for (uint32_t bits = 0x3f800000; bits < 0x40000000; bits += 0x12345) {
    float x, result;
    memcpy(&x, &bits, 4);
    cpu->xmm[1].d[0] = bits;
    CHECK(RUN("\xf3\x0f\x53\xc1\xf4")); // rcpss xmm0, xmm1; hlt
    memcpy(&result, &cpu->xmm[0].d[0], 4);
    CHECK(result * x > 1 - 0.000366 && result * x < 1 + 0.000366); // 1.5 * 2^-12
    CHECK(RUN("\xf3\x0f\x52\xc1\xf4"));                            // rsqrtss xmm0, xmm1; hlt
    memcpy(&result, &cpu->xmm[0].d[0], 4);
    CHECK(result * result * x > 1 - 0.00074 && result * result * x < 1 + 0.00074);
  }
}

static void should_refuse_reserved_bits_of_mxcsr(void) {
  reset();
  cpu->r[RBX] = DATA;
  put(DATA, 0x10000);
  CHECK(RUN("\x0f\xae\x13") && in_handler(VECTOR_GP)); // ldmxcsr [rbx]
  reset();
  cpu->r[RBX] = DATA;
  put(DATA, 0x1f81);
  CHECK(RUN("\x0f\xae\x13\x0f\xae\x5b\x04\xf4") && cpu->mxcsr == 0x1f81 && get(DATA) == UINT64_C(0x1f8100001f81));
}

static void should_save_and_restore_the_coprocessor(void) {
  reset();
  cpu->r[RBX] = DATA;
  // fninit; fldpi; fxsave [rbx]; fninit; fxrstor [rbx]; fstp qword [rbx + 512]; hlt
  CHECK(RUN("\xdb\xe3\xd9\xeb\x0f\xae\x03\xdb\xe3\x0f\xae\x0b\xdd\x9b\x00\x02\x00\x00\xf4"));
  CHECK(get(DATA + 512) == UINT64_C(0x400921fb54442d18) && fixture.ram.host[DATA + 4] == 0x80);
}

int main(void) {
  fixture_init(&fixture, RAM_SIZE, 0);
  should_write_nothing_when_the_second_page_faults();
  should_change_nothing_when_an_instruction_faults();
  should_change_nothing_when_a_modifying_instruction_faults();
  should_stop_string_instructions_where_they_fault();
  should_stop_other_string_instructions_where_they_fault();
  should_see_code_that_changes();
  should_see_code_that_a_modifying_instruction_changes();
  should_fetch_across_pages();
  should_access_across_pages();
  should_write_parts_of_registers();
  should_compute_with_denormals();
  should_round_as_told();
  should_point_to_the_last_x87_instruction();
  should_name_the_set_of_a_refused_instruction();
  should_approximate_reciprocals();
  should_refuse_reserved_bits_of_mxcsr();
  should_save_and_restore_the_coprocessor();
  return check_result("x86-64 instructions");
}
