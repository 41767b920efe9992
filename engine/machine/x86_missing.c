// Why a program got SIGILL. An undefined instruction alone says nothing: programs try some and catch the signal. Linux
// writes a line when nobody does (arch/x86/kernel/traps.c, show_signal), and the processor knows what is at its
// address:
//
//   traps: NAME[PID] trap invalid opcode ip:ADDRESS sp:...
#include "machine/x86_missing.h"

#include "cpu/x86_64/decode/missing.h"
#include "machine/report.h"
#include "machine/x86_board.h"

#include <stdlib.h>
#include <string.h>

void x86_kernel_said(void *owner, const char *line) {
  static const char BEGIN[] = "traps: ", CAUSE[] = " trap invalid opcode ip:";
  const struct x86_cpu *cpu = &((const struct x86_board *)owner)->cpu;
  const char *program = strstr(line, BEGIN);
  const char *cause = program ? strstr(program, CAUSE) : NULL;
  if (!cause || cpu->missing == MISSING_NONE || strtoull(cause + sizeof CAUSE - 1, NULL, 16) != cpu->missing_rip)
    return;
  const struct x86_missing_set *set = x86_missing_set(cpu->missing);
  program += sizeof BEGIN - 1;
  report("%.*s: illegal instruction: it is one of %s and needs %s; this machine is x86-64-v2", (int)(cause - program),
         program, set->name, set->needs);
}
