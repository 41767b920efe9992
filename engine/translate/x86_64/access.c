// Uses of memory in a block, at constant distances from what one register was at some time, are one look in the TLB: by
// the first of them, for all. Nothing in a unit changes the TLB, so what was found there holds for the others, which
// then are one instruction each. Reads and writes are apart, as in the TLB.
#include "access.h"

#include "operand.h"
#include "translate/apart.h"

enum {
  USES_MAX = 192,
  SPAN_MAX = 128, // bytes of a group: the more, the more often they lie in two pages
  ALONE = -1
};

struct use {
  struct access access;
  int group; // number of its first use, or ALONE
  // Of a first use: what the group needs, its last use, and which local has the host address of `low`.
  int64_t low, high;
  unsigned last, local;
};

static struct {
  struct use uses[USES_MAX];
  unsigned count, next; // next: the use that is to be written
  bool ready;           // all uses are noted
  // What was looked up last, and what is kept.
  uint32_t host, host_offset, kept, kept_offset;
} block;

// ---- Uses ----

// The last group of this root and kind, if the use fits into it.
static int group_for(const struct use *use) {
  for (unsigned i = block.count; i-- > 0;) {
    const struct use *other = &block.uses[i];
    if (other->access.root != use->access.root || other->access.kind != use->access.kind)
      continue;
    const struct use *first = &block.uses[other->group];
    const int64_t low = use->access.distance < first->low ? use->access.distance : first->low;
    const int64_t end = use->access.distance + use->access.bytes;
    return (end > first->high ? end : first->high) - low <= SPAN_MAX ? other->group : ALONE;
  }
  return ALONE;
}

void access_note(const struct access *access) {
  if (block.count == USES_MAX)
    return;
  struct use *use = &block.uses[block.count];
  *use = (struct use){.access = *access};
  use->group = group_for(use);
  if (use->group == ALONE) {
    use->group = (int)block.count;
    use->low = use->access.distance;
    use->high = use->access.distance + use->access.bytes;
  }
  struct use *first = &block.uses[use->group];
  first->low = use->access.distance < first->low ? use->access.distance : first->low;
  first->high =
      use->access.distance + use->access.bytes > first->high ? use->access.distance + use->access.bytes : first->high;
  first->last = block.count++;
}

// ---- Groups ----

static bool is_alone(unsigned first) {
  const struct use *use = &block.uses[first];
  return use->last == first || apart_is_often(use->access.instruction);
}

void access_begin(void) {
  block.count = block.next = 0;
  block.ready = false;
}

// Gives each group a local from its first use to its last one.
void access_end_notes(void) {
  block.ready = true;
  unsigned busy_until[TOGETHER];
  for (unsigned i = 0; i < TOGETHER; i++)
    busy_until[i] = 0;
  for (unsigned i = 0; i < block.count; i++) {
    struct use *use = &block.uses[i];
    if (use->group != (int)i) {
      if (use->group != ALONE && block.uses[use->group].group == ALONE)
        use->group = ALONE;
      continue;
    }
    unsigned local = 0;
    while (local < TOGETHER && busy_until[local] > i)
      local++;
    if (local == TOGETHER || is_alone(i)) {
      use->group = ALONE;
      continue;
    }
    busy_until[local] = use->last + 1;
    use->local = local;
  }
}

// ---- Code ----

// The op's use, if it is one of a group.
static const struct use *use_of(const struct x86_op *op) {
  for (unsigned i = block.next; block.ready && i < block.count; i++) {
    if (block.uses[i].access.op == op) {
      block.next = i;
      return block.uses[i].group == ALONE ? NULL : &block.uses[i];
    }
  }
  return NULL;
}

static void use_host(uint32_t local, uint32_t offset) {
  block.host = local;
  block.host_offset = offset;
}

static void emit_root(struct emitter *emitter, unsigned reg, int64_t displacement) {
  struct wasm_code *code = emitter->code;
  const void *from = reg == ACCESS_PAGE ? &emitter->cpu->page_address : &emitter->cpu->r[reg];
  if (reg == ACCESS_PAGE) {
    wasm_get(code, LOCAL_ANCHOR);
    displacement += emitter->page;
  } else {
    emit_read(emitter, NULL, from, 3);
  }
  if (displacement) {
    wasm_i64(code, displacement);
    wasm_byte(code, WASM_I64_ADD);
  }
  wasm_set(code, LOCAL_ADDRESS);
}

static void emit_use(struct emitter *emitter, const struct use *use) {
  const struct use *first = &block.uses[use->group];
  const uint32_t local = LOCAL_TOGETHER + first->local;
  if (use == first) {
    const int64_t displacement = use->access.displacement + first->low - use->access.distance;
    const unsigned bytes = (unsigned)(first->high - first->low);
    if (use->access.reg != ACCESS_PAGE)
      apart_note(use->access.instruction, use->access.reg, displacement, bytes);
    emit_root(emitter, use->access.reg, displacement);
    emit_lookup_together(emitter, use->access.kind, bytes);
    wasm_get(emitter->code, LOCAL_HOST);
    wasm_set(emitter->code, local);
  }
  use_host(local, (uint32_t)(use->access.distance - first->low));
}

bool emit_access(struct emitter *emitter, const struct x86_op *op, bool indexed, enum tlb_kind kind, unsigned bytes) {
  const struct use *use = use_of(op);
  if (use) {
    emit_use(emitter, use);
    return true;
  }
  if (!emit_address(emitter, op, indexed))
    return false;
  emit_lookup(emitter, kind, bytes);
  use_host(LOCAL_HOST, 0);
  return true;
}

void emit_access_at(struct emitter *emitter, const struct x86_op *op, unsigned reg, int64_t displacement,
                    enum tlb_kind kind, unsigned bytes) {
  const struct use *use = use_of(op);
  if (use) {
    emit_use(emitter, use);
    return;
  }
  emit_root(emitter, reg, displacement);
  emit_lookup(emitter, kind, bytes);
  use_host(LOCAL_HOST, 0);
}

void emit_host(const struct emitter *emitter) {
  wasm_get(emitter->code, block.host);
}

uint32_t emit_host_offset(void) {
  return block.host_offset;
}

void emit_access_keep(struct emitter *emitter) {
  block.kept = block.host;
  block.kept_offset = block.host_offset;
  if (block.host != LOCAL_HOST)
    return;
  wasm_get(emitter->code, LOCAL_HOST);
  wasm_set(emitter->code, LOCAL_MODIFIED);
  block.kept = LOCAL_MODIFIED;
}

void emit_access_kept(const struct emitter *emitter) {
  wasm_get(emitter->code, block.kept);
  block.host_offset = block.kept_offset;
}
