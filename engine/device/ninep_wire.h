// Fields of 9P messages: little-endian integers and strings with a 16-bit length. Reading past the end or writing past
// the capacity sets `bad` and does nothing else.
#ifndef DEVICE_NINEP_WIRE_H
#define DEVICE_NINEP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ninep_reader {
  const uint8_t *bytes;
  size_t size, at;
  bool bad;
};

struct ninep_writer {
  uint8_t *bytes;
  size_t capacity, at;
  bool bad;
};

// A string inside the message: not terminated.
struct ninep_string {
  const char *text;
  size_t length;
};

// What identifies a file to the client.
struct ninep_qid {
  uint8_t type;
  uint32_t version;
  uint64_t path;
};

enum { NINEP_QID_SIZE = 13 };

// `size` bytes as an integer, 1 to 8.
uint64_t ninep_get(struct ninep_reader *reader, unsigned size);
struct ninep_string ninep_get_string(struct ninep_reader *reader);
// NULL if fewer than `length` bytes are left.
const uint8_t *ninep_get_bytes(struct ninep_reader *reader, size_t length);

void ninep_put(struct ninep_writer *writer, uint64_t value, unsigned size);
void ninep_put_string(struct ninep_writer *writer, const char *text, size_t length);
void ninep_put_qid(struct ninep_writer *writer, const struct ninep_qid *qid);

#endif
