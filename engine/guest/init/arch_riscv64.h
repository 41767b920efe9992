// riscv64: program entry and the system call instruction (RISC-V ELF psABI; Linux's riscv system call ABI).
#ifndef INIT_ARCH_H
#define INIT_ARCH_H

static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d;
  register long a4 __asm__("a4") = e;
  register long a5 __asm__("a5") = f;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
  return a0;
}

// The linker relaxes accesses to small data against gp, so it must be set before the first of them.
#define PROGRAM_ENTRY(function)                                                                                        \
  __asm__(".globl _start\n"                                                                                            \
          "_start:\n"                                                                                                  \
          ".option push\n"                                                                                             \
          ".option norelax\n"                                                                                          \
          "la gp, __global_pointer$\n"                                                                                 \
          ".option pop\n"                                                                                              \
          "andi sp, sp, -16\n"                                                                                         \
          "tail " #function "\n")

#endif
