// The compiler has no way to name a data segment by its index, so each read is one function here.

	.macro segment_read name, segment
	.section .text.\name,"",@
	.globl	\name
	.type	\name,@function
\name:
	.functype \name (i32, i32, i32) -> ()
	local.get	0
	local.get	1
	local.get	2
	memory.init	\segment, 0
	end_function
	.endm

	segment_read header_segment_read, 16
	segment_read launch_segment_read, 17
	segment_read frames_segment_read, 18

	.section .rodata.parts,"",@
	.globl	kernel_start
	.globl	kernel_end
	.globl	packed_kernel_start
	.globl	packed_kernel_end
	.globl	initramfs_start
	.globl	initramfs_end
	.p2align 4
kernel_start:
	.incbin KERNEL
	.size kernel_start, . - kernel_start
kernel_end:
	.int8 0
	.size kernel_end, 1
	.p2align 4
packed_kernel_start:
	.incbin PACKED_KERNEL
	.size packed_kernel_start, . - packed_kernel_start
packed_kernel_end:
	.int8 0
	.size packed_kernel_end, 1
	.p2align 4
initramfs_start:
	.incbin INITRAMFS
	.size initramfs_start, . - initramfs_start
initramfs_end:
	.int8 0
	.size initramfs_end, 1
