// Numbers in network order, and the Internet's checksum (RFC 1071).
#ifndef NET_WIRE_H
#define NET_WIRE_H

#include <stddef.h>
#include <stdint.h>

static inline uint16_t wire_get16(const uint8_t *bytes) {
  return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t wire_get32(const uint8_t *bytes) {
  return (uint32_t)wire_get16(bytes) << 16 | wire_get16(bytes + 2);
}

static inline uint64_t wire_get64(const uint8_t *bytes) {
  return (uint64_t)wire_get32(bytes) << 32 | wire_get32(bytes + 4);
}

static inline void wire_put16(uint8_t *bytes, uint16_t value) {
  bytes[0] = (uint8_t)(value >> 8);
  bytes[1] = (uint8_t)value;
}

static inline void wire_put32(uint8_t *bytes, uint32_t value) {
  wire_put16(bytes, (uint16_t)(value >> 16));
  wire_put16(bytes + 2, (uint16_t)value);
}

static inline void wire_put64(uint8_t *bytes, uint64_t value) {
  wire_put32(bytes, (uint32_t)(value >> 32));
  wire_put32(bytes + 4, (uint32_t)value);
}

// The sum of what was summed before and `length` more bytes, not yet folded; odd lengths only at the end.
static inline uint64_t wire_sum(uint64_t sum, const uint8_t *bytes, size_t length) {
  size_t at = 0;
  for (; at + 1 < length; at += 2)
    sum += wire_get16(bytes + at);
  return at < length ? sum + (uint64_t)(bytes[at] << 8) : sum;
}

static inline uint16_t wire_fold(uint64_t sum) {
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)sum;
}

#endif
