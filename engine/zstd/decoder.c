#include "zstd/decoder.h"

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wconversion"
#pragma clang diagnostic ignored "-Wsign-conversion"
#include "zstd/zstddeclib.c"
#pragma clang diagnostic pop

size_t zstd_decoder_size(void) {
  return ZSTD_estimateDCtxSize();
}

void *zstd_decoder_init(void *memory) {
  return ZSTD_initStaticDCtx(memory, ZSTD_estimateDCtxSize());
}

uint64_t zstd_decoder_content_size(const uint8_t *frame, size_t length) {
  const unsigned long long size = ZSTD_getFrameContentSize(frame, length);
  return size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ? 0 : size;
}

size_t zstd_decoder_decode(void *decoder, uint8_t *content, size_t capacity, const uint8_t *frame, size_t length) {
  const size_t written = ZSTD_decompressDCtx(decoder, content, capacity, frame, length);
  return ZSTD_isError(written) ? ZSTD_DECODER_REFUSED : written;
}
