// What riscv-arch-test wants to know of its target, for a program of Linux in user mode that writes its signature to
// standard output.
#ifndef MODEL_TEST_H
#define MODEL_TEST_H

#define RVMODEL_BOOT
#define RVMODEL_HALT                                                                                                   \
  li a0, 1;                                                                                                            \
  la a1, begin_signature;                                                                                              \
  la a2, end_signature;                                                                                                \
  sub a2, a2, a1;                                                                                                      \
  li a7, 64;                                                                                                           \
  ecall;                                                                                                               \
  li a0, 0;                                                                                                            \
  li a7, 93;                                                                                                           \
  ecall

#define RVMODEL_DATA_BEGIN                                                                                             \
  .align 4;                                                                                                            \
  .globl begin_signature;                                                                                              \
  begin_signature:
#define RVMODEL_DATA_END                                                                                               \
  .align 4;                                                                                                            \
  .globl end_signature;                                                                                                \
  end_signature:
#define RVMODEL_DATA_SECTION

#define RVMODEL_IO_INIT
#define RVMODEL_IO_WRITE_STR(register, text)
#define RVMODEL_IO_CHECK()
#define RVMODEL_IO_ASSERT_GPR_EQ(save, register, value)
#define RVMODEL_IO_ASSERT_SFPR_EQ(register, value, saved)
#define RVMODEL_IO_ASSERT_DFPR_EQ(register, value, saved)
#define RVMODEL_SET_MSW_INT
#define RVMODEL_CLEAR_MSW_INT
#define RVMODEL_CLEAR_MTIMER_INT
#define RVMODEL_CLEAR_MEXT_INT

#endif
