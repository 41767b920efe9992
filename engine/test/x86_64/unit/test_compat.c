// 32-bit code: the ways into it and out of it, its addresses and segments. What its instructions compute is the
// differential test's to say.
#include "cpu/x86_64/execute/execute.h"
#include "cpu/x86_64/system/privilege.h"
#include "guest.h"

enum { SELECTOR_FREE = 0x3b, SYSTEM_CALL = 0x80 };
#define FLAT_CODE_32 UINT64_C(0x00cffb000000ffff)
#define FLAT_DATA UINT64_C(0x00cff3000000ffff)
#define WITH_BASE(descriptor, base) ((descriptor) | (uint64_t)(base) << 16)

static void reset_to_32(void) {
  fixture_reset(&fixture, P | W | U, 3);
  cpu->r[RSP] = STACK;
  cpu->efer |= EFER_SCE;
  cpu->star = (uint64_t)SELECTOR_USER_32 << 48 | (uint64_t)STAR_KERNEL << 32;
  fixture_to_user_32(&fixture);
}

// The frame of a fault with an error code.
static bool frame_is(uint64_t rip, uint64_t selector) {
  return get(cpu->r[RSP] + 8) == rip && get(cpu->r[RSP] + 16) == selector;
}

static void should_decode_a_page_apart_for_each_mode(void) {
  static const char CODE_BYTES[] = "\x48\xff\xc0\xf4"; // inc rax; hlt, or dec eax; inc eax; hlt
  reset_to_32();
  CHECK(RUN(CODE_BYTES) && in_handler(VECTOR_GP) && frame_is(CODE + 3, SELECTOR_USER_32) && cpu->r[RAX] == 0);
  reset();
  to_user();
  cpu->rip = CODE;
  place(CODE, CODE_BYTES, 4);
  CHECK(x86_run(cpu, 1000) == X86_EXIT_WAIT && frame_is(CODE + 3, SELECTOR_USER) && cpu->r[RAX] == 1);
  fixture_to_user_32(&fixture);
  cpu->rip = CODE;
  CHECK(x86_run(cpu, 1000) == X86_EXIT_WAIT && cpu->r[RAX] == 1);
  place(CODE, "\x40\x90\x90", 3); // a store drops what both have decoded
  fixture_to_user_32(&fixture);
  cpu->rip = CODE;
  CHECK(x86_run(cpu, 1000) == X86_EXIT_WAIT && cpu->r[RAX] == 2);
}

static void should_enter_the_kernel_by_an_interrupt_and_return(void) {
  reset_to_32();
  place(HANDLERS + SYSTEM_CALL * 16, "\x48\xff\xc0\x48\xcf", 5); // inc rax; iretq
  CHECK(RUN("\xcd\x80\x40\xf4") && in_handler(VECTOR_GP));       // int 0x80; inc eax; hlt
  CHECK(cpu->r[RAX] == 2 && frame_is(CODE + 3, SELECTOR_USER_32) && get(cpu->r[RSP] + 32) == STACK);
  CHECK(cpu->code_kind == CODE_64 && cpu->mode == 0);
}

static void should_enter_the_kernel_by_sysenter_and_return_by_sysret(void) {
  reset_to_32();
  cpu->sysenter_cs = SELECTOR_CODE;
  cpu->sysenter_esp = INTERRUPT_STACK;
  cpu->sysenter_eip = CODE + 0x100;
  cpu->rflags = FLAG_IF;
  place(CODE + 0x100, "\x9c\x5b\xb9\x02\x00\x01\x00\x0f\x07", 9); // pushf; pop rbx; mov ecx, CODE + 2; sysretl
  CHECK(RUN("\x0f\x34\x40\xf4") && in_handler(VECTOR_GP));        // sysenter; inc eax; hlt
  CHECK(cpu->r[RAX] == 1 && frame_is(CODE + 3, SELECTOR_USER_32) && !(cpu->r[RBX] & FLAG_IF));
  reset_to_32();
  cpu->sysenter_cs = 0;
  CHECK(RUN("\x0f\x34") && in_handler(VECTOR_GP) && frame_is(CODE, SELECTOR_USER_32));
}

static void should_return_by_sysexit_to_either_mode(void) {
  reset();
  cpu->sysenter_cs = SELECTOR_CODE;
  cpu->r[RCX] = STACK;
  cpu->r[RDX] = CODE + 0x100;
  place(CODE + 0x100, "\x48\xf4", 2);              // dec eax; hlt, or hlt
  CHECK(RUN("\x0f\x35") && in_handler(VECTOR_GP)); // sysexit
  CHECK(frame_is(CODE + 0x101, SELECTOR_USER_32 & 0xff) && cpu->r[RAX] == UINT32_MAX);
  reset();
  cpu->r[RCX] = STACK;
  cpu->r[RDX] = CODE + 0x100;
  place(CODE + 0x100, "\x48\xf4", 2);
  CHECK(RUN("\x48\x0f\x35") && in_handler(VECTOR_GP) && frame_is(CODE + 0x100, SELECTOR_USER) && cpu->r[RAX] == 0);
}

// On the processors whose vendor CPUID names it is an instruction of 64-bit mode only.
static void should_refuse_syscall(void) {
  reset_to_32();
  CHECK(RUN("\x0f\x05") && in_handler(VECTOR_UD));
}

static void should_go_far_between_the_modes(void) {
  reset();
  put(DATA, (CODE + 16) | (uint64_t)SELECTOR_USER_32 << 32);
  to_user();
  cpu->r[RBX] = DATA;
  // inc eax; jmp far 33:CODE + 32, behind that inc rax; hlt
  place(CODE + 16, "\x40\xea\x20\x00\x01\x00\x33\x00", 8);
  place(CODE + 32, "\x48\xff\xc0\xf4", 4);
  CHECK(RUN("\xff\x2b") && in_handler(VECTOR_GP) && frame_is(CODE + 35, SELECTOR_USER) && cpu->r[RAX] == 2);
  reset_to_32();
  place(CODE + 16, "\x48\xff\xc0\xcb", 4);                                 // inc rax; retf, of 32 bits
  CHECK(RUN("\x9a\x10\x00\x01\x00\x33\x00\xf4") && in_handler(VECTOR_GP)); // call far 33:CODE + 16; hlt
  CHECK(frame_is(CODE + 7, SELECTOR_USER_32) && cpu->r[RAX] == 1 && get(cpu->r[RSP] + 32) == STACK);
}

static void should_refuse_code_of_16_bits_and_code_with_a_base(void) {
  static const uint64_t DESCRIPTORS[] = {UINT64_C(0x008ffb000000ffff), WITH_BASE(FLAT_CODE_32, 0x1000)};
  for (unsigned i = 0; i < sizeof DESCRIPTORS / sizeof DESCRIPTORS[0]; i++) {
    reset_to_32();
    put(FIXTURE_GDT + (SELECTOR_FREE & ~3), DESCRIPTORS[i]);
    CHECK(RUN("\xea\x10\x00\x01\x00\x3b\x00") && in_handler(VECTOR_GP) && frame_is(CODE, SELECTOR_USER_32));
    CHECK(get(cpu->r[RSP]) == (SELECTOR_FREE & ~3));
  }
}

static void should_return_within_32_bit_code(void) {
  reset_to_32();
  put(STACK, (CODE + 16) | (uint64_t)SELECTOR_USER_32 << 32);
  put(STACK + 8, FLAG_CF);
  place(CODE + 16, "\xf4", 1);
  CHECK(RUN("\xcf") && in_handler(VECTOR_GP) && frame_is(CODE + 16, SELECTOR_USER_32)); // iret
  CHECK((get(cpu->r[RSP] + 24) & FLAG_CF) && get(cpu->r[RSP] + 32) == STACK + 12);
}

static void should_wrap_addresses_at_4_gib(void) {
  reset_to_32();
  put(DATA, UINT64_C(0x1122334455667788));
  cpu->r[RBX] = 0xffffff00;
  cpu->r[RCX] = DATA + 0x100;
  cpu->r[RDX] = UINT64_C(0xffffffff00000000) | (DATA + 4);         // what is above 32 bits is nobody's
  CHECK(RUN("\x8b\x04\x0b\x8b\x2a\xf4") && in_handler(VECTOR_GP)); // mov eax, [ebx + ecx]; mov ebp, [edx]; hlt
  CHECK(cpu->r[RAX] == 0x55667788 && cpu->r[RBP] == 0x11223344);
  reset_to_32();
  cpu->r[RBX] = 0xffffff00;
  cpu->r[RCX] = DATA + 0x100;
  cpu->r[RAX] = 7;
  CHECK(RUN("\x89\x04\x0b\x01\x04\x0b\xf4") && (uint32_t)get(DATA) == 14); // mov [ebx + ecx], eax; add the same
  reset_to_32();
  CHECK(RUN("\xe9\xfb\xff\xfd\xff") && in_handler(VECTOR_PF) && cpu->cr2 == 0xffff0000); // jmp -0x20000
  CHECK(frame_is(0xffff0000, SELECTOR_USER_32));
}

static void should_use_the_bases_of_data_segments(void) {
  reset_to_32();
  put(FIXTURE_GDT + (SELECTOR_FREE & ~3), WITH_BASE(FLAT_DATA, DATA));
  put(DATA + 8, 0x12345678);
  put(8, 0x55);
  cpu->r[RAX] = SELECTOR_FREE;
  cpu->r[RBX] = 8;
  // mov ecx, [ebx]; mov ds, ax; mov edx, [ebx]; mov ebp, ss:[ebx]; hlt
  CHECK(RUN("\x8b\x0b\x8e\xd8\x8b\x13\x36\x8b\x2b\xf4") && in_handler(VECTOR_GP));
  CHECK(cpu->r[RCX] == 0x55 && cpu->r[RDX] == 0x12345678 && cpu->r[RBP] == 0x55);
  // The same code behind the kernel, with a base and without.
  fixture_to_user(&fixture);
  cpu->segments[SEG_CS] = (struct x86_segment_register){SELECTOR_USER_32, 0xc0fb};
  x86_set_privilege(cpu, 3);
  cpu->rip = CODE + 4;
  CHECK(x86_run(cpu, 1000) == X86_EXIT_WAIT && cpu->r[RDX] == 0x12345678);
  fixture_to_user_32(&fixture);
  cpu->rip = CODE + 4;
  CHECK(x86_run(cpu, 1000) == X86_EXIT_WAIT && cpu->r[RDX] == 0x55);
  reset_to_32();
  put(FIXTURE_GDT + (SELECTOR_FREE & ~3), WITH_BASE(FLAT_DATA, DATA));
  put(DATA + 8, 0x12345678);
  cpu->r[RAX] = SELECTOR_FREE;
  CHECK(RUN("\x8e\xe8\x65\xa1\x08\x00\x00\x00\xf4") && cpu->r[RAX] == 0x12345678); // mov gs, ax; mov eax, gs:[8]
}

static void should_end_segments_at_their_last_byte_for_string_instructions(void) {
  reset_to_32();
  put(FIXTURE_GDT + (SELECTOR_FREE & ~3), WITH_BASE(FLAT_DATA, DATA));
  cpu->r[RAX] = SELECTOR_FREE;
  cpu->r[RSI] = 0xfffffffe;
  CHECK(RUN("\x8e\xc0\x26\xad\xf4") && in_handler(VECTOR_GP) &&
        frame_is(CODE + 2, SELECTOR_USER_32)); // mov es, ax; lodsd
  CHECK(cpu->r[RSI] == 0xfffffffe);
  reset_to_32();
  put(FIXTURE_GDT + (SELECTOR_FREE & ~3), WITH_BASE(FLAT_DATA, DATA));
  cpu->r[RAX] = SELECTOR_FREE;
  cpu->r[RDI] = 0xfffffff9;
  cpu->r[RCX] = 4;
  CHECK(RUN("\x8e\xc0\xf3\xab\xf4") && in_handler(VECTOR_GP) && frame_is(CODE + 2, SELECTOR_USER_32)); // rep stosd
  CHECK(cpu->r[RDI] == 0xfffffffd && cpu->r[RCX] == 3);
}

static void should_wrap_16_bit_addresses_within_a_page(void) {
  reset_to_32();
  put(FIXTURE_GDT + (SELECTOR_FREE & ~3), WITH_BASE(FLAT_DATA, DATA + 0x100));
  put(0x110, UINT64_C(0x1122334455667788));
  cpu->r[RAX] = SELECTOR_FREE;
  cpu->r[RSI] = 0x100;
  cpu->r[RDI] = 0xfff0;
  cpu->r[RCX] = 32;
  CHECK(RUN("\x8e\xc0\x67\xf3\xa4\xf4") && in_handler(VECTOR_GP)); // mov es, ax; addr16 rep movsb; hlt
  CHECK(cpu->r[RDI] == 0x10 && cpu->r[RCX] == 0 && get(DATA + 0x100) == UINT64_C(0x1122334455667788));
}

static void should_push_and_call_on_a_stack_with_a_base(void) {
  reset_to_32();
  put(FIXTURE_GDT + (SELECTOR_FREE & ~3), WITH_BASE(FLAT_DATA, DATA));
  cpu->r[RAX] = SELECTOR_FREE;
  cpu->r[RBX] = 0x77;
  // mov ss, ax; mov esp, 0x100; push ebx; call behind the next; hlt; pop edx; pop ecx; hlt
  CHECK(RUN("\x8e\xd0\xbc\x00\x01\x00\x00\x53\xe8\x01\x00\x00\x00\xf4\x5a\x59\xf4") && in_handler(VECTOR_GP));
  CHECK(cpu->r[RDX] == CODE + 13 && cpu->r[RCX] == 0x77 && (uint32_t)get(DATA + 0xfc) == 0x77);
  CHECK(get(cpu->r[RSP] + 32) == 0x100 && get(cpu->r[RSP] + 40) == SELECTOR_FREE);
}

static void should_save_and_restore_eight_vector_registers(void) {
  reset_to_32();
  put(DATA + 288, 0x1234);
  cpu->r[RBX] = DATA;
  cpu->xmm[7].q[0] = 7;
  cpu->xmm[8].q[0] = 8;
  CHECK(RUN("\x0f\xae\x03\xf4") && get(DATA + 272) == 7 && get(DATA + 288) == 0x1234); // fxsave [ebx]
  reset_to_32();
  put(DATA + 272, 70);
  cpu->r[RBX] = DATA;
  CHECK(RUN("\x0f\xae\x0b\xf4") && cpu->xmm[7].q[0] == 70 && cpu->xmm[8].q[0] == 8); // fxrstor [ebx]
}

// The page below 4 GiB; the one at 0 is there already. Between them both addresses and stacks wrap.
enum { TOP = 0x28000 };
#define TOP_PAGE UINT64_C(0xfffff000)
#define FILLED UINT64_C(0xeeeeeeeeeeeeeeee)

static void reset_with_top_page(uint64_t rights) {
  reset_to_32();
  put(FIXTURE_PDPT + 3 * 8, FIXTURE_DIRECTORY | P | W | U);
  fixture_map(&fixture, TOP_PAGE, TOP | rights);
  memset(ram_write_at(&fixture.ram, 0, 64), 0xee, 64);
  memset(ram_write_at(&fixture.ram, TOP + PAGE_SIZE - 64, 64), 0xee, 64);
  for (unsigned i = 0; i < 8; i++)
    cpu->r[i] = 0x11111111 * (i + 1);
}

// Eight pushes: some are done when one of them reaches beyond 4 GiB, or meets a page that cannot be written.
static void should_push_all_registers_one_by_one(void) {
  reset_with_top_page(P | W | U);
  cpu->r[RSP] = 8;
  CHECK(RUN("\x60\xf4") && in_handler(VECTOR_GP) && get(cpu->r[RSP] + 32) == 0xffffffe8);
  CHECK(get(0) == UINT64_C(0x1111111122222222) && get(TOP + PAGE_SIZE - 8) == UINT64_C(0x3333333344444444));
  CHECK(get(TOP + PAGE_SIZE - 16) == UINT64_C(0x0000000866666666)); // ESP as it was
  CHECK(get(TOP + PAGE_SIZE - 24) == UINT64_C(0x7777777788888888) && get(TOP + PAGE_SIZE - 32) == FILLED);
  reset_with_top_page(P | W | U);
  cpu->r[RSP] = 9;
  CHECK(RUN("\x60") && in_handler(VECTOR_SS) && frame_is(CODE, SELECTOR_USER_32) && get(cpu->r[RSP] + 32) == 9);
  CHECK(get(1) == UINT64_C(0x1111111122222222) && get(TOP + PAGE_SIZE - 8) == FILLED);
  reset_with_top_page(P | U);
  cpu->r[RSP] = 4;
  CHECK(RUN("\x60") && in_handler(VECTOR_PF) && cpu->cr2 == 0xfffffffc && get(cpu->r[RSP]) == 7);
  CHECK((uint32_t)get(0) == 0x11111111 && get(cpu->r[RSP] + 32) == 4);
  reset_with_top_page(0);
  cpu->r[RSP] = 2;
  CHECK(RUN("\x66\x60") && in_handler(VECTOR_PF) && cpu->cr2 == 0xfffffffe && get(cpu->r[RSP]) == 6);
  CHECK((uint16_t)get(0) == 0x1111);
  reset_with_top_page(0);
  cpu->r[RSP] = 1;
  CHECK(RUN("\x60") && in_handler(VECTOR_SS) && get(0) == FILLED);
}

static void should_pop_all_registers_or_none(void) {
  reset_with_top_page(P | W | U);
  put(TOP + PAGE_SIZE - 16, UINT64_C(0x0000000600000007));
  put(TOP + PAGE_SIZE - 8, UINT64_C(0x0000000400000005)); // EBP, and what ESP does not become
  put(0, UINT64_C(0x0000000200000003));
  put(8, UINT64_C(0x0000000000000001));
  cpu->r[RSP] = 0xfffffff0;
  CHECK(RUN("\x61\xf4") && in_handler(VECTOR_GP) && get(cpu->r[RSP] + 32) == 16);
  CHECK(cpu->r[RDI] == 7 && cpu->r[RSI] == 6 && cpu->r[RBP] == 5 && cpu->r[RBX] == 3 && cpu->r[RDX] == 2);
  CHECK(cpu->r[RCX] == 1 && cpu->r[RAX] == 0);
  reset_with_top_page(P | W | U);
  cpu->r[RSP] = 0xfffffff2; // EBP is the fourth word's half
  CHECK(RUN("\x61") && in_handler(VECTOR_SS) && frame_is(CODE, SELECTOR_USER_32));
  CHECK(get(cpu->r[RSP] + 32) == 0xfffffff2 && cpu->r[RDI] == 0x88888888 && cpu->r[RSI] == 0x77777777);
  reset_with_top_page(0);
  cpu->r[RSP] = 0xfffffffc;
  CHECK(RUN("\x61") && in_handler(VECTOR_PF) && cpu->cr2 == 0xfffffffc);
}

// The frame, what the old one points to, the frame's address, and then the new top, which is only looked at.
static void should_make_a_stack_frame_one_by_one(void) {
  reset_with_top_page(P | W | U);
  cpu->r[RSP] = 4;
  cpu->r[RBP] = 40;
  put(32, UINT64_C(0x1234567812345678));
  CHECK(RUN("\xc8\x08\x00\x02\xf4") && in_handler(VECTOR_GP) && cpu->r[RBP] == 0); // enter 8, 2; hlt
  CHECK((uint32_t)get(0) == 40 && get(TOP + PAGE_SIZE - 8) == UINT64_C(0x1234567800000000));
  CHECK(get(cpu->r[RSP] + 32) == 0xfffffff0);
  reset_with_top_page(0);
  cpu->r[RSP] = 8;
  cpu->r[RBP] = 0x400000; // not there either
  CHECK(RUN("\xc8\x08\x00\x02") && in_handler(VECTOR_PF) && cpu->cr2 == 0x3ffffc && get(cpu->r[RSP]) == 4);
  CHECK((uint32_t)get(4) == 0x400000 && (uint32_t)get(0) == (uint32_t)FILLED && cpu->r[RBP] == 0x400000);
  reset_with_top_page(0);
  cpu->r[RSP] = 8;
  CHECK(RUN("\xc8\x08\x00\x01") && in_handler(VECTOR_PF) && cpu->cr2 == 0xfffffff8 && get(cpu->r[RSP]) == 6);
  CHECK((uint32_t)get(0) == 4 && get(cpu->r[RSP] + 32) == 8);
  reset_with_top_page(P | W | U);
  cpu->r[RSP] = 8;
  CHECK(RUN("\xc8\x05\x00\x00") && in_handler(VECTOR_SS)); // the top would be a word at 0xffffffff
}

// Both operands cannot be read: the second one's fault is the one to be seen.
static void should_read_the_second_operand_of_a_comparison_first(void) {
  static const struct {
    uint64_t source, destination;
    unsigned vector;
  } CASES[] = {{0x400000, 0xfffffffe, VECTOR_GP}, {0xfffffffe, 0x400000, VECTOR_PF}, {0xfffffffe, 0, VECTOR_GP}};
  for (unsigned i = 0; i < 2 * sizeof CASES / sizeof CASES[0]; i++) {
    reset_with_top_page(P | W | U);
    cpu->r[RSI] = CASES[i / 2].source;
    cpu->r[RDI] = CASES[i / 2].destination;
    CHECK(i % 2 ? RUN("\xf2\xa7") : RUN("\xa7")); // cmpsd, alone and repeated
    CHECK(in_handler(CASES[i / 2].vector) && frame_is(CODE, SELECTOR_USER_32));
    CHECK(cpu->r[RSI] == CASES[i / 2].source && cpu->r[RCX] == 0x22222222);
  }
}

static void should_read_bounds_one_by_one(void) {
  reset_with_top_page(P | W | U);
  put(TOP + PAGE_SIZE - 8, UINT64_C(0xfffffffe00000000));
  put(0, 3);
  cpu->r[RBX] = 0xfffffffc;
  cpu->r[RAX] = 3;
  CHECK(RUN("\x62\x03\x83\xc0\x01\x62\x03") && in_handler(VECTOR_BR)); // bound eax, [ebx]; add eax, 1; bound
  CHECK(get(cpu->r[RSP]) == CODE + 5);
  reset_with_top_page(0);
  cpu->r[RBX] = 0xfffffffc;
  CHECK(RUN("\x62\x03") && in_handler(VECTOR_PF) && cpu->cr2 == 0xfffffffc);
  reset_with_top_page(P | W | U);
  cpu->r[RBX] = 0xfffffffa;
  CHECK(RUN("\x62\x03") && in_handler(VECTOR_GP));
}

static void should_go_far_by_words_that_wrap(void) {
  reset_with_top_page(P | W | U);
  place(CODE + 16, "\xf4", 1);
  put(TOP + PAGE_SIZE - 8, (uint64_t)(CODE + 16) << 32);
  put(0, SELECTOR_USER_32);
  cpu->r[RSP] = 0xfffffffc;
  CHECK(RUN("\xcb") && in_handler(VECTOR_GP) && frame_is(CODE + 16, SELECTOR_USER_32)); // retf
  CHECK(get(cpu->r[RSP] + 32) == 4);
  reset_with_top_page(P | W | U);
  place(CODE + 16, "\xf4", 1);
  put(TOP + PAGE_SIZE - 8, (uint64_t)(CODE + 16) << 32);
  put(0, SELECTOR_USER_32 | (uint64_t)FLAG_CF << 32);
  cpu->r[RSP] = 0xfffffffc;
  CHECK(RUN("\xcf") && in_handler(VECTOR_GP) && frame_is(CODE + 16, SELECTOR_USER_32)); // iret
  CHECK(get(cpu->r[RSP] + 32) == 8 && (get(cpu->r[RSP] + 24) & FLAG_CF));
  reset_with_top_page(P | W | U);
  put(TOP + PAGE_SIZE - 8, UINT64_C(0x1234567800000000));
  put(0, SELECTOR_USER_DATA);
  cpu->r[RBX] = 0xfffffffc;
  CHECK(RUN("\xc4\x03\xf4") && in_handler(VECTOR_GP) && cpu->r[RAX] == 0x12345678); // les eax, [ebx]; hlt
  CHECK(cpu->segments[SEG_ES].selector == SELECTOR_USER_DATA);
  reset_with_top_page(P | W | U);
  place(CODE + 16, "\xf4", 1);
  cpu->r[RSP] = 4;
  // call far 23:CODE + 16
  CHECK(RUN("\x9a\x10\x00\x01\x00\x23\x00") && in_handler(VECTOR_GP) && frame_is(CODE + 16, SELECTOR_USER_32));
  CHECK((uint32_t)get(0) == SELECTOR_USER_32 && get(TOP + PAGE_SIZE - 8) >> 32 == CODE + 7);
}

static void should_look_at_the_target_of_a_far_call_before_the_stack(void) {
  reset_with_top_page(0);
  cpu->r[RSP] = 0;
  // call far 2b:CODE + 16, which is data
  CHECK(RUN("\x9a\x10\x00\x01\x00\x2b\x00") && in_handler(VECTOR_GP));
  CHECK(get(cpu->r[RSP]) == (SELECTOR_USER_DATA & ~3));
  reset_with_top_page(0);
  cpu->r[RSP] = 4;
  CHECK(RUN("\x9a\x10\x00\x01\x00\x23\x00") && in_handler(VECTOR_PF) && cpu->cr2 == 0xfffffffc);
  CHECK((uint32_t)get(0) == SELECTOR_USER_32 && get(cpu->r[RSP] + 32) == 4 && frame_is(CODE, SELECTOR_USER_32));
}

static void should_refuse_a_stack_that_reaches_beyond_4_gib(void) {
  // pusha, popa, leave, retf, iret, push of a word
  static const struct {
    uint64_t esp;
    char code[3];
  } CASES[] = {{1, "\x60"},          {0xfffffffd, "\x61"}, {0xfffffffd, "\xc9"},
               {0xfffffffa, "\xcb"}, {0xfffffff6, "\xcf"}, {1, "\x66\x50"}};
  for (unsigned i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
    reset_with_top_page(P | W | U);
    cpu->r[RSP] = cpu->r[RBP] = CASES[i].esp;
    place(CODE, CASES[i].code, 2);
    cpu->rip = CODE;
    CHECK(x86_run(cpu, 1000) == X86_EXIT_WAIT && in_handler(VECTOR_SS) && frame_is(CODE, SELECTOR_USER_32));
    CHECK(get(cpu->r[RSP] + 32) == CASES[i].esp);
  }
}

// Whether it is a stack fault depends on the segment, not on the register.
static void should_tell_stack_faults_by_the_segment(void) {
  static const struct {
    const char *code;
    unsigned length, vector;
  } CASES[] = {
      {"\x8b\x03", 2, VECTOR_GP},             // mov eax, [ebx]
      {"\x8b\x45\x00", 3, VECTOR_SS},         // mov eax, [ebp]
      {"\x3e\x8b\x45\x00", 4, VECTOR_GP},     // mov eax, ds:[ebp]
      {"\x36\x8b\x03", 3, VECTOR_SS},         // mov eax, ss:[ebx]
      {"\x36\x01\x03", 3, VECTOR_SS},         // add ss:[ebx], eax
      {"\xdb\x6d\x00", 3, VECTOR_SS},         // fld of 80 bits [ebp]
      {"\xd9\x75\x00", 3, VECTOR_SS},         // fnstenv [ebp]
      {"\x0f\xc7\x4d\x00", 4, VECTOR_SS},     // cmpxchg8b [ebp]
      {"\x3e\x0f\xc7\x4d\x00", 5, VECTOR_GP}, // cmpxchg8b ds:[ebp]
      {"\xc4\x45\x00", 3, VECTOR_SS},         // les eax, [ebp]
      {"\x62\x45\x00", 3, VECTOR_SS},         // bound eax, [ebp]
      {"\x0f\xba\x65\x00\x01", 5, VECTOR_SS}, // bt [ebp], 1
      {"\x0f\xab\x4d\x00", 4, VECTOR_SS},     // bts [ebp], ecx
  };
  for (unsigned i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
    reset_with_top_page(P | W | U);
    cpu->r[RBX] = cpu->r[RBP] = 0xfffffffe;
    cpu->r[RCX] = 0;
    place(CODE, CASES[i].code, CASES[i].length);
    cpu->rip = CODE;
    CHECK(x86_run(cpu, 1000) == X86_EXIT_WAIT && in_handler(CASES[i].vector) && frame_is(CODE, SELECTOR_USER_32));
  }
}

// Of an x87 exception that is pending and a fault of the operand, the first is the older one.
static void should_raise_a_pending_x87_exception_before_the_operands_fault(void) {
  static const struct {
    const char *code;
    unsigned length, vector;
  } CASES[] = {
      {"\xd8\x03", 2, VECTOR_MF},     // fadd of 32 bits [ebx]
      {"\xdd\x1b", 2, VECTOR_MF},     // fstp of 64 bits [ebx]
      {"\x0f\xfc\x03", 3, VECTOR_MF}, // paddb mm0, [ebx]
      {"\x2e\xdd\x1b", 3, VECTOR_MF}, // fstp of 64 bits cs:[ebx]
      {"\xd9\x3b", 2, VECTOR_PF},     // fnstcw [ebx], which does not wait
      {"\xdd\x3b", 2, VECTOR_PF},     // fnstsw [ebx]
      {"\x0f\x58\x03", 3, VECTOR_PF}, // addps xmm0, [ebx]
  };
  for (unsigned i = 0; i < 2 * sizeof CASES / sizeof CASES[0]; i++) {
    const bool pending = i % 2;
    reset_to_32();
    cpu->cr0 |= CR0_NE;
    cpu->x87.control = 0x37e;
    cpu->x87.status = pending ? 0x8081 : 0;
    cpu->r[RBX] = 0x400000;
    place(CODE, CASES[i / 2].code, CASES[i / 2].length);
    cpu->rip = CODE;
    CHECK(x86_run(cpu, 1000) == X86_EXIT_WAIT);
    CHECK(in_handler(pending ? CASES[i / 2].vector : i / 2 == 3 ? VECTOR_GP : VECTOR_PF));
  }
}

static void should_read_the_stack_before_it_refuses_to_pop_to_code(void) {
  reset_to_32();
  cpu->r[RSP] = 0xfffff000;
  CHECK(RUN("\x2e\x8f\x03") && in_handler(VECTOR_PF) && cpu->cr2 == 0xfffff000); // pop cs:[ebx]
  reset_to_32();
  cpu->r[RBX] = DATA;
  CHECK(RUN("\x2e\x8f\x03") && in_handler(VECTOR_GP) && get(cpu->r[RSP] + 32) == STACK);
}

static void should_step_through_32_bit_code(void) {
  reset_to_32();
  cpu->rflags = FLAG_TF;
  CHECK(RUN("\x40\x40") && in_handler(VECTOR_DB) && get(cpu->r[RSP]) == CODE + 1 && cpu->r[RAX] == 1);
  CHECK(get(cpu->r[RSP] + 8) == SELECTOR_USER_32);
}

int main(void) {
  fixture_init(&fixture, RAM_SIZE, 0);
  should_decode_a_page_apart_for_each_mode();
  should_enter_the_kernel_by_an_interrupt_and_return();
  should_enter_the_kernel_by_sysenter_and_return_by_sysret();
  should_return_by_sysexit_to_either_mode();
  should_refuse_syscall();
  should_go_far_between_the_modes();
  should_refuse_code_of_16_bits_and_code_with_a_base();
  should_return_within_32_bit_code();
  should_wrap_addresses_at_4_gib();
  should_use_the_bases_of_data_segments();
  should_end_segments_at_their_last_byte_for_string_instructions();
  should_wrap_16_bit_addresses_within_a_page();
  should_push_and_call_on_a_stack_with_a_base();
  should_save_and_restore_eight_vector_registers();
  should_push_all_registers_one_by_one();
  should_pop_all_registers_or_none();
  should_make_a_stack_frame_one_by_one();
  should_read_the_second_operand_of_a_comparison_first();
  should_read_bounds_one_by_one();
  should_go_far_by_words_that_wrap();
  should_look_at_the_target_of_a_far_call_before_the_stack();
  should_refuse_a_stack_that_reaches_beyond_4_gib();
  should_tell_stack_faults_by_the_segment();
  should_raise_a_pending_x87_exception_before_the_operands_fault();
  should_read_the_stack_before_it_refuses_to_pop_to_code();
  should_step_through_32_bit_code();
  return check_result("x86-64 32-bit code");
}
