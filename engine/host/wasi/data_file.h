// A split bundle's data file (docs/FORMATS.md, "Split bundles").
#ifndef HOST_WASI_DATA_FILE_H
#define HOST_WASI_DATA_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DATA_FILE_IDENTITY = 32 };

// Opens the file of this name, which has so many bytes of frames and belongs to this identity. False if it has not;
// `error` then says in words what was found.
bool data_file_open(const char *name, uint64_t size, const uint8_t identity[DATA_FILE_IDENTITY], char *error,
                    size_t error_size);
bool data_file_read(uint64_t offset, uint8_t *bytes, size_t length);

#endif
