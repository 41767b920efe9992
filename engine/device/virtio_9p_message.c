#include "device/virtio_9p_message.h"

#include <string.h>

bool p9_text_is(struct p9_text text, const char *expected) {
  return text.length == strlen(expected) && memcmp(text.bytes, expected, text.length) == 0;
}

static uint64_t take(struct p9_reader *reader, size_t size) {
  uint64_t value = 0;
  if (reader->failed || size > reader->length - reader->at) {
    reader->failed = true;
    return 0;
  }
  memcpy(&value, reader->bytes + reader->at, size);
  reader->at += size;
  return value;
}

uint8_t p9_take_u8(struct p9_reader *reader) {
  return (uint8_t)take(reader, 1);
}

uint16_t p9_take_u16(struct p9_reader *reader) {
  return (uint16_t)take(reader, 2);
}

uint32_t p9_take_u32(struct p9_reader *reader) {
  return (uint32_t)take(reader, 4);
}

uint64_t p9_take_u64(struct p9_reader *reader) {
  return take(reader, 8);
}

struct p9_text p9_take_text(struct p9_reader *reader) {
  const size_t length = p9_take_u16(reader);
  if (reader->failed || length > reader->length - reader->at) {
    reader->failed = true;
    return (struct p9_text){"", 0};
  }
  const struct p9_text text = {(const char *)reader->bytes + reader->at, length};
  reader->at += length;
  return text;
}

bool p9_ended(const struct p9_reader *reader) {
  return !reader->failed && reader->at == reader->length;
}

static void put(struct p9_writer *writer, const void *bytes, size_t size) {
  if (writer->failed || size > writer->capacity - writer->length) {
    writer->failed = true;
    return;
  }
  memcpy(writer->bytes + writer->length, bytes, size);
  writer->length += size;
}

void p9_put_u8(struct p9_writer *writer, uint8_t value) {
  put(writer, &value, sizeof value);
}

void p9_put_u16(struct p9_writer *writer, uint16_t value) {
  put(writer, &value, sizeof value);
}

void p9_put_u32(struct p9_writer *writer, uint32_t value) {
  put(writer, &value, sizeof value);
}

void p9_put_u64(struct p9_writer *writer, uint64_t value) {
  put(writer, &value, sizeof value);
}

void p9_put_text(struct p9_writer *writer, const char *bytes, size_t length) {
  if (length > UINT16_MAX) {
    writer->failed = true;
    return;
  }
  p9_put_u16(writer, (uint16_t)length);
  put(writer, bytes, length);
}
