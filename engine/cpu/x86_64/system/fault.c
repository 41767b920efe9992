#include "fault.h"

bool x86_raise(struct x86_cpu *cpu, enum x86_vector vector, uint32_t error) {
  cpu->fault_vector = vector;
  cpu->fault_error = error;
  cpu->fault_noncanonical = false;
  return false;
}
