#include "replay.h"

#include "host/host.h"
#include "log.h"
#include "trained.h"
#include "translate/mailbox.h"
#include "translate/module.h"
#include "translator.h"

#include <string.h>

enum { JOB_MAGIC = 0x4a32574f, RESULT_MAGIC = 0x5232574f, BODIES_MAX = 16 << 20 }; // "OW2J", "OW2R"
// Where recordings begin.
#define FIRST_PAGE (UINT64_C(1) << 40)
#define FARTHEST (INT64_C(1) << 38)

struct job {
  uint32_t magic;
  uint32_t types[MODULE_TYPES], first_function, unit_limit;
  uint32_t simd; // 1: the hosts of the bundle have 128-bit vectors
  uint32_t pages, recordings;
};
_Static_assert(sizeof(struct job) == 36, "as docs/FORMATS.md says");

// Then each piece of memory: its address, length and bytes.
struct result {
  uint32_t magic, units, bodies, pieces;
};

static const char TRUNCATED[] = "the job ends too soon";
static const char INVALID[] = "a recording of the job is damaged";
static const char FULL[] = "the job gives more translations than a bundle has room for: train less";

static struct log_header header;
static struct log_page pages[LOG_PAGES_MAX];
static struct log_leader leaders[LEADERS_MAX];
static struct log_edge edges[EDGES_MAX];
static struct code_page *blocks[LOG_PAGES_MAX];
static int numbers[LEADERS_MAX];

static bool read_all(void *bytes, size_t length) {
  for (size_t at = 0; at < length;) {
    host_wait(UINT64_MAX, 1U << HOST_INPUT_STDIN);
    const size_t count = host_read(HOST_INPUT_STDIN, (uint8_t *)bytes + at, length - at);
    if (!count)
      return false;
    at += count;
  }
  return true;
}

static bool is_valid(const struct job *job) {
  for (unsigned i = 0; i < header.pages; i++) {
    const int64_t offset = pages[i].offset;
    if (pages[i].page >= job->pages || offset % PAGE_SIZE || offset > FARTHEST || offset < -FARTHEST)
      return false;
  }
  for (unsigned i = 0; i < header.leaders; i++) {
    if (leaders[i].page >= header.pages || leaders[i].offset >= PAGE_SIZE)
      return false;
  }
  for (unsigned i = 0; i < header.edges; i++) {
    if (edges[i].from >= header.leaders || edges[i].to >= header.leaders)
      return false;
  }
  return true;
}

static const char *read_recording(const struct job *job) {
  if (!read_all(&header, sizeof header))
    return TRUNCATED;
  if (!header.pages || header.pages > LOG_PAGES_MAX || header.leaders > LEADERS_MAX || header.edges > EDGES_MAX)
    return INVALID;
  if (!read_all(pages, header.pages * sizeof *pages) || !read_all(leaders, header.leaders * sizeof *leaders) ||
      !read_all(edges, header.edges * sizeof *edges))
    return TRUNCATED;
  return is_valid(job) ? NULL : INVALID;
}

// Decodes what is executed from a leader to the end of its block, as it was when it was recorded.
static void decode_block(struct code_page *page, void *op, uint64_t page_address) {
  uint32_t offset;
  while (op) {
    if (walk_continues(op, &offset)) {
      op = offset < PAGE_SIZE ? walk_links(processor_link(page, op)) : NULL;
      continue;
    }
    struct instruction instruction;
    struct code_page *second = walk_is_instruction(op) ? NULL : walk_page(page_address + PAGE_SIZE);
    if (!walk_is_instruction(op) && (!second || !walk_across(page, op, second)))
      return;
    walk_instruction(page, op, &instruction);
    const bool call = instruction.flow == FLOW_CALL || (instruction.flow == FLOW_INDIRECT && instruction.returns);
    if (instruction.flow != FLOW_NEXT && instruction.flow != FLOW_BRANCH && !call)
      return;
    if (instruction.end > instruction.offset && instruction.end < PAGE_SIZE)
      processor_decode(page, instruction.end);
    if (instruction.flow != FLOW_NEXT)
      return;
    walk_instruction(page, op, &instruction);
    op = instruction.next ? walk_links(instruction.next) : NULL;
  }
}

static bool add_recording(void) {
  tlb_flush_fetch(processor()->tlb_set);
  for (unsigned i = 0; i < header.pages; i++)
    processor_show_page(pages[i].page, FIRST_PAGE + (uint64_t)pages[i].offset);
  for (unsigned i = 0; i < header.pages; i++)
    blocks[i] = walk_page(FIRST_PAGE + (uint64_t)pages[i].offset);
  record_open(*processor()->tlb);
  for (unsigned pass = 0; pass < 2; pass++) {
    for (unsigned i = 0; i < header.leaders; i++) {
      const uint32_t page = leaders[i].page;
      const uint64_t address = FIRST_PAGE + (uint64_t)pages[page].offset;
      void *op = blocks[page] ? processor_decode(blocks[page], leaders[i].offset) : NULL;
      numbers[i] = RECORD_NONE;
      if (op && pass == 0)
        decode_block(blocks[page], walk_links(op), address);
      if (!op || pass == 0)
        continue;
      numbers[i] = record_add_leader(op, blocks[page], address, leaders[i].count);
      if (numbers[i] >= 0 && leaders[i].missed)
        translator_note_missed(walk_links(op));
    }
  }
  for (unsigned i = 0; i < header.edges; i++) {
    const int from = numbers[edges[i].from], to = numbers[edges[i].to];
    if (from >= 0 && to >= 0)
      record_add_edge((unsigned)from, (unsigned)to);
  }
  return translator_replay();
}

static void write_piece(const void *start, uint32_t bytes) {
  const uint32_t head[] = {(uint32_t)(uintptr_t)start, bytes};
  host_write(HOST_STDOUT, (const uint8_t *)head, sizeof head);
  host_write(HOST_STDOUT, start, bytes);
}

static void write_out(const struct wasm_code *bodies) {
  struct trained_piece pieces[TRAINED_PIECES];
  struct result result = {.magic = RESULT_MAGIC, .bodies = bodies->used, .pieces = TRAINED_PIECES + 1};
  uint32_t bytes;
  const void *units = translator_units(&result.units, &bytes);
  trained_finish();
  trained_memory(pieces);
  host_write(HOST_STDOUT, (const uint8_t *)&result, sizeof result);
  host_write(HOST_STDOUT, bodies->bytes, bodies->used);
  write_piece(units, bytes);
  for (unsigned i = 0; i < TRAINED_PIECES; i++)
    write_piece(pieces[i].start, pieces[i].bytes);
}

const char *replay(void) {
  static uint8_t bytes[PAGE_SIZE];
  struct job job;
  struct wasm_code bodies = {.bytes = host_allocate(BODIES_MAX), .size = BODIES_MAX};
  if (!bodies.bytes)
    return "the host has not enough memory";
  if (!read_all(&job, sizeof job))
    return TRUNCATED;
  if (job.magic != JOB_MAGIC || job.pages > TRAINED_PAGES_MAX || job.unit_limit < MAILBOX_UNIT_MIN ||
      job.unit_limit > MAILBOX_UNIT_MAX || job.simd > 1)
    return "the job's header is not one this engine knows";
  module_use_types(job.types);
  mailbox_enable_alone(
      &(struct mailbox_host){.simd = job.simd, .unit_limit = job.unit_limit, .locals_limit = MAILBOX_LOCALS_DEFAULT});
  translator_collect(&bodies, job.first_function);
  for (unsigned i = 0; i < job.pages; i++) {
    if (!read_all(bytes, sizeof bytes))
      return TRUNCATED;
    processor_put_page(i, bytes);
    trained_add_page(bytes);
  }
  for (unsigned i = 0; i < job.recordings; i++) {
    const char *wrong = read_recording(&job);
    if (wrong)
      return wrong;
    if (!add_recording())
      return FULL;
  }
  write_out(&bodies);
  return NULL;
}
