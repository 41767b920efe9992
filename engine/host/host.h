// Everything the machine asks of the world outside. One implementation per host: native/ and wasi/.
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Announces that this much will be allocated, so that the host adds it in one step; false if there is not enough.
bool host_reserve(uint64_t size);
// Zeroed memory that lives as long as the program; NULL if there is not enough.
void *host_allocate(uint64_t size);

// Lets the host look at what the engine has left for it (translate/mailbox.h); false where none can look.
bool host_yield(void);

uint64_t host_monotonic_ns(void);
uint64_t host_realtime_ns(void);
void host_random(uint8_t *bytes, size_t length);

enum { HOST_STDIN = 0, HOST_STDOUT = 1, HOST_STDERR = 2 };

// Writes all bytes or gives up when the stream is broken (a reader went away); false then.
// `stream` may be any descriptor.
bool host_write(int stream, const uint8_t *bytes, size_t length);
// CONTROL and NET have something only after host_set_control and host_set_net.
enum host_input { HOST_INPUT_STDIN, HOST_INPUT_CONTROL, HOST_INPUT_NET, HOST_INPUTS };

// Reads CONTROL from this descriptor.
void host_set_control(int descriptor);
// Reads NET from this descriptor.
void host_set_net(int descriptor);
// Waits until one of the wanted inputs has something to say (data or its end), or until `timeout_ns` have passed.
// `wanted` and the result have bit 1 << INPUT for each input; host_read of one in the result would not wait.
unsigned host_wait(uint64_t timeout_ns, unsigned wanted);
// Bytes read, 0 at the end of the input.
size_t host_read(enum host_input input, uint8_t *bytes, size_t capacity);

// What a bundle is made of. KERNEL and INITRAMFS are the engine's own, the others the image's: FRAMES are those of the
// root filesystem.
enum host_part { HOST_KERNEL, HOST_INITRAMFS, HOST_LAUNCH, HOST_FRAME_TABLE, HOST_FRAMES, HOST_PARTS };
uint64_t host_part_size(enum host_part part);
// The range must be inside the part. False if the host cannot read it, which happens to FRAMES only.
bool host_part_read(enum host_part part, uint64_t offset, uint8_t *bytes, size_t length);
// The guest memory that the bundle asks for, in bytes and as it is written there; 0: none.
uint64_t host_bundle_memory(void);

// The host's environment: a NULL-terminated array of NAME=VALUE.
char **host_environment(void);

#endif
