// The launch description's archive and the device tree, as the guest's kernel would read them.
#include "device/device_tree.h"
#include "machine/launch.h"

#include "check.h"
#include "host/native/host_native.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char IMAGE[] = "oci2wasm-launch=1\0cmd=sh\0env=A=1";

static unsigned long field(const uint8_t *header, unsigned number) {
  char digits[9] = "";
  memcpy(digits, header + 6 + 8 * number, 8);
  return strtoul(digits, NULL, 16);
}

static bool has_record(const uint8_t *bytes, size_t size, const char *record) {
  for (size_t at = 0; at < size; at += strlen((const char *)bytes + at) + 1) {
    if (strcmp((const char *)bytes + at, record) == 0)
      return true;
  }
  return false;
}

static void should_archive_the_image_and_this_run(void) {
  char *command[] = {"echo", "two words", ""};
  const char *env[] = {"B=2"};
  const struct options options = {.entrypoint = "/bin/x",
                                  .user = "5",
                                  .workdir = "/w",
                                  .hostname = "h",
                                  .env = env,
                                  .env_count = 1,
                                  .tty = true,
                                  .command = command,
                                  .command_count = 3};
  struct launch launch;
  setenv("LINES", "50", 1);
  setenv("COLUMNS", "132", 1);
  CHECK(launch_build(&launch, &options, 12345));
  CHECK(memcmp(launch.bytes, "070701", 6) == 0 && launch.size % 4 == 0);
  CHECK(strcmp((const char *)launch.bytes + 110, "launch") == 0 && field(launch.bytes, 11) == 7);
  const size_t size = field(launch.bytes, 6);
  const uint8_t *content = launch.bytes + 120;
  CHECK(memcmp(content, IMAGE, sizeof IMAGE) == 0 && content[size - 1] == 0);
  const char *const expected[] = {"run.arg=echo", "run.arg=two words",  "run.arg=",       "run.entrypoint=/bin/x",
                                  "run.env=B=2",  "run.user=5",         "run.workdir=/w", "run.hostname=h",
                                  "run.tty=1",    "run.winsize=50 132", "run.time=12345", "run.env=COLUMNS=132"};
  for (unsigned i = 0; i < sizeof expected / sizeof expected[0]; i++)
    check(has_record(content, size, expected[i]), expected[i], __FILE__, __LINE__);
  const uint8_t *trailer = content + (size + 3) / 4 * 4;
  CHECK(memcmp(trailer, "070701", 6) == 0 && strcmp((const char *)trailer + 110, "TRAILER!!!") == 0);
}

static void should_leave_out_what_was_not_asked(void) {
  const struct options options = {0};
  struct launch launch;
  CHECK(launch_build(&launch, &options, 0));
  const size_t size = field(launch.bytes, 6);
  CHECK(!has_record(launch.bytes + 120, size, "run.tty=1"));
  CHECK(memmem(launch.bytes, launch.size, "run.user", 8) == NULL);
  CHECK(memmem(launch.bytes, launch.size, "run.winsize", 11) == NULL);
  CHECK(memmem(launch.bytes, launch.size, "run.net", 7) == NULL);
}

static void should_tell_of_a_network(void) {
  const char *hosts[] = {"db:10.1.2.3", "up:host-gateway"}, *search[] = {"example.org"};
  const struct options options = {.net = true, .hosts = hosts, .host_count = 2, .search = search, .search_count = 1};
  struct launch launch;
  CHECK(launch_build(&launch, &options, 0));
  static const char *const EXPECTED[] = {"run.net=10.0.2.15/24 10.0.2.2 10.0.2.3", "run.host=db 10.1.2.3",
                                         "run.host=up 10.0.2.2", "run.dns=search example.org"};
  for (unsigned i = 0; i < sizeof EXPECTED / sizeof EXPECTED[0]; i++)
    check(has_record(launch.bytes + 120, field(launch.bytes, 6), EXPECTED[i]), EXPECTED[i], __FILE__, __LINE__);
}

static uint32_t cell(const uint8_t *blob, size_t offset) {
  return (uint32_t)blob[offset] << 24 | (uint32_t)blob[offset + 1] << 16 | (uint32_t)blob[offset + 2] << 8 |
         blob[offset + 3];
}

static void should_write_a_device_tree(void) {
  static struct device_tree tree;
  static uint8_t blob[512];
  device_tree_begin(&tree, "");
  device_tree_u32(&tree, "number", 5);
  device_tree_begin_at(&tree, "node", 0xabc);
  device_tree_u32(&tree, "number", 6);
  device_tree_end(&tree);
  device_tree_end(&tree);
  const size_t size = device_tree_size(&tree);
  CHECK(size > 0 && size <= sizeof blob);
  device_tree_write(&tree, blob);
  const uint32_t structure = cell(blob, 8), strings = cell(blob, 12);
  CHECK(cell(blob, 0) == 0xd00dfeed && cell(blob, 4) == size);
  CHECK(cell(blob, structure) == 1 && cell(blob, structure + 8) == 3 && cell(blob, structure + 20) == 5);
  CHECK(strcmp((const char *)blob + structure + 28, "node@abc") == 0);
  CHECK(strcmp((const char *)blob + strings, "number") == 0 && cell(blob, 32) == 7); // each name once
  CHECK(cell(blob, strings - 4) == 9);
}

static void should_notice_a_tree_that_does_not_fit(void) {
  static struct device_tree tree;
  static const uint8_t bytes[DEVICE_TREE_STRUCTURE_MAX];
  device_tree_begin(&tree, "");
  device_tree_bytes(&tree, "large", bytes, sizeof bytes);
  device_tree_end(&tree);
  CHECK(device_tree_size(&tree) == 0);
}

int main(void) {
  char path[] = "/tmp/launch-XXXXXX";
  const int file = mkstemp(path);
  CHECK(file >= 0 && write(file, IMAGE, sizeof IMAGE) == sizeof IMAGE && close(file) == 0);
  CHECK(host_native_map_part(HOST_LAUNCH, path));
  unlink(path);
  should_archive_the_image_and_this_run();
  should_leave_out_what_was_not_asked();
  should_tell_of_a_network();
  should_write_a_device_tree();
  should_notice_a_tree_that_does_not_fit();
  return check_result("launch and device tree");
}
