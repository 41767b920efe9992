// x87 for random_x86_64.c, which has what it uses. All exceptions are masked,
// and registers may be missing or too many. Of the status word only what the
// manual defines is looked at, and no function whose last digits are a
// processor's own is used.

enum { X87_LOADED = 3, CONTROL_MASKED = 0x7f, STATUS_DEFINED = 0x7d7f, STATUS_WITHOUT_CONDITIONS = 0x387f };

static void put_x87_memory(const uint8_t *opcode, struct operand operand) {
  put_op(NO_PREFIX, DOUBLE_WORD, 0, opcode[0], opcode[1], operand);
}

static void put_x87_pair(unsigned first, unsigned second) {
  put(first);
  put(second);
}

static void put_x87_load(void) {
  static const uint8_t LOADS[][2] = {{0xd9, 0}, {0xdd, 0}, {0xdb, 5}, {0xdf, 0}, {0xdb, 0}, {0xdf, 5}};
  put_x87_memory(LOADS[roll(6)], anywhere());
}

static void put_x87_store(void) {
  static const uint8_t STORES[][2] = {{0xd9, 2}, {0xd9, 3}, {0xdd, 2}, {0xdd, 3}, {0xdb, 7}, {0xdf, 2}, {0xdf, 3},
                                      {0xdb, 2}, {0xdb, 3}, {0xdf, 7}, {0xdd, 1}, {0xdb, 1}, {0xdf, 1}};
  put_x87_memory(STORES[roll(13)], anywhere());
}

static void put_x87_arithmetic(void) {
  if (roll(2)) {
    const uint8_t opcode[] = {(uint8_t)(0xd8 + 2 * roll(4)), (uint8_t)roll(8)};
    put_x87_memory(opcode, anywhere());
    return;
  }
  const unsigned opcode = "\xd8\xdc\xde"[roll(3)] & 0xff, operation = roll(8);
  const bool pops_both = opcode == 0xde && operation == 3; // fcompp
  put_x87_pair(opcode, 0xc0 + operation * 8 + (pops_both ? 1 : roll(8)));
}

static void put_x87_move(void) {
  static const uint8_t MOVES[][2] = {{0xd9, 0xc0}, {0xd9, 0xc8}, {0xdd, 0xd0},
                                     {0xdd, 0xd8}, {0xdd, 0xc0}, {0xdf, 0xc0}};
  static const uint8_t OTHERS[] = {0xe0, 0xe1, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed,
                                   0xee, 0xf4, 0xf6, 0xf7, 0xfa, 0xfc, 0xfd, 0xd0};
  switch (roll(3)) {
  case 0: {
    const uint8_t *move = MOVES[roll(6)];
    put_x87_pair(move[0], move[1] + roll(8));
    break;
  }
  case 1: // fcmovcc
    need_flags();
    put_x87_pair(0xda + roll(2), 0xc0 + roll(4) * 8 + roll(8));
    break;
  default: put_x87_pair(0xd9, OTHERS[roll(sizeof OTHERS)]);
  }
}

// fnstsw ax; and eax, MASK
static void put_status(uint32_t mask) {
  put_x87_pair(0xdf, 0xe0);
  put(0x25);
  put_number(mask, 4);
  flags_known = true;
}

static void put_x87_comparison(void) {
  static const uint8_t COMPARISONS[][2] = {{0xd8, 0xd0}, {0xd8, 0xd8}, {0xdd, 0xe0}, {0xdd, 0xe8}};
  switch (roll(3)) {
  case 0: // fcomi to fucomip
    put_x87_pair(0xdb + 4 * roll(2), 0xe8 + 8 * roll(2) + roll(8));
    break;
  case 1: { // fcom to fucomp
    const uint8_t *comparison = COMPARISONS[roll(4)];
    put_x87_pair(comparison[0], comparison[1] + roll(8));
    put_status(STATUS_DEFINED);
    break;
  }
  default: // ftst, fxam
    put_x87_pair(0xd9, 0xe4 + roll(2));
    put_status(STATUS_DEFINED);
  }
  flags_known = true;
  if (roll(2))
    put(0x9e); // sahf
}

// As compilers of JavaScript divide: again: fprem; fnstsw ax; sahf; jp again.
// How far each step goes is a processor's own.
static void put_x87_remainder(void) {
  static const uint8_t SINGLE[] = {0xd9, 0}, INTEGER[] = {0xdb, 0};
  for (unsigned i = 0; i < 2; i++)
    put_x87_memory(roll(2) ? SINGLE : INTEGER, anywhere());
  put_x87_pair(0xd9, roll(4) ? 0xf8 : 0xf5);
  put_x87_pair(0xdf, 0xe0);
  put(0x9e);
  put_x87_pair(0x7a, 0xf9);
  put_status(STATUS_WITHOUT_CONDITIONS);
  put_x87_pair(0xdd, 0xd9); // fstp st(1)
}

static void put_x87_control(void) {
  static const uint8_t LOAD[] = {0xd9, 5}, STORE[] = {0xd9, 7};
  switch (roll(5)) {
  case 0: put_x87_memory(STORE, anywhere()); break;
  case 1: put_x87_pair(0xdb, 0xe2); break; // fnclex
  case 2:                                  // lahf, without what may be undefined
    need_flags();
    put(0x9f);
    put(0x25);
    put_number(~UINT32_C(0x1000), 4);
    break;
  case 3:
    need_flags();
    put(0x9e);
    break;
  default: // of any rounding and precision
    put_op(NO_PREFIX, DOUBLE_WORD, 0, 0xc7, 0, at(CONTROL_AT));
    put_number(CONTROL_MASKED | (roll(2) ? 3 : 2 * roll(2)) << 8 | roll(4) << 10, 4);
    put_x87_memory(LOAD, at(CONTROL_AT));
  }
}

static void put_x87(void) {
  static void (*const OF_X87[])(void) = {put_x87_load,       put_x87_load,       put_x87_store,
                                         put_x87_arithmetic, put_x87_arithmetic, put_x87_move,
                                         put_x87_comparison, put_x87_remainder,  put_x87_control};
  OF_X87[roll(sizeof OF_X87 / sizeof *OF_X87)]();
}

// At the begin of each round.
static void begin_x87(void) {
  static const uint8_t DOUBLE[] = {0xdd, 0};
  put_x87_pair(0xdb, 0xe3); // fninit
  for (unsigned i = 0; i < X87_LOADED; i++)
    put_x87_memory(DOUBLE, anywhere());
}

// Behind all.
static void end_x87(void) {
  static const uint8_t EXTENDED[] = {0xdb, 7};
  for (unsigned i = 0; i < 8; i++)
    put_x87_memory(EXTENDED, at(X87_AT + i * 16));
  put_x87_pair(0xdb, 0xe3);
}
