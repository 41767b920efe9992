#include "device/local_apic.h"

enum {
  REGISTER_ID = 0x20,
  REGISTER_VERSION = 0x30,
  REGISTER_TASK_PRIORITY = 0x80,
  REGISTER_PROCESSOR_PRIORITY = 0xa0,
  REGISTER_EOI = 0xb0,
  REGISTER_LOGICAL_ID = 0xd0,
  REGISTER_DESTINATION_FORMAT = 0xe0,
  REGISTER_SPURIOUS = 0xf0,
  REGISTER_IN_SERVICE = 0x100,
  REGISTER_LEVEL = 0x180,
  REGISTER_REQUESTED = 0x200,
  REGISTER_ERROR = 0x280,
  REGISTER_COMMAND = 0x300,
  REGISTER_COMMAND_HIGH = 0x310,
  REGISTER_LVT = 0x320,
  REGISTER_LVT_END = 0x370,
  REGISTER_INITIAL_COUNT = 0x380,
  REGISTER_CURRENT_COUNT = 0x390,
  REGISTER_DIVIDE = 0x3e0,
  SIZE = 0x1000
};
enum { VERSION = 0x00050014, APIC_ENABLED = 0x100, SPURIOUS_AT_RESET = 0xff };
enum { LVT_TIMER = 0, LVT_MASKED = 1 << 16, TIMER_MODE_SHIFT = 17 };
enum timer_mode { TIMER_ONE_SHOT, TIMER_PERIODIC, TIMER_DEADLINE };
// Interrupt command: delivery mode, destination shorthand.
enum { DELIVERY_SHIFT = 8, DELIVERY_FIXED = 0, DELIVERY_NMI = 4, SHORTHAND_SHIFT = 18, TO_NOBODY_ELSE = 1, TO_ALL = 2 };

static bool test(const uint32_t *words, unsigned vector) {
  return words[vector / 32] >> vector % 32 & 1;
}

static void set(uint32_t *words, unsigned vector, bool value) {
  const uint32_t bit = UINT32_C(1) << vector % 32;
  words[vector / 32] = value ? words[vector / 32] | bit : words[vector / 32] & ~bit;
}

// 0 if there is none: vectors below 16 are never requested.
static unsigned highest(const uint32_t *words) {
  for (unsigned word = APIC_VECTOR_WORDS; word-- > 0;) {
    if (words[word])
      return word * 32 + 31 - (unsigned)__builtin_clz(words[word]);
  }
  return 0;
}

// The class (upper four bits) that an interrupt must be above (11.8.3.1).
static uint32_t processor_priority(const struct local_apic *apic) {
  const uint32_t serving = highest(apic->in_service) & 0xf0;
  return serving > (apic->task_priority & 0xf0) ? serving : apic->task_priority;
}

static bool deliverable(const struct local_apic *apic) {
  return (highest(apic->requested) & 0xf0) > (processor_priority(apic) & 0xf0);
}

static void update(struct local_apic *apic) {
  apic->output(apic->owner, deliverable(apic));
}

void local_apic_raise(struct local_apic *apic, unsigned vector, bool level) {
  if (!(apic->spurious & APIC_ENABLED) || vector < 16)
    return;
  set(apic->requested, vector, true);
  set(apic->level_triggered, vector, level);
  update(apic);
}

unsigned local_apic_acknowledge(struct local_apic *apic) {
  if (!deliverable(apic))
    return apic->spurious & 0xff;
  const unsigned vector = highest(apic->requested);
  set(apic->requested, vector, false);
  set(apic->in_service, vector, true);
  update(apic);
  return vector;
}

static void end_of_interrupt(struct local_apic *apic) {
  const unsigned vector = highest(apic->in_service);
  if (!vector)
    return;
  set(apic->in_service, vector, false);
  if (test(apic->level_triggered, vector))
    apic->end_of_interrupt(apic->owner, vector);
  update(apic);
}

void local_apic_set_task_priority(struct local_apic *apic, uint32_t priority) {
  apic->task_priority = priority;
  update(apic);
}

static enum timer_mode timer_mode(const struct local_apic *apic) {
  return (enum timer_mode)(apic->vectors[LVT_TIMER] >> TIMER_MODE_SHIFT & 3);
}

static uint64_t divisor(const struct local_apic *apic) {
  const unsigned code = (apic->divide & 3) | (apic->divide >> 1 & 4);
  return code == 7 ? 1 : UINT64_C(2) << code;
}

static uint64_t period(const struct local_apic *apic) {
  return apic->initial_count * divisor(apic) * apic->tsc_per_count;
}

static void start_count(struct local_apic *apic) {
  if (timer_mode(apic) == TIMER_DEADLINE)
    return;
  apic->deadline = apic->initial_count ? apic->read_tsc(apic->owner) + period(apic) : APIC_NEVER;
  apic->timer_changed(apic->owner);
}

static uint32_t current_count(const struct local_apic *apic) {
  const uint64_t now = apic->read_tsc(apic->owner);
  if (timer_mode(apic) == TIMER_DEADLINE || apic->deadline == APIC_NEVER || now >= apic->deadline)
    return 0;
  return (uint32_t)((apic->deadline - now) / (divisor(apic) * apic->tsc_per_count));
}

void local_apic_timer(struct local_apic *apic) {
  const bool periodic = timer_mode(apic) == TIMER_PERIODIC && apic->initial_count;
  apic->deadline = periodic ? apic->deadline + period(apic) : APIC_NEVER;
  apic->timer_changed(apic->owner);
  if (!(apic->vectors[LVT_TIMER] & LVT_MASKED))
    local_apic_raise(apic, apic->vectors[LVT_TIMER] & 0xff, false);
}

uint64_t local_apic_deadline(const struct local_apic *apic) {
  return timer_mode(apic) == TIMER_DEADLINE && apic->deadline != APIC_NEVER ? apic->deadline : 0;
}

void local_apic_set_deadline(struct local_apic *apic, uint64_t tsc) {
  if (timer_mode(apic) != TIMER_DEADLINE)
    return;
  apic->deadline = tsc ? tsc : APIC_NEVER;
  apic->timer_changed(apic->owner);
}

// One processor: every destination but "all others" and another id is itself.
static void send(struct local_apic *apic) {
  const uint32_t command = apic->command[0], shorthand = command >> SHORTHAND_SHIFT & 3;
  const uint32_t destination = apic->command[1] >> 24, own = apic->id >> 24;
  const bool named = shorthand == 0 && (destination == own || destination == 0xff);
  if (!named && shorthand != TO_NOBODY_ELSE && shorthand != TO_ALL)
    return;
  switch (command >> DELIVERY_SHIFT & 7) {
  case DELIVERY_FIXED: local_apic_raise(apic, command & 0xff, false); break;
  case DELIVERY_NMI: apic->nonmaskable(apic->owner); break;
  default: break;
  }
}

static void write_lvt(struct local_apic *apic, unsigned entry, uint32_t value) {
  const enum timer_mode before = timer_mode(apic);
  apic->vectors[entry] = value;
  if (entry == LVT_TIMER && timer_mode(apic) != before) {
    apic->deadline = APIC_NEVER;
    apic->timer_changed(apic->owner);
  }
}

static uint64_t read_register(void *device, uint64_t offset, unsigned size) {
  (void)size;
  const struct local_apic *apic = device;
  if (offset >= REGISTER_IN_SERVICE && offset < REGISTER_ERROR) {
    const uint32_t *words = offset < REGISTER_LEVEL       ? apic->in_service
                            : offset < REGISTER_REQUESTED ? apic->level_triggered
                                                          : apic->requested;
    return words[offset >> 4 & 7];
  }
  if (offset >= REGISTER_LVT && offset <= REGISTER_LVT_END)
    return apic->vectors[(offset - REGISTER_LVT) >> 4];
  switch (offset) {
  case REGISTER_ID: return apic->id;
  case REGISTER_VERSION: return VERSION;
  case REGISTER_TASK_PRIORITY: return apic->task_priority;
  case REGISTER_PROCESSOR_PRIORITY: return processor_priority(apic);
  case REGISTER_LOGICAL_ID: return apic->logical_id;
  case REGISTER_DESTINATION_FORMAT: return apic->destination_format;
  case REGISTER_SPURIOUS: return apic->spurious;
  case REGISTER_COMMAND: return apic->command[0];
  case REGISTER_COMMAND_HIGH: return apic->command[1];
  case REGISTER_INITIAL_COUNT: return apic->initial_count;
  case REGISTER_CURRENT_COUNT: return current_count(apic);
  case REGISTER_DIVIDE: return apic->divide;
  default: return 0;
  }
}

static void write_register(void *device, uint64_t offset, uint64_t wide, unsigned size) {
  (void)size;
  struct local_apic *apic = device;
  const uint32_t value = (uint32_t)wide;
  if (offset >= REGISTER_LVT && offset <= REGISTER_LVT_END) {
    write_lvt(apic, (unsigned)(offset - REGISTER_LVT) >> 4, value);
    return;
  }
  switch (offset) {
  case REGISTER_ID: apic->id = value; break;
  case REGISTER_TASK_PRIORITY: local_apic_set_task_priority(apic, value & 0xff); break;
  case REGISTER_EOI: end_of_interrupt(apic); break;
  case REGISTER_LOGICAL_ID: apic->logical_id = value & 0xff000000; break;
  case REGISTER_DESTINATION_FORMAT: apic->destination_format = value | 0x0fffffff; break;
  case REGISTER_SPURIOUS: apic->spurious = value; break;
  case REGISTER_COMMAND:
    apic->command[0] = value;
    send(apic);
    break;
  case REGISTER_COMMAND_HIGH: apic->command[1] = value; break;
  case REGISTER_INITIAL_COUNT:
    apic->initial_count = value;
    start_count(apic);
    break;
  case REGISTER_DIVIDE: apic->divide = value; break;
  default: break;
  }
}

bool local_apic_attach(struct local_apic *apic, struct bus *bus) {
  apic->spurious = SPURIOUS_AT_RESET;
  apic->destination_format = UINT32_MAX;
  apic->deadline = APIC_NEVER;
  for (unsigned i = 0; i < APIC_LVT_ENTRIES; i++)
    apic->vectors[i] = LVT_MASKED;
  return bus_attach(bus, &(struct mmio_region){LOCAL_APIC_BASE, SIZE, 4, 4, read_register, write_register, apic});
}
