// x86-64: program entry and the system call instruction (System V ABI, appendix A.2).
#ifndef INIT_ARCH_H
#define INIT_ARCH_H

static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

// A call leaves the stack as the ABI wants it at a function's first instruction.
#define PROGRAM_ENTRY(function)                                                                                        \
  __asm__(".globl _start\n"                                                                                            \
          "_start:\n"                                                                                                  \
          "xor %ebp, %ebp\n"                                                                                           \
          "and $-16, %rsp\n"                                                                                           \
          "call " #function "\n"                                                                                       \
          "hlt\n")

#endif
