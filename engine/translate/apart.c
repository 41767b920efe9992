#include "apart.h"

#include "processor.h"
#include "walk.h"

// A time costs from 0.4 µs to several, as the interpreter goes on to the next entry, and translating again what the
// unit had tens of milliseconds.
enum {
  SITES = 16384,
  LEFT_MANY = 4096,         // times
  INSTRUCTIONS_EACH = 20000 // executed by units for each time: with more of them, it is not often
};

static struct site {
  const void *op;
  int64_t distance;
  uint64_t since; // instructions when it was first counted
  uint16_t bytes;
  uint16_t left; // times
  uint8_t reg;
  bool often;
} sites[SITES];

static struct site *site_of(const void *op) {
  return &sites[walk_hash(op) % SITES];
}

void apart_note(const void *op, unsigned reg, int64_t distance, unsigned bytes) {
  *site_of(op) = (struct site){.op = op, .distance = distance, .bytes = (uint16_t)bytes, .reg = (uint8_t)reg};
}

// What falls into a place of which that is known may be known no better.
bool apart_is_often(const void *op) {
  return site_of(op)->often;
}

// Else the TLB has the page not, and will have it from now on.
static bool in_two_pages(const struct site *site) {
  return tlb_crosses(*processor_register(site->reg) + (uint64_t)site->distance, site->bytes);
}

bool apart_left(const void *op, uint64_t instructions) {
  struct site *site = site_of(op);
  if (!op || site->op != op || !in_two_pages(site))
    return false;
  if (site->left++ == 0)
    site->since = instructions;
  if (site->left < LEFT_MANY)
    return false;
  site->left = 0;
  site->often = instructions - site->since < (uint64_t)LEFT_MANY * INSTRUCTIONS_EACH;
  return site->often;
}
