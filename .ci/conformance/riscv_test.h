// What riscv-tests want of their environment, for a program of Linux in user mode: its exit status is 0, or the number of
// the case that failed. Such programs need no machine mode; they run on the bare CPU (engine/test/run_user.c) and as
// programs of a guest.
#ifndef RISCV_TEST_H
#define RISCV_TEST_H

#define RVTEST_RV64U
#define RVTEST_RV64UF
#define TESTNUM gp
#define EXTRA_DATA

#define RVTEST_CODE_BEGIN                                                                                              \
  .text;                                                                                                               \
  .globl _start;                                                                                                       \
  _start: csrwi fcsr, 0;                                                                                              \
  li TESTNUM, 0;
#define RVTEST_CODE_END ebreak

#define RVTEST_EXIT                                                                                                    \
  li a7, 93;                                                                                                           \
  ecall
#define RVTEST_PASS                                                                                                    \
  li a0, 0;                                                                                                            \
  RVTEST_EXIT
#define RVTEST_FAIL                                                                                                    \
  mv a0, TESTNUM;                                                                                                      \
  RVTEST_EXIT

#define RVTEST_DATA_BEGIN .align 4;
#define RVTEST_DATA_END .align 4;

#endif
