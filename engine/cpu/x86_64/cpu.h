// The state of one x86-64 processor in long mode (64-bit and compatibility mode). Chapter numbers are those of the
// Intel 64 and IA-32 Architectures Software Developer's Manual ("SDM").
#ifndef CPU_X86_64_CPU_H
#define CPU_X86_64_CPU_H

#include "memory/bus.h"
#include "memory/ram.h"
#include "memory/tlb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Order of the encoding (SDM 2A, table 2-2).
enum x86_register { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, X86_REGISTERS };
enum x86_segment { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, X86_SEGMENTS };

// RFLAGS (SDM 1, 3.4.3).
#define FLAG_CF UINT64_C(0x1)
#define FLAG_ONE UINT64_C(0x2)
#define FLAG_PF UINT64_C(0x4)
#define FLAG_AF UINT64_C(0x10)
#define FLAG_ZF UINT64_C(0x40)
#define FLAG_SF UINT64_C(0x80)
#define FLAG_TF UINT64_C(0x100)
#define FLAG_IF UINT64_C(0x200)
#define FLAG_DF UINT64_C(0x400)
#define FLAG_OF UINT64_C(0x800)
#define FLAG_IOPL UINT64_C(0x3000)
#define FLAG_NT UINT64_C(0x4000)
#define FLAG_RF UINT64_C(0x10000)
#define FLAG_AC UINT64_C(0x40000)
#define FLAG_ID UINT64_C(0x200000)
#define FLAGS_ARITHMETIC (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

// Control registers and EFER (SDM 3A, 2.5 and 2.2.1).
#define CR0_PE UINT64_C(0x1)
#define CR0_MP UINT64_C(0x2)
#define CR0_EM UINT64_C(0x4)
#define CR0_TS UINT64_C(0x8)
#define CR0_ET UINT64_C(0x10)
#define CR0_NE UINT64_C(0x20)
#define CR0_WP UINT64_C(0x10000)
#define CR0_AM UINT64_C(0x40000)
#define CR0_PG UINT64_C(0x80000000)
#define CR4_TSD UINT64_C(0x4)
#define CR4_DE UINT64_C(0x8)
#define CR4_PAE UINT64_C(0x20)
#define CR4_PGE UINT64_C(0x80)
#define CR4_OSFXSR UINT64_C(0x200)
#define CR4_OSXMMEXCPT UINT64_C(0x400)
#define EFER_SCE UINT64_C(0x1)
#define EFER_LME UINT64_C(0x100)
#define EFER_LMA UINT64_C(0x400)
#define EFER_NXE UINT64_C(0x800)

enum x86_vector {
  VECTOR_DE = 0,
  VECTOR_DB = 1,
  VECTOR_NMI = 2,
  VECTOR_BP = 3,
  VECTOR_OF = 4,
  VECTOR_BR = 5,
  VECTOR_UD = 6,
  VECTOR_NM = 7,
  VECTOR_DF = 8,
  VECTOR_TS = 10,
  VECTOR_NP = 11,
  VECTOR_SS = 12,
  VECTOR_GP = 13,
  VECTOR_PF = 14,
  VECTOR_MF = 16,
  VECTOR_AC = 17,
  VECTOR_XM = 19
};

// DR6: which debug exception it was (SDM 3B, 17.2.3).
#define DR6_BS UINT64_C(0x4000)
#define DR6_BREAKPOINTS UINT64_C(0xf)

// Each way to see memory has a TLB of its own, so that a system call flushes none. A supervisor may touch user pages
// (neither SMAP nor SMEP is promised). 32-bit code has views of its own: its code is decoded apart, and its addresses
// wrap at 4 GiB, beyond which these hold no entry.
enum tlb_view { VIEW_USER, VIEW_SUPERVISOR, VIEW_USER_32, VIEW_SUPERVISOR_32, TLB_VIEWS };

// How code is decoded: for 64-bit mode, or as 32-bit code, without or with regard to the bases of ES, SS and DS.
enum x86_code_kind { CODE_64, CODE_FLAT, CODE_SEGMENTED };

struct x86_xmm {
  union {
    uint8_t b[16];
    uint16_t w[8];
    uint32_t d[4];
    uint64_t q[2];
    int8_t sb[16];
    int16_t sw[8];
    int32_t sd[4];
    int64_t sq[2];
  };
} __attribute__((aligned(16)));

// Hidden part of a segment register. Limits do not exist in 64-bit mode, and are not looked at in 32-bit code.
struct x86_segment_register {
  uint16_t selector;
  uint16_t attributes; // descriptor bits 40 to 55
};

struct x86_table_register {
  uint64_t base;
  uint32_t limit;
};

// One x87 register, as FXSAVE stores it.
struct x86_real {
  uint64_t significand;
  uint16_t sign_exponent;
};

struct x86_x87 {
  struct x86_real registers[8]; // physical order; MMX registers are the significands
  uint16_t control, status;     // status without TOP
  uint8_t top;
  uint8_t used; // bit n: physical register n is not empty
  uint16_t opcode;
  uint64_t instruction, operand;
};

struct x86_cpu {
  uint64_t r[X86_REGISTERS];
  uint64_t rip; // valid outside x86_run and in everything it calls that says so
  // Lazy flags (flags.h): what the last instruction that wrote all of them did.
  uint32_t flags_op;
  uint64_t flags_a, flags_b;
  int32_t budget;                       // valid outside x86_run and in everything it calls
  uint32_t mode;                        // current privilege level
  uint32_t generation;                  // counts how often all decoded code was dropped
  uint64_t segment_bases[X86_SEGMENTS]; // ES, SS and DS: for 32-bit code only; CS: 0
  struct x86_xmm xmm[16];
  uint32_t mxcsr;
  // Operands between the steps of one instruction.
  struct x86_xmm wide;
  uint64_t temporary, effective, zero;
  uint64_t page_address;        // of the instruction that is executed
  struct tlb *tlb;              // the current view's
  enum x86_code_kind code_kind; // of the current code segment
  enum x86_code_kind kind_32;   // of 32-bit code, when it last ran
  struct x86_x87 x87;
  uint64_t rflags; // all but the arithmetic flags
  struct x86_segment_register segments[X86_SEGMENTS];
  struct x86_segment_register ldtr, tr;
  uint64_t tr_base;
  uint32_t tr_limit;
  struct x86_table_register gdt, idt;
  uint64_t cr0, cr2, cr3, cr4, cr8;
  uint64_t efer, star, lstar, cstar, fmask, kernel_gs_base, tsc_aux, pat, apic_base;
  uint64_t sysenter_cs, sysenter_esp, sysenter_eip, misc_enable, tsc_offset;
  uint64_t dr[8];
  bool interrupt;      // the interrupt controller has one to deliver
  bool nmi;            // and one that cannot be masked
  bool nmi_blocked;    // until the next IRET (SDM 3A, 6.7.1)
  bool after_sti;      // interrupts wait for the end of the next instruction
  bool shut_down;      // triple fault
  bool stepping;       // an instruction is executed that ends in a single-step trap, unless something else comes of it
  bool breakpoints;    // DR7 enables some
  uint64_t watch_hits; // of the instruction that is executed alone, for DR6
  // The last instruction of user mode that was refused for want of an instruction set.
  uint32_t missing; // enum x86_missing
  uint64_t missing_rip;
  // The exception about to be delivered.
  uint32_t fault_vector, fault_error;
  uint64_t fault_address; // page faults
  bool fault_noncanonical;
  uint64_t instret_end; // instructions retired when the running budget is used up
  struct ram *ram;
  struct bus *bus;
  struct code_cache *code;
  const struct x86_translator *translator; // NULL: none (translator.h)
  struct tlb_set tlb_set;
  struct tlb empty_tlb; // the current view while an instruction is executed alone; stays empty
  struct tlb tlbs[TLB_VIEWS];
  // The board's side. All must be set.
  void *board;
  uint64_t (*read_tsc)(void *board);
  // Vector of the interrupt to deliver now; the controller counts it as taken.
  unsigned (*acknowledge)(void *board);
  // Model-specific registers of the local APIC; false if there is none of that number.
  bool (*read_msr)(void *board, uint32_t number, uint64_t *value);
  bool (*write_msr)(void *board, uint32_t number, uint64_t value);
  void (*set_task_priority)(void *board, uint64_t priority); // MOV to CR8
  uint32_t (*port_read)(void *board, uint16_t port, unsigned size);
  void (*port_write)(void *board, uint16_t port, unsigned size, uint32_t value);
  uint64_t tsc_hz;
};

static inline bool x86_interrupt_pending(const struct x86_cpu *cpu) {
  return (cpu->interrupt && (cpu->rflags & FLAG_IF)) || (cpu->nmi && !cpu->nmi_blocked);
}

static inline uint64_t x86_tsc(const struct x86_cpu *cpu) {
  return cpu->read_tsc(cpu->board) + cpu->tsc_offset;
}

// Port instructions: at a level above IOPL the TSS's permission map would decide, and Linux gives none.
static inline bool x86_port_allowed(const struct x86_cpu *cpu) {
  return cpu->mode <= (cpu->rflags & FLAG_IOPL) >> 12;
}

// Addresses and stack pointers of 32-bit code have 32 bits.
static inline uint64_t x86_wrap(const struct x86_cpu *cpu, uint64_t value) {
  return cpu->code_kind == CODE_64 ? value : (uint32_t)value;
}

// Where something on the stack is.
static inline uint64_t x86_stack_address(const struct x86_cpu *cpu, uint64_t offset) {
  return cpu->code_kind == CODE_64 ? offset : (uint32_t)(offset + cpu->segment_bases[SEG_SS]);
}

static inline bool x86_canonical(uint64_t address) {
  return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

#endif
