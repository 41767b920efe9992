// What the differential test cannot see: page tables, exceptions, interrupts, system calls, code that changes. The
// machine code is small enough to be read here.
#include "cpu/x86_64/cpu.h"
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/x87_image.h"

#include "check.h"

#include <string.h>

enum {
  RAM_SIZE = 4 << 20,
  PML4 = 0x1000,
  PDPT = 0x2000,
  DIRECTORY = 0x3000,
  TABLE = 0x4000,
  GDT = 0x5000,
  IDT = 0x6000,
  TSS = 0x7000,
  STACK = 0xa000,
  INTERRUPT_STACK = 0xc000,
  HANDLERS = 0xd000,
  CODE = 0x10000,
  DATA = 0x20000
};
// The first 2 MiB are one page; pages of 4 KiB are mapped here, on demand.
enum { SMALL = 0x200000 };
enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40, LARGE = 0x80, G = 0x100 };
#define XD (UINT64_C(1) << 63)
enum { SELECTOR_CODE = 0x10, SELECTOR_DATA = 0x18, SELECTOR_USER_DATA = 0x2b, SELECTOR_USER = 0x33 };
enum { MSR_EFER_LOW = 0x80, STAR_KERNEL = 0x10, STAR_USER = 0x20 };

static struct x86_cpu cpu;
static struct ram ram;
static struct bus bus;
static unsigned next_vector;

static uint64_t read_tsc(void *board) {
  (void)board;
  return 1000;
}

static unsigned acknowledge(void *board) {
  (void)board;
  cpu.interrupt = false;
  return next_vector;
}

static bool no_msr(void *board, uint32_t number, uint64_t *value) {
  (void)board;
  (void)number;
  (void)value;
  return false;
}

static bool no_msr_write(void *board, uint32_t number, uint64_t value) {
  (void)board;
  (void)number;
  (void)value;
  return false;
}

static void put(uint64_t address, uint64_t value) {
  memcpy(ram_write_at(&ram, address, 8), &value, 8);
}

static uint64_t get(uint64_t address) {
  uint64_t value;
  memcpy(&value, ram.host + address, 8);
  return value;
}

static void map_small(unsigned page, uint64_t entry) {
  put(TABLE + page * 8, entry);
  tlb_flush(&cpu.tlb_set);
}

// Handlers halt; the vector is where.
static void make_gate(unsigned vector, unsigned dpl) {
  const uint64_t handler = HANDLERS + vector * 16;
  ram.host[handler] = 0xf4;
  put(IDT + vector * 16, (handler & 0xffff) | SELECTOR_CODE << 16 | (UINT64_C(0x8e00) | dpl << 13) << 32);
  put(IDT + vector * 16 + 8, 0);
}

static void reset(void) {
  memset(ram_write_at(&ram, 0, RAM_SIZE), 0, RAM_SIZE);
  put(PML4, PDPT | P | W | U);
  put(PDPT, DIRECTORY | P | W | U);
  put(DIRECTORY, P | W | U | LARGE);
  put(DIRECTORY + 8, TABLE | P | W | U);
  put(GDT + SELECTOR_CODE, UINT64_C(0x00af9b000000ffff));
  put(GDT + SELECTOR_DATA, UINT64_C(0x00cf93000000ffff));
  put(GDT + (SELECTOR_USER_DATA & ~3), UINT64_C(0x00cff3000000ffff));
  put(GDT + (SELECTOR_USER & ~3), UINT64_C(0x00affb000000ffff));
  put(TSS + 4, INTERRUPT_STACK);
  for (unsigned vector = 0; vector < 64; vector++)
    make_gate(vector, vector == 3 ? 3 : 0);
  cpu.cr0 |= CR0_WP;
  cpu.cr3 = PML4;
  cpu.efer |= EFER_NXE;
  cpu.gdt = (struct x86_table_register){GDT, 0x3f};
  cpu.idt = (struct x86_table_register){IDT, 64 * 16 - 1};
  cpu.tr_base = TSS;
  cpu.tr_limit = 103;
  cpu.rflags = 0;
  cpu.interrupt = cpu.shut_down = false;
  x86_set_flags(&cpu, 0);
  x86_write_cr4(&cpu, CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT);
  memset(cpu.r, 0, sizeof cpu.r);
  cpu.r[RSP] = STACK;
  cpu.segments[SEG_CS] = (struct x86_segment_register){SELECTOR_CODE, 0xa09b};
  cpu.segments[SEG_SS] = (struct x86_segment_register){SELECTOR_DATA, 0xc093};
  x86_set_privilege(&cpu, 0);
  tlb_flush(&cpu.tlb_set);
}

static void to_user(void) {
  cpu.segments[SEG_CS] = (struct x86_segment_register){SELECTOR_USER, 0xa0fb};
  cpu.segments[SEG_SS] = (struct x86_segment_register){SELECTOR_USER_DATA, 0xc0f3};
  x86_set_privilege(&cpu, 3);
}

// Runs code until something halts; false if nothing did.
static bool run_at(uint64_t address, const char *code, unsigned length) {
  memcpy(ram_write_at(&ram, address, length), code, length);
  cpu.rip = address;
  return x86_run(&cpu, 1000) == X86_EXIT_WAIT;
}
#define RUN(code) run_at(CODE, code, sizeof code - 1)

static bool in_handler(unsigned vector) {
  return cpu.rip == HANDLERS + vector * 16 + 1;
}

static bool faulted(unsigned vector, uint32_t error) {
  return cpu.fault_vector == vector && cpu.fault_error == error;
}

static void should_walk_page_tables(void) {
  uint32_t value = 7;
  reset();
  map_small(0, DATA | P | W | U);
  CHECK(x86_load(&cpu, SMALL + 8, 4, &value) && (get(TABLE) & (A | D)) == A);
  CHECK(x86_store(&cpu, SMALL + 8, 4, &value) && (get(TABLE) & (A | D)) == (A | D));
  map_small(0, DATA | P);
  CHECK(!x86_store(&cpu, SMALL, 4, &value) && faulted(VECTOR_PF, 3) && cpu.fault_address == SMALL);
  cpu.cr0 &= ~CR0_WP;
  CHECK(x86_store(&cpu, SMALL, 4, &value));
  to_user();
  tlb_flush(&cpu.tlb_set);
  CHECK(!x86_load(&cpu, SMALL, 4, &value) && faulted(VECTOR_PF, 5));
  CHECK(!x86_store(&cpu, SMALL + 0x1000, 4, &value) && faulted(VECTOR_PF, 6));
  map_small(1, DATA | P | U | XD);
  struct tlb_page page;
  CHECK(!x86_translate_fetch(&cpu, SMALL + 0x1000, &page) && faulted(VECTOR_PF, 0x15));
  map_small(1, DATA | P | U | UINT64_C(1) << 50);
  CHECK(!x86_load(&cpu, SMALL + 0x1000, 4, &value) && faulted(VECTOR_PF, 0xd));
  CHECK(!x86_load(&cpu, UINT64_C(1) << 47, 4, &value) && faulted(VECTOR_GP, 0));
}

static bool reads(uint64_t address, uint64_t expected) {
  bool fault;
  uint64_t value = 0;
  const uint8_t *host = x86_host_at(&cpu, address, false, &fault);
  if (host)
    memcpy(&value, host, sizeof value);
  return value == expected;
}

// Entries change behind the TLB's back, so that it can be seen what the TLB still holds.
static void should_keep_global_pages_when_the_address_space_changes(void) {
  reset();
  x86_write_cr4(&cpu, cpu.cr4 | CR4_PGE);
  put(DATA, 1);
  put(DATA + 0x1000, 2);
  map_small(0, DATA | P | G);
  map_small(1, DATA | P);
  CHECK(reads(SMALL, 1) && reads(SMALL + 0x1000, 1));
  put(TABLE, (DATA + 0x1000) | P | G);
  put(TABLE + 8, (DATA + 0x1000) | P);
  CHECK(x86_write_cr3(&cpu, PML4) && reads(SMALL, 1) && reads(SMALL + 0x1000, 2));
  tlb_flush_page(&cpu.tlb_set, SMALL);
  CHECK(reads(SMALL, 2));
  put(TABLE, DATA | P | G);
  CHECK(x86_write_cr4(&cpu, cpu.cr4 & ~CR4_PGE) && reads(SMALL, 1));
  put(TABLE, (DATA + 0x1000) | P | G);
  CHECK(x86_write_cr3(&cpu, PML4) && reads(SMALL, 2));
}

static void should_write_nothing_when_the_second_page_faults(void) {
  const uint64_t value = UINT64_MAX;
  reset();
  map_small(0, DATA | P | W);
  CHECK(!x86_store(&cpu, SMALL + 0xffc, 8, &value) && faulted(VECTOR_PF, 2) && cpu.fault_address == SMALL + 0x1000);
  CHECK(get(DATA + 0xff8) == 0);
}

static void should_deliver_exceptions_with_their_frame(void) {
  reset();
  CHECK(RUN("\x31\xd2\xf7\xf1")); // xor edx, edx; div ecx
  CHECK(in_handler(VECTOR_DE) && get(cpu.r[RSP]) == CODE + 2 && get(cpu.r[RSP] + 8) == SELECTOR_CODE);
  reset();
  to_user();
  CHECK(RUN("\xf4")); // hlt
  CHECK(in_handler(VECTOR_GP) && cpu.mode == 0 && cpu.r[RSP] == INTERRUPT_STACK - 48);
  CHECK(get(cpu.r[RSP]) == 0 && get(cpu.r[RSP] + 8) == CODE && get(cpu.r[RSP] + 16) == SELECTOR_USER);
  CHECK(get(cpu.r[RSP] + 32) == STACK && get(cpu.r[RSP] + 40) == SELECTOR_USER_DATA);
}

static void should_change_nothing_when_an_instruction_faults(void) {
  reset();
  map_small(0, DATA | P);
  cpu.r[RBX] = SMALL;
  cpu.r[RAX] = 5;
  CHECK(RUN("\x01\x03")); // add [rbx], eax
  CHECK(in_handler(VECTOR_PF) && get(cpu.r[RSP]) == 3 && cpu.cr2 == SMALL && get(DATA) == 0 && cpu.r[RAX] == 5);
}

static void should_stop_string_instructions_where_they_fault(void) {
  reset();
  map_small(0, DATA | P | W);
  memset(ram.host + DATA + 0x8000, 'x', 64);
  cpu.r[RSI] = DATA + 0x8000;
  cpu.r[RDI] = SMALL + 0xff0;
  cpu.r[RCX] = 64;
  CHECK(RUN("\xf3\xa4")); // rep movsb
  CHECK(in_handler(VECTOR_PF) && cpu.cr2 == SMALL + 0x1000 && get(cpu.r[RSP] + 8) == CODE);
  CHECK(cpu.r[RCX] == 48 && cpu.r[RDI] == SMALL + 0x1000 && cpu.r[RSI] == DATA + 0x8010);
  CHECK(ram.host[DATA + 0xfff] == 'x');
}

static void should_double_fault_and_shut_down(void) {
  reset();
  put(IDT + VECTOR_UD * 16, 0);
  put(IDT + VECTOR_NP * 16, 0);
  put(IDT + VECTOR_GP * 16, 0);
  CHECK(RUN("\x0f\x0b"));
  CHECK(in_handler(VECTOR_DF) && get(cpu.r[RSP]) == 0);
  put(IDT + VECTOR_DF * 16, 0);
  cpu.rip = CODE;
  CHECK(x86_run(&cpu, 1000) == X86_EXIT_SHUTDOWN);
}

static void should_see_code_that_changes(void) {
  reset();
  cpu.r[RBX] = CODE;
  // mov byte [rbx + 8], 0x41; mov eax, 1 -> its immediate is at 8; hlt
  CHECK(RUN("\xc6\x43\x05\x41\xb8\x01\x00\x00\x00\xf4"));
  CHECK(cpu.r[RAX] == 0x41);
  // The same loop body twice, changed in between by its own store: inc becomes dec.
  cpu.r[RAX] = 10;
  cpu.r[RCX] = 2;
  // ff /0 rax; mov byte [rbx + 1], 0xc8; loop; hlt
  CHECK(RUN("\xff\xc0\xc6\x43\x01\xc8\xe2\xf8\xf4"));
  CHECK(cpu.r[RAX] == 10);
}

static void should_fetch_across_pages(void) {
  reset();
  map_small(0, CODE | P | W);
  // mov eax, imm32 with two bytes in the second page, which is not there.
  memcpy(ram_write_at(&ram, CODE + 0xffd, 3), "\xb8\x34\x12", 3);
  cpu.rip = SMALL + 0xffd;
  CHECK(x86_run(&cpu, 100) == X86_EXIT_WAIT && in_handler(VECTOR_PF));
  CHECK(cpu.cr2 == SMALL + 0x1000 && get(cpu.r[RSP] + 8) == SMALL + 0xffd && get(cpu.r[RSP]) == 0x10);
  for (unsigned other = 1; other < 3; other++) { // then it is, and then it is another one
    memcpy(ram_write_at(&ram, DATA + other * 0x1000, 3), other == 1 ? "\x78\x56\xf4" : "\xbc\x9a\xf4", 3);
    map_small(1, (DATA + other * 0x1000) | P);
    cpu.rip = SMALL + 0xffd;
    CHECK(x86_run(&cpu, 100) == X86_EXIT_WAIT && cpu.rip == SMALL + 0x1003);
    CHECK(cpu.r[RAX] == (other == 1 ? 0x56781234 : 0x9abc1234));
  }
}

static void should_enter_and_leave_the_kernel(void) {
  reset();
  cpu.efer |= EFER_SCE;
  cpu.star = (uint64_t)STAR_USER << 48 | (uint64_t)STAR_KERNEL << 32;
  cpu.lstar = CODE + 0x100;
  cpu.fmask = FLAG_IF | FLAG_DF;
  cpu.kernel_gs_base = 0x1234;
  memcpy(ram_write_at(&ram, CODE + 0x100, 6), "\x0f\x01\xf8\x48\x0f\x07", 6); // swapgs; sysretq
  to_user();
  cpu.rflags = FLAG_DF | FLAG_IF;
  CHECK(RUN("\x0f\x05\xf4")); // syscall; hlt, which faults
  CHECK(in_handler(VECTOR_GP) && cpu.r[RCX] == CODE + 2 && (cpu.r[R11] & FLAG_DF));
  CHECK(cpu.segment_bases[SEG_GS] == 0x1234 && get(cpu.r[RSP] + 8) == CODE + 2);
  CHECK(get(cpu.r[RSP] + 16) == SELECTOR_USER && (get(cpu.r[RSP] + 24) & FLAG_DF));
}

static void should_take_interrupts_when_they_are_enabled(void) {
  reset();
  next_vector = 40;
  cpu.interrupt = true;
  CHECK(RUN("\x90\x90\xf4")); // nop; nop; hlt
  CHECK(cpu.rip == CODE + 3);
  CHECK(RUN("\xfb\xf4\xf4")); // sti; hlt: the interrupt comes behind the halt
  CHECK(cpu.rip == CODE + 2);
  CHECK(x86_run(&cpu, 100) == X86_EXIT_WAIT && in_handler(40) && get(cpu.r[RSP]) == CODE + 2);
  CHECK(!(cpu.rflags & FLAG_IF));
  memcpy(ram_write_at(&ram, HANDLERS + 40 * 16, 2), "\x48\xcf", 2); // iretq
  CHECK(RUN("\xfb\xf4"));
  cpu.interrupt = true;
  memcpy(ram_write_at(&ram, CODE + 2, 1), "\xf4", 1);
  CHECK(x86_run(&cpu, 100) == X86_EXIT_WAIT && cpu.rip == CODE + 3 && (cpu.rflags & FLAG_IF));
}

static void should_guard_what_is_the_kernels(void) {
  static const char *const PRIVILEGED[] = {"\x0f\x20\xc0", "\x0f\x22\xd8", "\x0f\x30\x90", "\x0f\x32\x90",
                                           "\x0f\x01\xf8", "\xfa\x90\x90", "\xe4\x10\x90", "\x0f\x06\x90"};
  for (unsigned i = 0; i < sizeof PRIVILEGED / sizeof PRIVILEGED[0]; i++) {
    reset();
    to_user();
    CHECK(run_at(CODE, PRIVILEGED[i], 3) && in_handler(VECTOR_GP) && get(cpu.r[RSP] + 8) == CODE);
  }
  reset();
  to_user();
  CHECK(RUN("\xcc") && in_handler(VECTOR_BP) && get(cpu.r[RSP]) == CODE + 1);
  reset();
  to_user();
  CHECK(RUN("\xcd\x28") && in_handler(VECTOR_GP) && get(cpu.r[RSP]) == (40 << 3 | 2));
}

static void should_refuse_sse_until_it_is_enabled(void) {
  reset();
  x86_write_cr4(&cpu, CR4_PAE);
  CHECK(RUN("\x0f\x57\xc0") && in_handler(VECTOR_UD)); // xorps xmm0, xmm0
  reset();
  x86_write_cr0(&cpu, cpu.cr0 | CR0_TS);
  CHECK(RUN("\x0f\x57\xc0") && in_handler(VECTOR_NM));
  reset();
  CHECK(RUN("\x0f\x06\x0f\x57\xc0\xf4") && cpu.rip == CODE + 6); // clts; xorps; hlt
}

static void should_approximate_reciprocals(void) {
  reset();
  for (uint32_t bits = 0x3f800000; bits < 0x40000000; bits += 0x12345) {
    float x, result;
    memcpy(&x, &bits, 4);
    cpu.xmm[1].d[0] = bits;
    CHECK(RUN("\xf3\x0f\x53\xc1\xf4")); // rcpss xmm0, xmm1; hlt
    memcpy(&result, &cpu.xmm[0].d[0], 4);
    CHECK(result * x > 1 - 0.000366 && result * x < 1 + 0.000366); // 1.5 * 2^-12
    CHECK(RUN("\xf3\x0f\x52\xc1\xf4"));                            // rsqrtss xmm0, xmm1; hlt
    memcpy(&result, &cpu.xmm[0].d[0], 4);
    CHECK(result * result * x > 1 - 0.00074 && result * result * x < 1 + 0.00074);
  }
}

static void should_refuse_reserved_bits_of_mxcsr(void) {
  reset();
  cpu.r[RBX] = DATA;
  put(DATA, 0x10000);
  CHECK(RUN("\x0f\xae\x13") && in_handler(VECTOR_GP)); // ldmxcsr [rbx]
  reset();
  cpu.r[RBX] = DATA;
  put(DATA, 0x1f81);
  CHECK(RUN("\x0f\xae\x13\x0f\xae\x5b\x04\xf4") && cpu.mxcsr == 0x1f81 && get(DATA) == UINT64_C(0x1f8100001f81));
}

static void should_save_and_restore_the_coprocessor(void) {
  reset();
  cpu.r[RBX] = DATA;
  // fninit; fldpi; fxsave [rbx]; fninit; fxrstor [rbx]; fstp qword [rbx + 512]; hlt
  CHECK(RUN("\xdb\xe3\xd9\xeb\x0f\xae\x03\xdb\xe3\x0f\xae\x0b\xdd\x9b\x00\x02\x00\x00\xf4"));
  CHECK(get(DATA + 512) == UINT64_C(0x400921fb54442d18) && ram.host[DATA + 4] == 0x80);
}

int main(void) {
  cpu.ram = &ram;
  cpu.bus = &bus;
  cpu.read_tsc = read_tsc;
  cpu.acknowledge = acknowledge;
  cpu.read_msr = no_msr;
  cpu.write_msr = no_msr_write;
  if (!ram_init(&ram, 0, RAM_SIZE) || !x86_init(&cpu))
    return 1;
  should_walk_page_tables();
  should_keep_global_pages_when_the_address_space_changes();
  should_write_nothing_when_the_second_page_faults();
  should_deliver_exceptions_with_their_frame();
  should_change_nothing_when_an_instruction_faults();
  should_stop_string_instructions_where_they_fault();
  should_double_fault_and_shut_down();
  should_see_code_that_changes();
  should_fetch_across_pages();
  should_enter_and_leave_the_kernel();
  should_take_interrupts_when_they_are_enabled();
  should_guard_what_is_the_kernels();
  should_refuse_sse_until_it_is_enabled();
  should_approximate_reciprocals();
  should_refuse_reserved_bits_of_mxcsr();
  should_save_and_restore_the_coprocessor();
  return check_result("x86-64 system");
}
