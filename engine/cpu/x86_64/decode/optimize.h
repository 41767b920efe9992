// What is known about straight-line code before it runs.
#ifndef CPU_X86_64_DECODE_OPTIMIZE_H
#define CPU_X86_64_DECODE_OPTIMIZE_H

#include "run.h"

// Makes a comparison and the conditional jump behind it one op; the jump is the last op. False if they do not fit.
bool x86_fuse(struct x86_run *run);
// Does the run's last op write all flags? Then those of the ops before it are of no use behind it.
bool x86_ends_with_flags(const struct x86_run *run);
// Ops whose flags nobody can see any more become ops that do not note them.
void x86_drop_dead_flags(struct x86_run *run);

#endif
