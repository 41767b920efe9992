// Local APIC of one processor with its timer (SDM 3A, chapter 11), xAPIC mode.
#ifndef DEVICE_LOCAL_APIC_H
#define DEVICE_LOCAL_APIC_H

#include "memory/bus.h"

#include <stdbool.h>
#include <stdint.h>

enum { APIC_VECTOR_WORDS = 8, APIC_LVT_ENTRIES = 6 };
#define LOCAL_APIC_BASE UINT64_C(0xfee00000)
#define APIC_NEVER UINT64_MAX

struct local_apic {
  uint32_t requested[APIC_VECTOR_WORDS], in_service[APIC_VECTOR_WORDS], level_triggered[APIC_VECTOR_WORDS];
  uint32_t id, task_priority, logical_id, destination_format, spurious, error, command[2];
  uint32_t vectors[APIC_LVT_ENTRIES]; // timer, thermal, performance, LINT0, LINT1, error
  uint32_t initial_count, divide;
  uint64_t deadline;      // of the timer in TSC units, or APIC_NEVER
  uint32_t tsc_per_count; // of the timer's input clock
  // The board's side. All must be set.
  void *owner;
  uint64_t (*read_tsc)(void *owner);
  void (*output)(void *owner, bool pending);              // an interrupt waits for the processor
  void (*nonmaskable)(void *owner);                       // and one that cannot be masked
  void (*end_of_interrupt)(void *owner, unsigned vector); // of a level-triggered one
  void (*timer_changed)(void *owner);                     // the deadline is another
};

bool local_apic_attach(struct local_apic *apic, struct bus *bus);
void local_apic_raise(struct local_apic *apic, unsigned vector, bool level);
// The vector the processor is to serve now.
unsigned local_apic_acknowledge(struct local_apic *apic);
// The deadline has passed.
void local_apic_timer(struct local_apic *apic);
void local_apic_set_task_priority(struct local_apic *apic, uint32_t priority);
// IA32_TSC_DEADLINE
uint64_t local_apic_deadline(const struct local_apic *apic);
void local_apic_set_deadline(struct local_apic *apic, uint64_t tsc);

#endif
