// zstd's own decoder (zstddeclib.c, see README.md) for frames that stand alone, in memory that the caller gives.
#ifndef ZSTD_DECODER_H
#define ZSTD_DECODER_H

#include <stddef.h>
#include <stdint.h>

// What zstd_decoder_init needs, in bytes.
size_t zstd_decoder_size(void);
// `memory` has zstd_decoder_size() bytes, aligned to 8; the result is in it.
void *zstd_decoder_init(void *memory);

// Bytes of a frame's content, as its header says; 0 if it does not.
uint64_t zstd_decoder_content_size(const uint8_t *frame, size_t length);

#define ZSTD_DECODER_REFUSED SIZE_MAX
// Bytes written to `content`. ZSTD_DECODER_REFUSED if the frame is damaged, or its content longer than `capacity`: then
// `content` has anything.
size_t zstd_decoder_decode(void *decoder, uint8_t *content, size_t capacity, const uint8_t *frame, size_t length);

#endif
