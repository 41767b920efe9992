// Runs a case on the emulator.
#include "cpu/x86_64/execute/execute.h"
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/float/x87_image.h"
#include "cpu/x86_64/system/privilege.h"
#include "fixture.h"
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RAM_SIZE = 1 << 21, KERNEL_BASE = 0x20000000, DATA = 0x20000, CODE = 0x30000 };

static struct fixture fixture;
static struct x86_cpu *const cpu = &fixture.cpu;
uint8_t *machine_data;

void machine_init(void) {
  fixture_init(&fixture, RAM_SIZE, KERNEL_BASE);
  fixture_reset(&fixture, PTE_P | PTE_W, 3);
  for (uint64_t page = 0; page < DATA_SIZE; page += PAGE_SIZE) {
    const uint64_t rights = PTE_XD | PTE_P | PTE_U | (page < DATA_WRITABLE ? PTE_W : 0);
    fixture_map(&fixture, DATA_BASE + page, (DATA + page) | rights);
  }
  fixture_map(&fixture, CODE_BASE, CODE | PTE_P | PTE_W | PTE_U);
  cpu->segment_bases[SEG_GS] = GS_BASE;
  machine_data = fixture.ram.host + DATA;
}

uint8_t *machine_code(void) {
  return ram_write_at(&fixture.ram, CODE, CODE_SIZE);
}

static void load(const struct state *state) {
  memcpy(cpu->r, state->r, sizeof cpu->r);
  cpu->rip = state->rip;
  x86_set_flags(cpu, state->flags);
  cpu->rflags = (state->flags & ~FLAGS_ARITHMETIC & ~FLAG_ONE) | FLAG_IF;
  if (state->code == CODE_LONG)
    fixture_to_user(&fixture);
  else
    fixture_to_user_32(&fixture);
  if (state->code == CODE_32_SEGMENTS) {
    cpu->segment_bases[SEG_DS] = DS_BASE;
    cpu->segment_bases[SEG_ES] = ES_BASE;
    x86_set_privilege(cpu, 3);
  }
  x86_fxrstor_image(cpu, true, state->fxsave);
}

static void store(struct state *state) {
  memcpy(state->r, cpu->r, sizeof cpu->r);
  x86_fxsave_image(cpu, true, state->fxsave);
}

void machine_run(const struct state *before, struct state *after) {
  uint64_t frame[6];
  *after = *before;
  load(before);
  enum x86_exit reason;
  unsigned rounds = 0;
  do {
    reason = x86_run(cpu, 1000);
  } while (reason == X86_EXIT_BUDGET && ++rounds < 1000);
  if (reason != X86_EXIT_WAIT) {
    fprintf(stderr, "emulator did not stop in a handler: exit %d, rip %#llx\n", (int)reason,
            (unsigned long long)cpu->rip);
    abort();
  }
  const bool has_error = cpu->r[RSP] == KERNEL_BASE + FIXTURE_INTERRUPT_STACK - sizeof frame;
  const uint8_t *stack = fixture.ram.host + (cpu->r[RSP] - KERNEL_BASE);
  memset(frame, 0, sizeof frame);
  memcpy(frame + !has_error, stack, sizeof frame - (has_error ? 0 : 8));
  store(after);
  after->vector = fixture_vector(&fixture);
  after->error = (uint32_t)frame[0];
  after->fault_address = cpu->cr2;
  after->rip = frame[1];
  after->flags = frame[3];
  after->r[RSP] = frame[4];
}
