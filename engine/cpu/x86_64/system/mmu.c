// Four-level paging (SDM 3A, 4.5 and 4.6) and the slow paths of memory access: TLB misses, page crossings, devices.
//
//   a page-table entry (of the lowest level; above it bit 7 says that the entry maps a large page)
//    63  62 52 51                       12 11 9 8 7 6 5 4 3 2 1 0
//   | XD | ign | physical address of frame | ign |G| |D|A| | |U|W|P|
#include "mmu.h"

#include "cpu/x86_64/cpu.h"
#include "debug.h"
#include "fault.h"

#include <string.h>

#define PTE_P UINT64_C(0x1)
#define PTE_W UINT64_C(0x2)
#define PTE_U UINT64_C(0x4)
#define PTE_A UINT64_C(0x20)
#define PTE_D UINT64_C(0x40)
#define PTE_LARGE UINT64_C(0x80)
#define PTE_G UINT64_C(0x100)
#define PTE_XD (UINT64_C(1) << 63)
// CPUID promises 40 bits of physical address; those above, and the low bits of a large page's address, are reserved.
#define PTE_FRAME UINT64_C(0x000000fffffff000)
#define PTE_RESERVED UINT64_C(0x000fff0000000000)
#define LARGE_RESERVED(shift) (((UINT64_C(1) << (shift)) - 1) & UINT64_C(0x000fffffffffe000))

enum { LEVELS = 4, LEVEL_BITS = 9 };

// Page-fault error code (SDM 3A, 4.7).
enum { ERROR_P = 1, ERROR_W = 2, ERROR_U = 4, ERROR_RSVD = 8, ERROR_I = 16 };

// A look is a fetch that changes nothing and raises nothing: it fails where a fetch would do so.
enum access { READ, WRITE, FETCH, LOOK };

static bool page_fault(struct x86_cpu *cpu, uint64_t address, enum access access, bool user, uint32_t cause) {
  if (access == LOOK)
    return false;
  uint32_t error = cause | (user ? ERROR_U : 0) | (access == WRITE ? ERROR_W : 0);
  if (access == FETCH && (cpu->efer & EFER_NXE))
    error |= ERROR_I;
  cpu->fault_address = address;
  return x86_raise(cpu, VECTOR_PF, error);
}

static bool permitted(const struct x86_cpu *cpu, uint64_t rights, bool xd, enum access access, bool user) {
  if (user && !(rights & PTE_U))
    return false;
  if (access == WRITE && !(rights & PTE_W) && (user || (cpu->cr0 & CR0_WP)))
    return false;
  return !(access >= FETCH && xd);
}

static void set_entry(struct x86_cpu *cpu, uint64_t address, uint64_t entry) {
  uint8_t *host = ram_write_at(cpu->ram, address, sizeof entry);
  if (host)
    memcpy(host, &entry, sizeof entry);
}

// Also for what reaches beyond 4 GiB in 32-bit code.
static bool noncanonical(struct x86_cpu *cpu) {
  x86_raise(cpu, VECTOR_GP, 0);
  cpu->fault_noncanonical = true;
  return false;
}

static bool reserved_bits(const struct x86_cpu *cpu, uint64_t entry, int level, unsigned shift) {
  if ((entry & PTE_RESERVED) || ((entry & PTE_XD) && !(cpu->efer & EFER_NXE)))
    return true;
  if (level == LEVELS - 1)
    return (entry & PTE_LARGE) != 0;
  return level > 0 && (entry & PTE_LARGE) && (entry & LARGE_RESERVED(shift));
}

// Accessed bits of the levels above are set on the way, as processors do; the leaf's with the access itself.
static bool translate(struct x86_cpu *cpu, uint64_t address, enum access access, bool user, struct tlb_page *page) {
  if (!x86_canonical(address))
    return access != LOOK && noncanonical(cpu);
  uint64_t table = cpu->cr3 & PTE_FRAME, rights = PTE_W | PTE_U;
  bool xd = false;
  for (int level = LEVELS - 1; level >= 0; level--) {
    const unsigned shift = PAGE_BITS + (unsigned)level * LEVEL_BITS;
    const uint64_t entry_address = table + (address >> shift & 511) * 8;
    const uint8_t *host = ram_read_at(cpu->ram, entry_address, 8);
    uint64_t entry = 0;
    if (host)
      memcpy(&entry, host, sizeof entry);
    if (!(entry & PTE_P))
      return page_fault(cpu, address, access, user, 0);
    if (reserved_bits(cpu, entry, level, shift))
      return page_fault(cpu, address, access, user, ERROR_P | ERROR_RSVD);
    rights &= entry;
    xd = xd || (entry & PTE_XD);
    const bool leaf = level == 0 || (entry & PTE_LARGE);
    if (leaf && !permitted(cpu, rights, xd, access, user))
      return page_fault(cpu, address, access, user, ERROR_P);
    const uint64_t marked = entry | PTE_A | (leaf && access == WRITE ? PTE_D : 0);
    if (marked != entry && access == LOOK)
      return false;
    if (marked != entry)
      set_entry(cpu, entry_address, marked);
    if (!leaf) {
      table = entry & PTE_FRAME;
      continue;
    }
    const uint64_t inside = (UINT64_C(1) << shift) - 1;
    *page = (struct tlb_page){.physical = (entry & PTE_FRAME & ~inside) | (address & inside),
                              .large = level > 0,
                              .global = (entry & PTE_G) && (cpu->cr4 & CR4_PGE)};
    return true;
  }
  return false;
}

// Translates for `size` bytes of one page, or for all of it (PAGE_SIZE), and fills the TLB if that is RAM and, for a
// write, has no code. `*host` is NULL for a device.
static bool resolve(struct x86_cpu *cpu, uint64_t address, unsigned size, enum access access, uint64_t *physical,
                    uint8_t **host) {
  struct tlb_page translated;
  if (!translate(cpu, address, access, cpu->mode == 3, &translated))
    return false;
  *physical = translated.physical;
  const uint64_t inside = size == PAGE_SIZE ? *physical & (PAGE_SIZE - 1) : 0;
  uint8_t *start = access == WRITE ? ram_write_at(cpu->ram, *physical - inside, size)
                                   : (uint8_t *)(uintptr_t)ram_read_at(cpu->ram, *physical - inside, size);
  *host = NULL;
  if (!start)
    return true;
  *host = start + inside;
  if (cpu->tlb != &cpu->empty_tlb && (access != WRITE || !ram_has_code(cpu->ram, *physical)))
    tlb_fill(&cpu->tlb_set, cpu->tlb, access == WRITE ? TLB_WRITE : TLB_READ, address, &translated,
             (uintptr_t)*host - (uintptr_t)address);
  return true;
}

static bool crosses_page(uint64_t address, unsigned size) {
  return (address & (PAGE_SIZE - 1)) + size > PAGE_SIZE;
}

// Physical memory without a device behind it reads as ones and forgets what is written, as on a PC.
static void read_device(struct x86_cpu *cpu, uint64_t physical, unsigned size, uint8_t *value) {
  uint64_t word;
  if (size > 8) {
    read_device(cpu, physical, 8, value);
    read_device(cpu, physical + 8, size - 8, value + 8);
    return;
  }
  if (!bus_read(cpu->bus, physical, size, &word))
    word = UINT64_MAX;
  memcpy(value, &word, size);
}

static void write_device(struct x86_cpu *cpu, uint64_t physical, unsigned size, const uint8_t *value) {
  uint64_t word = 0;
  if (size > 8) {
    write_device(cpu, physical, 8, value);
    write_device(cpu, physical + 8, size - 8, value + 8);
    return;
  }
  memcpy(&word, value, size);
  bus_write(cpu->bus, physical, size, word);
}

// One page's part of an access.
struct piece {
  uint64_t physical;
  uint8_t *host;
  unsigned size;
};

// An access as one piece or two; both pages are translated before anything is read or written.
static bool resolve_pieces(struct x86_cpu *cpu, uint64_t address, unsigned size, enum access access,
                           struct piece pieces[2]) {
  if (cpu->code_kind != CODE_64 && address + size > UINT64_C(1) << 32) // beyond every segment's limit
    return noncanonical(cpu);
  if (!x86_canonical(address + size - 1)) // before a page of the first bytes that is not there
    return noncanonical(cpu);
  pieces[0].size = size;
  pieces[1].size = 0;
  if (crosses_page(address, size)) {
    pieces[0].size = PAGE_SIZE - (unsigned)(address & (PAGE_SIZE - 1));
    pieces[1].size = size - pieces[0].size;
  }
  if (!resolve(cpu, address, pieces[0].size, access, &pieces[0].physical, &pieces[0].host) ||
      (pieces[1].size &&
       !resolve(cpu, address + pieces[0].size, pieces[1].size, access, &pieces[1].physical, &pieces[1].host)))
    return false;
  if (cpu->tlb == &cpu->empty_tlb)
    x86_watch(cpu, address, size, access == WRITE);
  return true;
}

// An address that 32-bit code computed is cut off here: the loop misses the TLB with a sum beyond 32 bits (cpu.h, enum
// tlb_view), and most of these hit behind that. NULL if it does not.
static uint8_t *hit_wrapped(const struct x86_cpu *cpu, const struct tlb_entry *entries, uint64_t *address,
                            unsigned size) {
  if (cpu->code_kind == CODE_64 || *address >> 32 == 0)
    return NULL;
  *address = (uint32_t)*address;
  const struct tlb_entry *entry = &entries[tlb_index(*address)];
  return entry->page == tlb_page_of_last_byte(*address, size) ? (uint8_t *)(entry->addend + (uintptr_t)*address) : NULL;
}

bool x86_load(struct x86_cpu *cpu, uint64_t address, unsigned size, void *value) {
  struct piece pieces[2];
  uint8_t *bytes = value;
  const uint8_t *host = hit_wrapped(cpu, cpu->tlb->read, &address, size);
  if (host) {
    memcpy(value, host, size);
    return true;
  }
  if (!resolve_pieces(cpu, address, size, READ, pieces))
    return false;
  for (unsigned i = 0; i < 2 && pieces[i].size; i++) {
    if (pieces[i].host)
      memcpy(bytes, pieces[i].host, pieces[i].size);
    else
      read_device(cpu, pieces[i].physical, pieces[i].size, bytes);
    bytes += pieces[i].size;
  }
  return true;
}

bool x86_store(struct x86_cpu *cpu, uint64_t address, unsigned size, const void *value) {
  struct piece pieces[2];
  const uint8_t *bytes = value;
  uint8_t *host = hit_wrapped(cpu, cpu->tlb->write, &address, size);
  if (host) {
    memcpy(host, value, size);
    return true;
  }
  if (!resolve_pieces(cpu, address, size, WRITE, pieces))
    return false;
  for (unsigned i = 0; i < 2 && pieces[i].size; i++) {
    if (pieces[i].host)
      memcpy(pieces[i].host, bytes, pieces[i].size);
    else
      write_device(cpu, pieces[i].physical, pieces[i].size, bytes);
    bytes += pieces[i].size;
  }
  return true;
}

// The write that follows is to take the slow path too, so that what is decoded of a page it changes is fetched again.
bool x86_probe_write(struct x86_cpu *cpu, uint64_t address, unsigned size) {
  struct piece pieces[2];
  address = x86_wrap(cpu, address);
  if (!resolve_pieces(cpu, address, size, WRITE, pieces))
    return false;
  cpu->tlb->write[tlb_index(address)].page = TLB_NO_PAGE;
  return true;
}

uint8_t *x86_host_at(struct x86_cpu *cpu, uint64_t address, bool write, bool *fault) {
  if (cpu->tlb == &cpu->empty_tlb) { // each access is to be seen
    *fault = false;
    return NULL;
  }
  address = x86_wrap(cpu, address);
  const struct tlb_entry *entry = &(write ? cpu->tlb->write : cpu->tlb->read)[tlb_index(address)];
  if (entry->page == (address & TLB_PAGE_MASK))
    return (uint8_t *)(entry->addend + (uintptr_t)address);
  uint64_t physical;
  uint8_t *host = NULL;
  *fault = !resolve(cpu, address, PAGE_SIZE, write ? WRITE : READ, &physical, &host);
  return *fault ? NULL : host;
}

bool x86_translate_fetch(struct x86_cpu *cpu, uint64_t address, struct tlb_page *page) {
  if (!translate(cpu, x86_wrap(cpu, address), FETCH, cpu->mode == 3, page))
    return false;
  // Nothing but RAM can be executed; a machine check would be the answer of hardware that cannot either.
  return ram_contains(cpu->ram, page->physical & TLB_PAGE_MASK, PAGE_SIZE) || x86_raise(cpu, VECTOR_GP, 0);
}

bool x86_look_fetch(struct x86_cpu *cpu, uint64_t address, struct tlb_page *page) {
  return translate(cpu, address, LOOK, cpu->mode == 3, page) &&
         ram_contains(cpu->ram, page->physical & TLB_PAGE_MASK, PAGE_SIZE);
}

static bool access_system(struct x86_cpu *cpu, uint64_t address, unsigned size, enum access access, uint8_t *value) {
  for (unsigned done = 0; done < size;) {
    struct tlb_page page;
    const unsigned left = size - done, room = PAGE_SIZE - (unsigned)((address + done) & (PAGE_SIZE - 1));
    const unsigned part = left < room ? left : room;
    if (!translate(cpu, address + done, access, false, &page))
      return false;
    uint8_t *host = access == WRITE ? ram_write_at(cpu->ram, page.physical, part)
                                    : (uint8_t *)(uintptr_t)ram_read_at(cpu->ram, page.physical, part);
    if (host && access == WRITE)
      memcpy(host, value + done, part);
    else if (access == READ)
      host ? (void)memcpy(value + done, host, part) : (void)memset(value + done, 0xff, part);
    done += part;
  }
  return true;
}

bool x86_load_system(struct x86_cpu *cpu, uint64_t address, unsigned size, void *value) {
  return access_system(cpu, address, size, READ, value);
}

// The first pass finds faults; nothing is written before.
bool x86_store_system(struct x86_cpu *cpu, uint64_t address, unsigned size, const void *value) {
  struct tlb_page page;
  return translate(cpu, address + size - 1, WRITE, false, &page) &&
         access_system(cpu, address, size, WRITE, (uint8_t *)(uintptr_t)value);
}
