#include "log.h"

#include "host/host.h"
#include "translate/mailbox.h"

#include <string.h>

struct told {
  struct log_header header;
  struct log_page pages[LOG_PAGES_MAX];
  struct log_leader leaders[LEADERS_MAX];
  struct log_edge edges[EDGES_MAX];
  int16_t numbers[LEADERS_MAX]; // of the recording's leaders here, or RECORD_NONE
  const struct code_page *blocks[LOG_PAGES_MAX];
  uint8_t bytes[sizeof(struct log_header) + LOG_PAGES_MAX * (sizeof(struct log_page) + PAGE_SIZE) +
                LEADERS_MAX * sizeof(struct log_leader) + EDGES_MAX * sizeof(struct log_edge)];
  uint32_t used;
};

static struct told *told;

// The page's number, RECORD_NONE if there is no room.
static int add_page(const struct code_page *page, int64_t offset) {
  for (unsigned i = 0; i < told->header.pages; i++) {
    if (told->pages[i].offset == offset)
      return told->blocks[i] == page ? (int)i : RECORD_NONE;
  }
  if (told->header.pages == LOG_PAGES_MAX)
    return RECORD_NONE;
  const unsigned number = told->header.pages++;
  told->pages[number] = (struct log_page){.offset = offset, .page = number};
  told->blocks[number] = page;
  return (int)number;
}

// What a block goes on in, if an instruction lies across the end of its page.
static void add_second(const struct leader *leader, int64_t offset) {
  void *op = leader->op;
  uint32_t behind;
  while (op && !walk_continues(op, &behind)) {
    struct instruction instruction;
    walk_instruction(leader->page, op, &instruction);
    if (instruction.second)
      add_page(instruction.second, offset + PAGE_SIZE);
    if (instruction.flow != FLOW_NEXT || !instruction.next)
      return;
    op = walk_links(instruction.next);
  }
}

static void put(const void *bytes, size_t length) {
  memcpy(told->bytes + told->used, bytes, length);
  told->used += (uint32_t)length;
}

void log_tell(bool (*is_missed)(const void *op)) {
  const struct recording *recording = record_now();
  if (!told)
    told = host_allocate(sizeof *told);
  if (!told)
    return;
  told->header = (struct log_header){0};
  told->used = 0;
  for (unsigned i = 0; i < recording->leader_count; i++) {
    const struct leader *leader = &recording->leaders[i];
    const int64_t offset = (int64_t)(leader->page_address - recording->leaders[0].page_address);
    const int page = leader->count || i == 0 ? add_page(leader->page, offset) : RECORD_NONE;
    told->numbers[i] = RECORD_NONE;
    if (page < 0)
      continue;
    add_second(leader, offset);
    told->numbers[i] = (int16_t)told->header.leaders;
    told->leaders[told->header.leaders++] =
        (struct log_leader){(uint32_t)page, leader->offset, leader->count, is_missed(leader->op)};
  }
  for (unsigned i = 0; i < recording->edge_count; i++) {
    const int from = told->numbers[recording->edges[i].from], to = told->numbers[recording->edges[i].to];
    if (from >= 0 && to >= 0)
      told->edges[told->header.edges++] = (struct log_edge){(uint16_t)from, (uint16_t)to};
  }
  put(&told->header, sizeof told->header);
  put(told->pages, told->header.pages * sizeof *told->pages);
  put(told->leaders, told->header.leaders * sizeof *told->leaders);
  put(told->edges, told->header.edges * sizeof *told->edges);
  for (unsigned i = 0; i < told->header.pages; i++)
    put(processor_page_bytes(told->blocks[i]), PAGE_SIZE);
  mailbox_tell(told->bytes, told->used);
}
