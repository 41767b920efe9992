// Model-specific registers (SDM 4, chapter 2). Those of the local APIC are the board's.
#include "msr.h"

enum {
  MSR_TSC = 0x10,
  MSR_PLATFORM_ID = 0x17,
  MSR_MICROCODE = 0x8b,
  MSR_SYSENTER_CS = 0x174,
  MSR_SYSENTER_ESP = 0x175,
  MSR_SYSENTER_EIP = 0x176,
  MSR_MISC_ENABLE = 0x1a0,
  MSR_PAT = 0x277
};
#define MSR_EFER 0xc0000080u
#define MSR_STAR 0xc0000081u
#define MSR_LSTAR 0xc0000082u
#define MSR_CSTAR 0xc0000083u
#define MSR_FMASK 0xc0000084u
#define MSR_FS_BASE 0xc0000100u
#define MSR_GS_BASE 0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define MSR_TSC_AUX 0xc0000103u

// Where a register that is nothing but storage lives.
static uint64_t *storage(struct x86_cpu *cpu, uint32_t number) {
  switch (number) {
  case MSR_SYSENTER_CS: return &cpu->sysenter_cs;
  case MSR_SYSENTER_ESP: return &cpu->sysenter_esp;
  case MSR_SYSENTER_EIP: return &cpu->sysenter_eip;
  case MSR_MISC_ENABLE: return &cpu->misc_enable;
  case MSR_PAT: return &cpu->pat;
  case MSR_STAR: return &cpu->star;
  case MSR_LSTAR: return &cpu->lstar;
  case MSR_CSTAR: return &cpu->cstar;
  case MSR_FMASK: return &cpu->fmask;
  case MSR_FS_BASE: return &cpu->segment_bases[SEG_FS];
  case MSR_GS_BASE: return &cpu->segment_bases[SEG_GS];
  case MSR_KERNEL_GS_BASE: return &cpu->kernel_gs_base;
  case MSR_TSC_AUX: return &cpu->tsc_aux;
  default: return NULL;
  }
}

static bool holds_address(uint32_t number) {
  return number == MSR_SYSENTER_ESP || number == MSR_SYSENTER_EIP || number == MSR_LSTAR || number == MSR_CSTAR ||
         (number >= MSR_FS_BASE && number <= MSR_KERNEL_GS_BASE);
}

bool x86_read_msr(struct x86_cpu *cpu, uint32_t number, uint64_t *value) {
  const uint64_t *stored = storage(cpu, number);
  if (stored) {
    *value = *stored;
    return true;
  }
  switch (number) {
  case MSR_TSC: *value = x86_tsc(cpu); return true;
  case MSR_EFER: *value = cpu->efer; return true;
  case MSR_PLATFORM_ID:
  case MSR_MICROCODE: *value = 0; return true;
  default: return cpu->read_msr(cpu->board, number, value);
  }
}

// LME and LMA stay as they are: there is no way out of long mode here.
static bool write_efer(struct x86_cpu *cpu, uint64_t value) {
  const uint64_t fixed = EFER_LME | EFER_LMA;
  if ((value & ~(fixed | EFER_SCE | EFER_NXE)) || !(value & EFER_LME))
    return false;
  cpu->efer = fixed | value;
  tlb_flush(&cpu->tlb_set);
  return true;
}

bool x86_write_msr(struct x86_cpu *cpu, uint32_t number, uint64_t value) {
  uint64_t *stored = storage(cpu, number);
  if (stored) {
    if (holds_address(number) && !x86_canonical(value))
      return false;
    *stored = value;
    return true;
  }
  switch (number) {
  case MSR_TSC: cpu->tsc_offset = value - cpu->read_tsc(cpu->board); return true;
  case MSR_EFER: return write_efer(cpu, value);
  case MSR_MICROCODE: return true;
  default: return cpu->write_msr(cpu->board, number, value);
  }
}
