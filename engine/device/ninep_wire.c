#include "device/ninep_wire.h"

#include <string.h>

const uint8_t *ninep_get_bytes(struct ninep_reader *reader, size_t length) {
  if (length > reader->size - reader->at) {
    reader->bad = true;
    return NULL;
  }
  reader->at += length;
  return reader->bytes + reader->at - length;
}

uint64_t ninep_get(struct ninep_reader *reader, unsigned size) {
  const uint8_t *bytes = ninep_get_bytes(reader, size);
  uint64_t value = 0;
  for (unsigned i = 0; bytes && i < size; i++)
    value |= (uint64_t)bytes[i] << (8 * i);
  return value;
}

struct ninep_string ninep_get_string(struct ninep_reader *reader) {
  const size_t length = (size_t)ninep_get(reader, 2);
  const uint8_t *bytes = ninep_get_bytes(reader, length);
  return (struct ninep_string){bytes ? (const char *)bytes : "", bytes ? length : 0};
}

void ninep_put(struct ninep_writer *writer, uint64_t value, unsigned size) {
  if (size > writer->capacity - writer->at) {
    writer->bad = true;
    return;
  }
  for (unsigned i = 0; i < size; i++)
    writer->bytes[writer->at++] = (uint8_t)(value >> (8 * i));
}

void ninep_put_string(struct ninep_writer *writer, const char *text, size_t length) {
  if (length > UINT16_MAX || length + 2 > writer->capacity - writer->at) {
    writer->bad = true;
    return;
  }
  ninep_put(writer, length, 2);
  memcpy(writer->bytes + writer->at, text, length);
  writer->at += length;
}

void ninep_put_qid(struct ninep_writer *writer, const struct ninep_qid *qid) {
  ninep_put(writer, qid->type, 1);
  ninep_put(writer, qid->version, 4);
  ninep_put(writer, qid->path, 8);
}
