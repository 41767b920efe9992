// Tests of x87. guest.c has what they use.

// x87's pointers to the last instruction and its operand, wherever the instructions lie in two pages.
static void notes_x87(void) {
  // xor eax, eax; again: fild dword [rdi]; fld tbyte [rdi + 16]; fmulp; POINTED: fstp qword [rdi + 32]; fnstenv
  // [rdi + 48]; add eax, [rdi + 60]; add eax, [rdi + 68]; dec esi; jnz again; ret
  static const uint8_t BYTES[] = {0x31, 0xc0, 0xdb, 0x07, 0xdb, 0x6f, 0x10, 0xde, 0xc9, 0xdd, 0x5f, 0x20, 0xd9,
                                  0x77, 0x30, 0x03, 0x47, 0x3c, 0x03, 0x47, 0x44, 0xff, 0xce, 0x75, 0xe9, 0xc3};
  enum { POINTED = 9, OPERAND = 32, ROUNDS = LONG / 2 };
  struct {
    uint64_t factor, padding;
    long double other;
    double product;
    uint64_t environment[10];
  } values = {.factor = 3, .other = 0.7L};
  unsigned wrong = 0;
  for (unsigned before = 1; before < sizeof BYTES; before++) {
    uint8_t *at = pages(NULL, 2 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1) + PAGE - before;
    memcpy(at, BYTES, sizeof BYTES);
    const uint32_t expected = (uint32_t)(uintptr_t)(at + POINTED) + (uint32_t)(uintptr_t)&values + OPERAND;
    wrong += ((code *)at)(&values, ROUNDS) != expected * ROUNDS;
  }
  printf("x87 across pages: %016llx\n", (unsigned long long)bits_of(values.product));
  // Many processors note this only for exceptions.
  printf("flags: pointers of x87 that are wrong: %u\n", wrong);
}

// Stores of x87 to the page that they are on: an instruction that was executed twice would pop twice.
static void changes_itself_by_x87(void) {
  // fninit; xor eax, eax; again: mov [rsp - 8], esi; fild dword [rsp - 8]; fild dword [rsp - 8]; fistp dword [rdi];
  // mov edx, 0 (PATCHED); add eax, edx; fstp tbyte [rdi + 64]; fnstsw [rdi + 80]; add eax, [rdi + 64]; add eax, [rdi +
  // 80]; dec esi; jnz again; ret
  static const uint8_t BYTES[] = {0xdb, 0xe3, 0x31, 0xc0, 0x89, 0x74, 0x24, 0xf8, 0xdb, 0x44, 0x24, 0xf8, 0xdb, 0x44,
                                  0x24, 0xf8, 0xdb, 0x1f, 0xba, 0x00, 0x00, 0x00, 0x00, 0x01, 0xd0, 0xdb, 0x7f, 0x40,
                                  0xdd, 0x7f, 0x50, 0x03, 0x47, 0x40, 0x03, 0x47, 0x50, 0xff, 0xce, 0x75, 0xdb, 0xc3};
  enum { PATCHED = 19 };
  uint8_t *memory = pages(NULL, PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  memcpy(memory, BYTES, sizeof BYTES);
  printf("changes itself by x87: %u\n", ((code *)memory)(memory + PATCHED, LONG));
}

static struct {
  uint64_t status, sum;
  uintptr_t at;
} stopped;

// What the program would find if it were let go on.
static void faulted_in_x87(int number, siginfo_t *info, void *context) {
  (void)info;
  const ucontext_t *found = context;
  const struct _libc_fpstate *state = found->uc_mcontext.fpregs;
  const unsigned conditions = 0x4500, top = state->swd >> 11 & 7;
  stopped.status = state->swd & ~conditions;
  stopped.at = (uintptr_t)found->uc_mcontext.gregs[REG_RIP];
  for (unsigned i = 0; i < 8; i++) {
    uint64_t significand;
    memcpy(&significand, state->_st[i].significand, sizeof significand);
    if (state->ftw >> ((top + i) & 7) & 1)
      stopped.sum = stopped.sum * 31 + (significand ^ (uint64_t)state->_st[i].exponent << 48);
  }
  siglongjmp(fault, number);
}

// Faults in the middle of a hot loop of x87: of memory, and of a division by zero, which the next instruction waits
// for.
static void faults_in_x87(void) {
  // fninit; fldcw [rdi]; again: fld1; fidiv dword [rdi + 4]; fld st(0); fstp st(1); fstp tbyte [rsi]; fld tbyte [rsi];
  // fistp qword [rsi]; dec dword [rdi + 4]; add rsi, 10; jmp again
  static const uint8_t BYTES[] = {0xdb, 0xe3, 0xd9, 0x2f, 0xd9, 0xe8, 0xda, 0x77, 0x04, 0xd9, 0xc0, 0xdd, 0xd9, 0xdb,
                                  0x3e, 0xdb, 0x2e, 0xdf, 0x3e, 0xff, 0x4f, 0x04, 0x48, 0x83, 0xc6, 0x0a, 0xeb, 0xe8};
  enum { SPACE = 8 * PAGE, ROUNDS = 300 };
  uint8_t *memory = pages(NULL, PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  uint8_t *space = pages(NULL, SPACE + PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  mprotect(space + SPACE, PAGE, PROT_NONE);
  memcpy(memory, BYTES, sizeof BYTES);
  struct sigaction action = {.sa_sigaction = faulted_in_x87, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGFPE, &action, NULL);
  volatile uint64_t sum = 1;
  for (volatile unsigned i = 0; i < ROUNDS; i++) {
    // Of 32,768 bytes for 3,276 numbers: half of the loops come to their end first, the others to a division by zero.
    volatile struct {
      uint32_t control, divisor;
    } values = {0x37b, i % 2 ? 3000 + i / 8 : 100000 + i};
    const int signal = sigsetjmp(fault, 1);
    if (!signal)
      ((void (*)(volatile void *, uint8_t *))memory)(&values, space + i % 10);
    sum = sum * 31 + values.divisor + (uint64_t)signal + (stopped.status ^ stopped.sum) +
          (stopped.at - (uintptr_t)memory);
  }
  for (unsigned i = 0; i < SPACE; i += 8)
    sum = sum * 31 + *(uint64_t *)(space + i);
  printf("x87 faults: %016llx\n", (unsigned long long)sum);
}
