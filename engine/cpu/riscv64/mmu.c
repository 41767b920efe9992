// Sv39 (privileged specification 12.3, 12.4) and the slow paths of memory access: TLB misses, page crossings, devices.
//
//   a page-table entry
//    63        54 53                      10 9 8  7 6 5 4 3 2 1 0
//   | reserved, 0 |  physical page number   |RSW| D A G U X W R V |
#include "mmu.h"

#include <string.h>

enum {
  PTE_V = 1 << 0,
  PTE_R = 1 << 1,
  PTE_W = 1 << 2,
  PTE_X = 1 << 3,
  PTE_U = 1 << 4,
  PTE_A = 1 << 6,
  PTE_D = 1 << 7,
  PTE_PPN_SHIFT = 10,
  LEVELS = 3,
  LEVEL_BITS = 9
};
#define PTE_RESERVED (UINT64_C(0x3ff) << 54)
#define SATP_MODE_SHIFT 60
#define SATP_PPN_MASK ((UINT64_C(1) << 44) - 1)

// A look is a fetch that changes nothing and raises nothing: it fails where a fetch would do so.
enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH, ACCESS_LOOK };

static const enum riscv_exception PAGE_FAULT[] = {EXC_LOAD_PAGE, EXC_STORE_PAGE, EXC_FETCH_PAGE};
static const enum riscv_exception ACCESS_FAULT[] = {EXC_LOAD_ACCESS, EXC_STORE_ACCESS, EXC_FETCH_ACCESS};

static bool permitted(const struct riscv_cpu *cpu, uint64_t pte, enum access access) {
  if (cpu->mode == MODE_USER ? !(pte & PTE_U) : (pte & PTE_U) != 0) {
    // Supervisor mode may touch user pages with SUM set, but never execute them.
    if (cpu->mode == MODE_USER || access >= ACCESS_FETCH || !(cpu->sstatus & SSTATUS_SUM))
      return false;
  }
  switch (access) {
  case ACCESS_READ: return (pte & PTE_R) || ((pte & PTE_X) && (cpu->sstatus & SSTATUS_MXR));
  case ACCESS_WRITE: return (pte & PTE_W) != 0;
  default: return (pte & PTE_X) != 0;
  }
}

static bool fault(struct riscv_cpu *cpu, const enum riscv_exception *causes, enum access access, uint64_t address) {
  return access != ACCESS_LOOK && riscv_fault(cpu, causes[access], address);
}

// Sets the accessed and dirty bits as the translation of 12.3.2, step 9, demands. False: a look may not.
static bool mark_used(struct riscv_cpu *cpu, uint64_t pte_address, uint64_t pte, enum access access) {
  const uint64_t marked = pte | PTE_A | (access == ACCESS_WRITE ? PTE_D : 0);
  if (marked == pte || access == ACCESS_LOOK)
    return marked == pte;
  uint8_t *entry = ram_write_at(cpu->ram, pte_address, sizeof marked);
  if (entry)
    memcpy(entry, &marked, sizeof marked);
  return true;
}

static bool translate(struct riscv_cpu *cpu, uint64_t address, enum access access, struct tlb_page *page) {
  *page = (struct tlb_page){.physical = address};
  if (cpu->satp >> SATP_MODE_SHIFT == 0)
    return true;
  if ((uint64_t)((int64_t)(address << 25) >> 25) != address)
    return fault(cpu, PAGE_FAULT, access, address);
  uint64_t table = (cpu->satp & SATP_PPN_MASK) << PAGE_BITS;
  for (int level = LEVELS - 1; level >= 0; level--) {
    const unsigned shift = PAGE_BITS + (unsigned)level * LEVEL_BITS;
    const uint64_t pte_address = table + (address >> shift & 511) * 8;
    const uint8_t *entry = ram_read_at(cpu->ram, pte_address, 8);
    if (!entry)
      return fault(cpu, ACCESS_FAULT, access, address);
    uint64_t pte;
    memcpy(&pte, entry, sizeof pte);
    if (!(pte & PTE_V) || (pte & (PTE_R | PTE_W)) == PTE_W || (pte & PTE_RESERVED))
      break;
    const uint64_t frame = (pte >> PTE_PPN_SHIFT) << PAGE_BITS;
    if (!(pte & (PTE_R | PTE_X))) {
      if (pte & (PTE_A | PTE_D | PTE_U)) // reserved in pointers
        break;
      table = frame;
      continue;
    }
    const uint64_t inside = ((uint64_t)1 << shift) - 1;
    if (!permitted(cpu, pte, access) || (frame & inside & TLB_PAGE_MASK))
      break;
    if (!mark_used(cpu, pte_address, pte, access))
      return false;
    *page = (struct tlb_page){.physical = frame | (address & inside), .large = level > 0};
    return true;
  }
  return fault(cpu, PAGE_FAULT, access, address);
}

// Translates for `size` bytes of one page, and fills the TLB if that is RAM and, for a write, has no code. `*host` is
// NULL for a device.
static bool resolve(struct riscv_cpu *cpu, uint64_t address, unsigned size, enum access access, uint64_t *physical,
                    uint8_t **host) {
  struct tlb_page translated;
  if (!translate(cpu, address, access, &translated))
    return false;
  *physical = translated.physical;
  *host = access == ACCESS_WRITE ? ram_write_at(cpu->ram, *physical, size)
                                 : (uint8_t *)ram_read_at(cpu->ram, *physical, size);
  if (*host && (access != ACCESS_WRITE || !ram_has_code(cpu->ram, *physical)))
    tlb_fill(&cpu->tlb_set, cpu->tlb, access == ACCESS_WRITE ? TLB_WRITE : TLB_READ, address, &translated,
             (uintptr_t)*host - (uintptr_t)address);
  return true;
}

static bool crosses_page(uint64_t address, unsigned size) {
  return (address & (PAGE_SIZE - 1)) + size > PAGE_SIZE;
}

// Byte-wise access across two pages: both are translated before anything is read or written.
static bool resolve_two(struct riscv_cpu *cpu, uint64_t address, unsigned size, enum access access, uint8_t **first,
                        uint8_t **second) {
  const uint64_t next_page = (address + size) & TLB_PAGE_MASK;
  const unsigned before = (unsigned)(next_page - address);
  uint64_t physical;
  if (!resolve(cpu, address, before, access, &physical, first) ||
      !resolve(cpu, next_page, size - before, access, &physical, second))
    return false;
  if (!*first || !*second)
    return riscv_fault(cpu, ACCESS_FAULT[access], *first ? next_page : address);
  return true;
}

bool riscv_load(struct riscv_cpu *cpu, uint64_t address, unsigned size, uint64_t *value) {
  uint64_t physical;
  uint8_t *host, *second;
  *value = 0;
  if (crosses_page(address, size)) {
    if (!resolve_two(cpu, address, size, ACCESS_READ, &host, &second))
      return false;
    const unsigned before = PAGE_SIZE - (unsigned)(address & (PAGE_SIZE - 1));
    memcpy(value, host, before);
    memcpy((uint8_t *)value + before, second, size - before);
    return true;
  }
  if (!resolve(cpu, address, size, ACCESS_READ, &physical, &host))
    return false;
  if (host)
    memcpy(value, host, size);
  else if (!bus_read(cpu->bus, physical, size, value))
    return riscv_fault(cpu, EXC_LOAD_ACCESS, address);
  return true;
}

bool riscv_store(struct riscv_cpu *cpu, uint64_t address, unsigned size, uint64_t value) {
  uint64_t physical;
  uint8_t *host, *second;
  if (crosses_page(address, size)) {
    if (!resolve_two(cpu, address, size, ACCESS_WRITE, &host, &second))
      return false;
    const unsigned before = PAGE_SIZE - (unsigned)(address & (PAGE_SIZE - 1));
    memcpy(host, &value, before);
    memcpy(second, (const uint8_t *)&value + before, size - before);
    return true;
  }
  if (!resolve(cpu, address, size, ACCESS_WRITE, &physical, &host))
    return false;
  if (host)
    memcpy(host, &value, size);
  else if (!bus_write(cpu->bus, physical, size, value))
    return riscv_fault(cpu, EXC_STORE_ACCESS, address);
  return true;
}

uint8_t *riscv_atomic_at(struct riscv_cpu *cpu, uint64_t address, bool write) {
  const enum access access = write ? ACCESS_WRITE : ACCESS_READ;
  const struct tlb_entry *entry = &(write ? cpu->tlb->write : cpu->tlb->read)[tlb_index(address)];
  if (entry->page == (address & TLB_PAGE_MASK))
    return (uint8_t *)(entry->addend + (uintptr_t)address);
  uint64_t physical;
  uint8_t *host;
  if (!resolve(cpu, address, 8 - (unsigned)(address & 7), access, &physical, &host)) // 8 or 4 bytes, aligned
    return NULL;
  if (!host)
    riscv_fault(cpu, ACCESS_FAULT[access], address); // devices have no atomics
  return host;
}

bool riscv_translate_fetch(struct riscv_cpu *cpu, uint64_t address, struct tlb_page *page) {
  if (!translate(cpu, address, ACCESS_FETCH, page))
    return false;
  if (!ram_contains(cpu->ram, page->physical & TLB_PAGE_MASK, PAGE_SIZE))
    return riscv_fault(cpu, EXC_FETCH_ACCESS, address);
  return true;
}

bool riscv_look_fetch(struct riscv_cpu *cpu, uint64_t address, struct tlb_page *page) {
  return translate(cpu, address, ACCESS_LOOK, page) &&
         ram_contains(cpu->ram, page->physical & TLB_PAGE_MASK, PAGE_SIZE);
}
