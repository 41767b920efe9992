// Runs a case on the processor of the host. A UD2 raises SIGILL; its handler replaces the interrupted registers by the
// case's, so that returning from the signal starts it. The case ends in another signal, whose handler takes the
// registers and brings the interrupted ones back. One thread, nothing asynchronous.
#include "state.h"

#include <asm/ldt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

uint8_t *const native_data = (uint8_t *)DATA_BASE, *const native_code = (uint8_t *)CODE_BASE;

// Linux's segments for 32-bit code and for data, and those made here.
enum { USER_32 = 0x23, USER_DATA = 0x2b, LOCAL_GS = 0, LOCAL_DS, LOCAL_ES };
#define LOCAL(number) ((number) << 3 | 7)

static const struct state *starting; // not NULL: the next signal starts the case
static struct state *result;
static gregset_t interrupted;
static uint8_t interrupted_fpu[512];

// Order of enum x86_register.
static const int GREGS[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                              REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
// Behind the legacy area of an XSAVE image: which parts are not in their initial state.
enum { XSTATE_BV = 512, XSTATE_LEGACY = 3, FXSAVE_USED = 464 };

static void load_fpu(ucontext_t *context, const uint8_t *image) {
  uint8_t *fpu = (uint8_t *)context->uc_mcontext.fpregs;
  memcpy(fpu, image, FXSAVE_USED);
  fpu[XSTATE_BV] |= XSTATE_LEGACY;
}

// They mean nothing to 64-bit code, and no signal changes them.
static void load_data_segments(bool based) {
  const uint16_t ds = based ? LOCAL(LOCAL_DS) : USER_DATA, es = based ? LOCAL(LOCAL_ES) : USER_DATA;
  __asm__ volatile("movw %0, %%ds; movw %1, %%es" ::"r"(ds), "r"(es));
}

static void start(ucontext_t *context) {
  greg_t *gregs = context->uc_mcontext.gregs;
  memcpy(interrupted, gregs, sizeof interrupted);
  memcpy(interrupted_fpu, context->uc_mcontext.fpregs, FXSAVE_USED);
  for (unsigned i = 0; i < 16; i++)
    gregs[GREGS[i]] = (greg_t)starting->r[i];
  gregs[REG_RIP] = (greg_t)starting->rip;
  if (starting->code != CODE_LONG)
    gregs[REG_CSGSFS] = (gregs[REG_CSGSFS] & ~(greg_t)0xffff) | USER_32;
  load_data_segments(starting->code == CODE_32_SEGMENTS);
  gregs[REG_EFL] = (greg_t)starting->flags;
  load_fpu(context, starting->fxsave);
  starting = NULL;
}

static void finish(ucontext_t *context) {
  greg_t *gregs = context->uc_mcontext.gregs;
  for (unsigned i = 0; i < 16; i++)
    result->r[i] = (uint64_t)gregs[GREGS[i]];
  result->rip = (uint64_t)gregs[REG_RIP];
  result->flags = (uint64_t)gregs[REG_EFL];
  result->vector = (uint32_t)gregs[REG_TRAPNO];
  result->error = (uint32_t)gregs[REG_ERR];
  result->fault_address = (uint64_t)gregs[REG_CR2];
  memcpy(result->fxsave, context->uc_mcontext.fpregs, FXSAVE_USED);
  memcpy(gregs, interrupted, sizeof interrupted);
  load_fpu(context, interrupted_fpu);
  gregs[REG_RIP] += 2; // behind the UD2 of native_run
}

// What POPF may have set. These flags outlive a signal's return, and AC would trouble this program.
static void clear_flags(void) {
  __asm__ volatile("leaq -128(%%rsp), %%rsp; pushfq; andl $~0x244000, (%%rsp); popfq; leaq 128(%%rsp), %%rsp" ::
                       : "memory", "cc");
}

static void on_signal(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)info;
  clear_flags();
  if (starting)
    start(context);
  else
    finish(context);
}

// A segment of the local descriptor table: 32-bit code needs a selector for a base.
static void make_segment(unsigned number, uint32_t base) {
  struct user_desc segment = {
      .entry_number = number, .base_addr = base, .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1, .useable = 1};
  if (syscall(SYS_modify_ldt, 1, &segment, sizeof segment) != 0) {
    perror("modify_ldt");
    exit(1);
  }
}

static void map(uint64_t address, size_t size, int protection) {
  void *wanted = (void *)(uintptr_t)address;
  if (mmap(wanted, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != wanted) {
    perror("mmap");
    exit(1);
  }
}

void native_init(void) {
  static uint8_t stack[65536];
  const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  const int signals[] = {SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGTRAP};
  map(DATA_BASE, DATA_SIZE, PROT_READ | PROT_WRITE);
  memset(native_data, 0, DATA_SIZE);
  mprotect(native_data + DATA_WRITABLE, DATA_SIZE - DATA_WRITABLE, PROT_READ);
  map(CODE_BASE, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
  sigaltstack(&alternate, NULL);
  for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
    sigaction(signals[i], &action, NULL);
  clear_flags();
  make_segment(LOCAL_GS, GS_BASE);
  make_segment(LOCAL_DS, DS_BASE);
  make_segment(LOCAL_ES, ES_BASE);
  __asm__ volatile("movw %0, %%gs" ::"r"((uint16_t)LOCAL(LOCAL_GS)));
}

void native_run(const struct state *before, struct state *after) {
  starting = before;
  result = after;
  __asm__ volatile("ud2" ::: "memory");
}
