// What the differential test cannot see: page tables, exceptions, interrupts, system calls, traps.
#include "cpu/x86_64/execute/control.h"
#include "cpu/x86_64/execute/execute.h"
#include "cpu/x86_64/system/debug.h"
#include "cpu/x86_64/system/mmu.h"
#include "guest.h"

static void should_walk_page_tables(void) {
  uint32_t value = 7;
  reset();
  map_small(0, DATA | P | W | U);
  CHECK(x86_load(cpu, SMALL + 8, 4, &value) && (get(TABLE) & (A | D)) == A);
  CHECK(x86_store(cpu, SMALL + 8, 4, &value) && (get(TABLE) & (A | D)) == (A | D));
  map_small(0, DATA | P);
  CHECK(!x86_store(cpu, SMALL, 4, &value) && faulted(VECTOR_PF, 3) && cpu->fault_address == SMALL);
  cpu->cr0 &= ~CR0_WP;
  CHECK(x86_store(cpu, SMALL, 4, &value));
  to_user();
  tlb_flush(&cpu->tlb_set);
  CHECK(!x86_load(cpu, SMALL, 4, &value) && faulted(VECTOR_PF, 5));
  CHECK(!x86_store(cpu, SMALL + 0x1000, 4, &value) && faulted(VECTOR_PF, 6));
  map_small(1, DATA | P | U | XD);
  struct tlb_page page;
  CHECK(!x86_translate_fetch(cpu, SMALL + 0x1000, &page) && faulted(VECTOR_PF, 0x15));
  map_small(1, DATA | P | U | UINT64_C(1) << 50);
  CHECK(!x86_load(cpu, SMALL + 0x1000, 4, &value) && faulted(VECTOR_PF, 0xd));
  CHECK(!x86_load(cpu, UINT64_C(1) << 47, 4, &value) && faulted(VECTOR_GP, 0));
}

static bool reads(uint64_t address, uint64_t expected) {
  bool fault;
  uint64_t value = 0;
  const uint8_t *host = x86_host_at(cpu, address, false, &fault);
  if (host)
    memcpy(&value, host, sizeof value);
  return value == expected;
}

// Entries change behind the TLB's back, so that it can be seen what the TLB still holds.
static void should_keep_global_pages_when_the_address_space_changes(void) {
  reset();
  x86_write_cr4(cpu, cpu->cr4 | CR4_PGE);
  put(DATA, 1);
  put(DATA + 0x1000, 2);
  map_small(0, DATA | P | G);
  map_small(1, DATA | P);
  CHECK(reads(SMALL, 1) && reads(SMALL + 0x1000, 1));
  put(TABLE, (DATA + 0x1000) | P | G);
  put(TABLE + 8, (DATA + 0x1000) | P);
  CHECK(x86_write_cr3(cpu, FIXTURE_PML4) && reads(SMALL, 1) && reads(SMALL + 0x1000, 2));
  tlb_flush_page(&cpu->tlb_set, SMALL);
  CHECK(reads(SMALL, 2));
  put(TABLE, DATA | P | G);
  CHECK(x86_write_cr4(cpu, cpu->cr4 & ~CR4_PGE) && reads(SMALL, 1));
  put(TABLE, (DATA + 0x1000) | P | G);
  CHECK(x86_write_cr3(cpu, FIXTURE_PML4) && reads(SMALL, 2));
}

static void should_deliver_exceptions_with_their_frame(void) {
  reset();
  CHECK(RUN("\x31\xd2\xf7\xf1")); // xor edx, edx; div ecx
  CHECK(in_handler(VECTOR_DE) && get(cpu->r[RSP]) == CODE + 2 && get(cpu->r[RSP] + 8) == SELECTOR_CODE);
  reset();
  to_user();
  CHECK(RUN("\xf4")); // hlt
  CHECK(in_handler(VECTOR_GP) && cpu->mode == 0 && cpu->r[RSP] == INTERRUPT_STACK - 48);
  CHECK(get(cpu->r[RSP]) == 0 && get(cpu->r[RSP] + 8) == CODE && get(cpu->r[RSP] + 16) == SELECTOR_USER);
  CHECK(get(cpu->r[RSP] + 32) == STACK && get(cpu->r[RSP] + 40) == SELECTOR_USER_DATA);
}

static void should_double_fault_and_shut_down(void) {
  reset();
  put(IDT + VECTOR_UD * 16, 0);
  put(IDT + VECTOR_NP * 16, 0);
  put(IDT + VECTOR_GP * 16, 0);
  CHECK(RUN("\x0f\x0b"));
  CHECK(in_handler(VECTOR_DF) && get(cpu->r[RSP]) == 0);
  put(IDT + VECTOR_DF * 16, 0);
  cpu->rip = CODE;
  CHECK(x86_run(cpu, 1000) == X86_EXIT_SHUTDOWN);
}

static void should_enter_and_leave_the_kernel(void) {
  reset();
  cpu->efer |= EFER_SCE;
  cpu->star = (uint64_t)STAR_USER << 48 | (uint64_t)STAR_KERNEL << 32;
  cpu->lstar = CODE + 0x100;
  cpu->fmask = FLAG_IF | FLAG_DF;
  cpu->kernel_gs_base = 0x1234;
  place(CODE + 0x100, "\x0f\x01\xf8\x48\x0f\x07", 6); // swapgs; sysretq
  to_user();
  cpu->rflags = FLAG_DF | FLAG_IF;
  CHECK(RUN("\x0f\x05\xf4")); // syscall; hlt, which faults
  CHECK(in_handler(VECTOR_GP) && cpu->r[RCX] == CODE + 2 && (cpu->r[R11] & FLAG_DF));
  CHECK(cpu->segment_bases[SEG_GS] == 0x1234 && get(cpu->r[RSP] + 8) == CODE + 2);
  CHECK(get(cpu->r[RSP] + 16) == SELECTOR_USER && (get(cpu->r[RSP] + 24) & FLAG_DF));
}

static void should_take_interrupts_when_they_are_enabled(void) {
  reset();
  fixture.next_vector = 40;
  cpu->interrupt = true;
  CHECK(RUN("\x90\x90\xf4")); // nop; nop; hlt
  CHECK(cpu->rip == CODE + 3);
  CHECK(RUN("\xfb\xf4\xf4")); // sti; hlt: the interrupt comes behind the halt
  CHECK(cpu->rip == CODE + 2);
  CHECK(x86_run(cpu, 100) == X86_EXIT_WAIT && in_handler(40) && get(cpu->r[RSP]) == CODE + 2);
  CHECK(!(cpu->rflags & FLAG_IF));
  place(HANDLERS + 40 * 16, "\x48\xcf", 2); // iretq
  CHECK(RUN("\xfb\xf4"));
  cpu->interrupt = true;
  place(CODE + 2, "\xf4", 1);
  CHECK(x86_run(cpu, 100) == X86_EXIT_WAIT && cpu->rip == CODE + 3 && (cpu->rflags & FLAG_IF));
}

static void should_open_a_window_behind_sti(void) {
  reset();
  fixture.next_vector = 40;
  cpu->interrupt = true;
  CHECK(RUN("\xfb\x90\xfa\xf4")); // sti; nop; cli; hlt
  CHECK(in_handler(40) && get(cpu->r[RSP]) == CODE + 2);
  reset();
  cpu->interrupt = true;
  CHECK(RUN("\xfb\xfa\x90\xf4") && cpu->rip == CODE + 4); // sti; cli: none
  reset();
  cpu->interrupt = true;
  cpu->rflags = FLAG_IF;
  cpu->r[RBX] = 1;
  CHECK(RUN("\xfb\xf4") && in_handler(40) && get(cpu->r[RSP]) == CODE); // enabled before: at once
}

static void should_deliver_what_cannot_be_masked(void) {
  reset();
  place(HANDLERS + VECTOR_NMI * 16, "\x48\xff\xc0\x48\xcf", 5); // inc rax; iretq
  cpu->nmi = true;
  CHECK(RUN("\x90\xf4") && cpu->rip == CODE + 2 && cpu->r[RAX] == 1 && !cpu->nmi);
  reset();
  cpu->nmi = true;
  CHECK(RUN("\xf4") && in_handler(VECTOR_NMI) && get(cpu->r[RSP]) == CODE);
  cpu->nmi = true; // another waits for IRET
  cpu->rip = CODE;
  CHECK(x86_run(cpu, 100) == X86_EXIT_WAIT && cpu->rip == CODE + 1 && cpu->nmi);
  place(CODE, "\x48\xcf", 2);
  cpu->rip = CODE;
  CHECK(x86_run(cpu, 100) == X86_EXIT_WAIT && in_handler(VECTOR_NMI) && !cpu->nmi);
  cpu->nmi_blocked = false;
}

// The fault is the jump's, which has done nothing.
static void should_fault_at_a_jump_to_nowhere(void) {
  static const struct {
    const char *code;
    unsigned length;
  } JUMPS[] = {{"\xff\xe0", 2}, {"\xff\xd0", 2}, {"\xc3", 1}, {"\xff\x23", 2}, {"\xff\x13", 2}, {"\xc2\x08\x00", 3}};
  for (unsigned i = 0; i < 2 * sizeof JUMPS / sizeof JUMPS[0]; i++) {
    reset();
    to_user();
    cpu->r[RAX] = UINT64_C(1) << 47; // jmp rax; call rax; ret; jmp [rbx]; call [rbx]; ret 8
    cpu->r[RBX] = DATA;
    put(DATA, cpu->r[RAX]);
    put(STACK, cpu->r[RAX]);
    cpu->rflags = i & 1 ? FLAG_TF : 0; // alone too
    CHECK(fixture_run(&fixture, JUMPS[i / 2].code, JUMPS[i / 2].length) && in_handler(VECTOR_GP));
    CHECK(get(cpu->r[RSP]) == 0 && get(cpu->r[RSP] + 8) == CODE && get(cpu->r[RSP] + 32) == STACK);
  }
  reset();
  to_user();
  cpu->r[RAX] = UINT64_C(1) << 47;
  CHECK(RUN("\x50\x58\xff\xd0") && in_handler(VECTOR_GP)); // push rax, so that the page is known; pop rax; call rax
  CHECK(get(STACK - 8) == UINT64_C(1) << 47 && get(cpu->r[RSP] + 32) == STACK);
}

// What comes before has been done, and the fault is where nothing can be fetched.
static void should_fault_behind_the_last_address(void) {
  const uint64_t last_page = UINT64_C(0x7ffffffff000), end = last_page + PAGE_SIZE;
  for (unsigned traced = 0; traced < 2; traced++) {
    reset();
    put(FIXTURE_PML4 + 255 * 8, FIXTURE_PDPT | P | W | U);
    put(FIXTURE_PDPT + 511 * 8, FIXTURE_DIRECTORY | P | W | U);
    fixture_map(&fixture, last_page, DATA | P | W | U);
    place(DATA + PAGE_SIZE - 1, "\x90", 1); // nop
    cpu->rip = end - 1;
    cpu->rflags = traced ? FLAG_TF : 0;
    CHECK(x86_run(cpu, 100) == X86_EXIT_WAIT && in_handler(traced ? VECTOR_DB : VECTOR_GP));
    CHECK(get(cpu->r[RSP] + (traced ? 0 : 8)) == end);
  }
}

static void should_guard_what_is_the_kernels(void) {
  static const char *const PRIVILEGED[] = {"\x0f\x20\xc0", "\x0f\x22\xd8", "\x0f\x30\x90", "\x0f\x32\x90",
                                           "\x0f\x01\xf8", "\xfa\x90\x90", "\xe4\x10\x90", "\x0f\x06\x90"};
  for (unsigned i = 0; i < sizeof PRIVILEGED / sizeof PRIVILEGED[0]; i++) {
    reset();
    to_user();
    CHECK(fixture_run(&fixture, PRIVILEGED[i], 3) && in_handler(VECTOR_GP) && get(cpu->r[RSP] + 8) == CODE);
  }
  reset();
  to_user();
  CHECK(RUN("\xcc") && in_handler(VECTOR_BP) && get(cpu->r[RSP]) == CODE + 1);
  reset();
  to_user();
  CHECK(RUN("\xcd\x28") && in_handler(VECTOR_GP) && get(cpu->r[RSP]) == (40 << 3 | 2));
}

static void should_refuse_sse_until_it_is_enabled(void) {
  reset();
  x86_write_cr4(cpu, CR4_PAE);
  CHECK(RUN("\x0f\x57\xc0") && in_handler(VECTOR_UD)); // xorps xmm0, xmm0
  reset();
  x86_write_cr0(cpu, cpu->cr0 | CR0_TS);
  CHECK(RUN("\x0f\x57\xc0") && in_handler(VECTOR_NM));
  reset();
  CHECK(RUN("\x0f\x06\x0f\x57\xc0\xf4") && cpu->rip == CODE + 6); // clts; xorps; hlt
}

// From user mode: what is stepped, and where the trap comes. Flags are at 16, rip at 0.
static bool steps_to(uint64_t rip) {
  const bool trapped = x86_run(cpu, 100) == X86_EXIT_WAIT && in_handler(VECTOR_DB) && (cpu->dr[6] & DR6_BS);
  return trapped && get(cpu->r[RSP]) == rip && (get(cpu->r[RSP] + 16) & FLAG_TF) && !(cpu->rflags & FLAG_TF);
}

static void step_from(uint64_t rip) {
  to_user();
  cpu->r[RSP] = STACK;
  cpu->rip = rip;
  cpu->rflags = FLAG_TF;
  cpu->dr[6] = 0;
}

static void should_trap_behind_each_instruction_when_stepping(void) {
  reset();
  place(CODE, "\x90\xeb\x02\x90\x90\x01\x03\x0f\x05", 9); // nop; jmp over two; add [rbx], eax; syscall
  step_from(CODE);
  CHECK(steps_to(CODE + 1));
  step_from(CODE + 1);
  CHECK(steps_to(CODE + 5));
  step_from(CODE + 5);
  cpu->r[RBX] = DATA;
  cpu->r[RAX] = 3;
  CHECK(steps_to(CODE + 7) && get(DATA) == 3);
  // An instruction that faults, or enters the kernel, brings no trap of its own.
  step_from(CODE + 5);
  cpu->r[RBX] = SMALL;
  CHECK(x86_run(cpu, 100) == X86_EXIT_WAIT && in_handler(VECTOR_PF) && (get(cpu->r[RSP] + 24) & FLAG_TF));
  cpu->efer |= EFER_SCE;
  cpu->star = (uint64_t)STAR_KERNEL << 32;
  cpu->lstar = HANDLERS;
  cpu->fmask = FLAG_TF;
  step_from(CODE + 7);
  CHECK(x86_run(cpu, 100) == X86_EXIT_WAIT && in_handler(VECTOR_DE) && (cpu->r[R11] & FLAG_TF) && !cpu->dr[6]);
}

static void should_begin_to_step_behind_the_instruction_that_sets_the_flag(void) {
  reset();
  to_user();
  cpu->r[RAX] = FLAG_TF;
  CHECK(RUN("\x50\x9d\x90\x90")); // push rax; popf; nop; nop
  CHECK(in_handler(VECTOR_DB) && get(cpu->r[RSP]) == CODE + 3);
  CHECK(cpu->r[RSP] == INTERRUPT_STACK - 40); // no error code
}

static void should_step_across_pages(void) {
  reset();
  map_small(0, CODE | P | W | U);
  map_small(1, DATA | P | W | U);
  place(CODE + 0xffe, "\xb8\x34", 2); // mov eax, imm32
  place(DATA, "\x12\x00\x00", 3);
  step_from(SMALL + 0xffe);
  CHECK(steps_to(SMALL + 0x1003) && cpu->r[RAX] == 0x1234);
}

enum { WRITES_OF_8 = 0x90001, ACCESSES_OF_2 = 0x70001, EXECUTION = 1 }; // DR7, breakpoint 0

static bool stops_at(uint64_t rip) {
  return x86_run(cpu, 100) == X86_EXIT_WAIT && in_handler(VECTOR_DB) && (cpu->dr[6] & 0xf) == 1 &&
         get(cpu->r[RSP]) == rip;
}

static void should_stop_at_breakpoints(void) {
  reset();
  cpu->r[RBX] = DATA;
  // mov rax, [rbx + 8]; mov [rbx + 16], eax; mov [rbx + 13], eax; hlt
  place(CODE, "\x48\x8b\x43\x08\x89\x43\x10\x89\x43\x0d\xf4", 11);
  x86_write_debug(cpu, 0, DATA + 8);
  x86_write_debug(cpu, 7, WRITES_OF_8);
  cpu->rip = CODE;
  CHECK(stops_at(CODE + 10) && get(DATA + 8) == 0); // behind the store that overlaps the eight bytes
  x86_write_debug(cpu, 6, 0xe);                     // of other breakpoints before
  x86_write_debug(cpu, 7, ACCESSES_OF_2);
  cpu->rip = CODE;
  CHECK(stops_at(CODE + 4));
  x86_write_debug(cpu, 6, 0);
  x86_write_debug(cpu, 0, CODE + 7);
  x86_write_debug(cpu, 7, EXECUTION);
  cpu->rip = CODE;
  CHECK(stops_at(CODE + 7) && (get(cpu->r[RSP] + 16) & FLAG_RF)); // before the instruction
  cpu->rip = CODE + 7;
  cpu->rflags |= FLAG_RF; // as IRET leaves it: go on
  CHECK(x86_run(cpu, 100) == X86_EXIT_WAIT && cpu->rip == CODE + 11);
  x86_write_debug(cpu, 7, 0);
  cpu->rip = CODE;
  CHECK(x86_run(cpu, 100) == X86_EXIT_WAIT && cpu->rip == CODE + 11);
}

// Otherwise a handler that cannot be fetched either would keep the processor for ever.
static void should_count_an_instruction_that_cannot_be_fetched_while_stepping(void) {
  reset();
  x86_write_debug(cpu, 7, EXECUTION);
  cpu->rip = SMALL;
  const uint64_t before = x86_instret(cpu);
  CHECK(x86_run(cpu, 1) == X86_EXIT_BUDGET && x86_instret(cpu) == before + 1);
  CHECK(cpu->cr2 == SMALL && cpu->rip == HANDLERS + VECTOR_PF * 16);
  x86_write_debug(cpu, 7, 0);
}

static void should_watch_each_element_of_a_string(void) {
  reset();
  x86_write_debug(cpu, 6, 0);
  x86_write_debug(cpu, 0, DATA + 5);
  x86_write_debug(cpu, 7, 0x10001); // writes of a byte
  cpu->r[RDI] = DATA;
  cpu->r[RCX] = 16;
  place(CODE, "\xf3\xaa\xf4", 3); // rep stosb; hlt
  cpu->rip = CODE;
  CHECK(stops_at(CODE) && cpu->r[RCX] == 10 && cpu->r[RDI] == DATA + 6);
  x86_write_debug(cpu, 7, 0);
}

static void should_trap_at_int1_whatever_the_gate_says(void) {
  reset();
  to_user();
  CHECK(RUN("\xf1") && in_handler(VECTOR_DB) && get(cpu->r[RSP]) == CODE + 1);
}

static void should_go_far_and_return(void) {
  reset();
  cpu->r[RBX] = DATA;
  put(DATA, CODE + 16);
  put(DATA + 8, SELECTOR_CODE);
  place(CODE + 16, "\x48\xcb", 2);        // retfq
  CHECK(RUN("\x48\xff\x1b\x48\xff\x2b")); // call far [rbx]; jmp far [rbx], whose RETF finds no selector
  CHECK(in_handler(VECTOR_GP) && get(cpu->r[RSP] + 8) == CODE + 16 && cpu->segments[SEG_CS].selector == SELECTOR_CODE);
  reset();
  cpu->r[RBX] = DATA;
  put(DATA, CODE);
  put(DATA + 8, SELECTOR_DATA);
  CHECK(RUN("\x48\xff\x2b") && in_handler(VECTOR_GP) && get(cpu->r[RSP]) == SELECTOR_DATA);
}

static void should_load_far_pointers(void) {
  reset();
  cpu->r[RBX] = DATA;
  put(DATA, UINT64_C(0x2b12345678));
  CHECK(RUN("\x0f\xb4\x03\xf4")); // lfs eax, [rbx]
  CHECK(cpu->rip == CODE + 4 && cpu->r[RAX] == 0x12345678 && cpu->segments[SEG_FS].selector == SELECTOR_USER_DATA);
  CHECK(RUN("\x0f\xb2\x03") && in_handler(VECTOR_GP)); // lss eax, [rbx]: a segment of another level
  CHECK(get(cpu->r[RSP]) == (SELECTOR_USER_DATA & ~3) && cpu->r[RAX] == 0x12345678);
}

int main(void) {
  fixture_init(&fixture, RAM_SIZE, 0);
  should_walk_page_tables();
  should_keep_global_pages_when_the_address_space_changes();
  should_deliver_exceptions_with_their_frame();
  should_double_fault_and_shut_down();
  should_enter_and_leave_the_kernel();
  should_take_interrupts_when_they_are_enabled();
  should_open_a_window_behind_sti();
  should_deliver_what_cannot_be_masked();
  should_fault_at_a_jump_to_nowhere();
  should_fault_behind_the_last_address();
  should_guard_what_is_the_kernels();
  should_refuse_sse_until_it_is_enabled();
  should_trap_behind_each_instruction_when_stepping();
  should_begin_to_step_behind_the_instruction_that_sets_the_flag();
  should_step_across_pages();
  should_stop_at_breakpoints();
  should_count_an_instruction_that_cannot_be_fetched_while_stepping();
  should_watch_each_element_of_a_string();
  should_trap_at_int1_whatever_the_gate_says();
  should_go_far_and_return();
  should_load_far_pointers();
  return check_result("x86-64 system");
}
