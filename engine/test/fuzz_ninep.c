// libFuzzer target: 9P messages of a hostile guest. Input: messages of a length byte, a type and a body, in order.
#include "device/ninep.h"
#include "host/native/host_native.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HEADER = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct ninep_server server;
  static uint8_t reply[NINEP_MESSAGE_MAX];
  static char folder[] = "/tmp/fuzz-ninep-XXXXXX";
  if (host_share_count() == 0 && (!mkdtemp(folder) || !host_native_share("/data", folder)))
    abort();
  server.message_size = NINEP_MESSAGE_MAX;
  // A client that is attached: fid 0 is the share.
  static const uint8_t ATTACH[] = {23, 0, 0, 0, 104, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0};
  if (ninep_serve(&server, ATTACH, sizeof ATTACH, reply, sizeof reply) == 0)
    abort();
  while (size > 2) {
    uint8_t message[HEADER + 256] = {0};
    const size_t body = data[0] < size - 2 ? data[0] : size - 2;
    message[0] = (uint8_t)(HEADER + body);
    message[1] = (uint8_t)((HEADER + body) >> 8);
    message[4] = data[1];
    memcpy(message + HEADER, data + 2, body);
    // Replies of many sizes, to try the limits of the writer too.
    const size_t capacity = data[1] & 1 ? 64 : sizeof reply;
    if (ninep_serve(&server, message, HEADER + body, reply, capacity) > capacity)
      abort();
    data += 2 + body;
    size -= 2 + body;
  }
  ninep_reset(&server);
  return 0;
}
