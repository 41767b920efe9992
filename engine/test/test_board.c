// Interrupt controller, bus, entropy, clock and options: parts of the board without a CPU.
#include "device/plic.h"
#include "device/virtio_rng.h"
#include "machine/clock.h"
#include "machine/options.h"

#include "check.h"
#include "host/native/host_native.h"
#include "virtio_driver.h"

#include <stdarg.h>

#define MIB (UINT64_C(1) << 20)

static uint64_t plic_register(struct bus *bus, uint64_t offset) {
  uint64_t value = UINT64_MAX;
  bus_read(bus, 0x1000000 + offset, 4, &value);
  return value;
}

static void set_plic_register(struct bus *bus, uint64_t offset, uint64_t value) {
  bus_write(bus, 0x1000000 + offset, 4, value);
}

static void should_deliver_interrupts_by_priority(void) {
  struct test_guest guest = {.plic = {.output = test_interrupt, .owner = &guest}};
  CHECK(plic_attach(&guest.plic, &guest.bus, 0x1000000));
  plic_set_line(&guest.plic, 3, true);
  CHECK(!guest.interrupted); // not enabled
  set_plic_register(&guest.bus, 0x2000, UINT32_MAX);
  CHECK(!guest.interrupted); // priority 0 never interrupts
  set_plic_register(&guest.bus, 4 * 3, 1);
  CHECK(guest.interrupted);
  set_plic_register(&guest.bus, 4 * 5, 7);
  plic_set_line(&guest.plic, 5, true);
  CHECK(plic_register(&guest.bus, 0x1000) == (1 << 3 | 1 << 5));
  CHECK(plic_register(&guest.bus, 0x200004) == 5);
  CHECK(plic_register(&guest.bus, 0x200004) == 3);
  CHECK(plic_register(&guest.bus, 0x200004) == 0);
  CHECK(!guest.interrupted); // both claimed
  set_plic_register(&guest.bus, 0x200004, 5);
  CHECK(guest.interrupted); // the line is still up
  set_plic_register(&guest.bus, 0x200000, 7);
  CHECK(!guest.interrupted); // not above the threshold
  set_plic_register(&guest.bus, 0, 7);
  CHECK(plic_register(&guest.bus, 0) == 0); // source 0 does not exist
}

static void should_check_width_and_alignment(void) {
  struct test_guest guest = {.plic = {.output = test_interrupt, .owner = &guest}};
  uint64_t value;
  CHECK(plic_attach(&guest.plic, &guest.bus, 0x1000000));
  CHECK(bus_read(&guest.bus, 0x1001000, 4, &value));
  CHECK(!bus_read(&guest.bus, 0x1001000, 8, &value));
  CHECK(!bus_read(&guest.bus, 0x1001000, 1, &value));
  CHECK(!bus_read(&guest.bus, 0x1001002, 4, &value));
  CHECK(!bus_write(&guest.bus, 0xffffff, 4, 0));
  CHECK(!bus_write(&guest.bus, 0x1400000, 4, 0));
}

static void fill_with_sevens(void *owner, uint8_t *bytes, size_t length) {
  (void)owner;
  memset(bytes, 7, length);
}

static void should_fill_buffers_with_entropy(void) {
  static struct test_guest guest;
  static struct virtio_rng rng = {.fill = fill_with_sevens};
  virtio_rng_init(&rng);
  CHECK(test_attach(&guest, &rng.device));
  test_start(&guest, 1);
  test_describe(&guest, 0, 0, TEST_RAM_BASE + TEST_DATA, 300, TEST_WRITE, 0);
  test_describe(&guest, 0, 1, TEST_RAM_BASE + TEST_DATA + 0x1000, 0x10000, TEST_WRITE, 0);
  test_offer(&guest, 0, 0);
  test_offer(&guest, 0, 1);
  test_notify(&guest, 0);
  CHECK(*test_memory(&guest, TEST_DATA + 299) == 7 && *test_memory(&guest, TEST_DATA + 300) == 0);
  CHECK(test_used_length(&guest, 0) == 4096); // a request has a limit
}

static void should_keep_deterministic_time(void) {
  struct clock clock;
  clock_init(&clock, true);
  CHECK(clock_now(&clock, 250) == 10);
  clock_skip_to(&clock, 1000, 250);
  CHECK(clock_now(&clock, 250) == 1000);
  CHECK(clock_now(&clock, 0) == 1000); // never back
  clock.deadline = 1100;
  CHECK(clock_budget(&clock, 250, 65536) == 2500);
  clock.deadline = CLOCK_NEVER;
  CHECK(clock_budget(&clock, 250, 65536) == 65536);
}

static void should_follow_the_host_clock(void) {
  struct clock clock;
  clock_init(&clock, false);
  const uint64_t first = clock_sample(&clock, 0);
  CHECK(first < CLOCK_HZ);
  CHECK(clock_now(&clock, 4000) >= first);
  CHECK(clock_now(&clock, 4000) <= clock_sample(&clock, 8000) + 80);
}

static bool parse(struct options *options, char *error, int count, ...) {
  char *arguments[16];
  va_list words;
  va_start(words, count);
  for (int i = 0; i < count; i++)
    arguments[i] = va_arg(words, char *);
  va_end(words);
  return options_parse(options, count, arguments, error, 256);
}

static void should_parse_options(void) {
  struct options options;
  char error[256];
  CHECK(parse(&options, error, 0) && options.memory == 512 * MIB && options.command_count == 0);
  CHECK(parse(&options, error, 6, "--user", "1:2", "--memory=64m", "--tty", "sh", "--stats"));
  CHECK(options.command_count == 2 && strcmp(options.user, "1:2") == 0 && options.memory == 64 << 20 && options.tty &&
        !options.stats);
  CHECK(!options.privileged && parse(&options, error, 1, "--privileged") && options.privileged);
  CHECK(parse(&options, error, 4, "--env", "A=b=c", "--", "-x") && options.env_count == 1);
  CHECK(options.command_count == 1);
  CHECK(parse(&options, error, 1, "--exit-code-max=125") && options.exit_code_max == 125);
  CHECK(options.control == -1 && options.window_size == NULL);
  CHECK(parse(&options, error, 3, "--control=9", "--window-size", "24 80") && options.control == 9);
  CHECK(strcmp(options.window_size, "24 80") == 0);
}

static void should_take_what_the_host_offers_to_install(void) {
  struct options options;
  char error[256];
  CHECK(parse(&options, error, 0) && options.translator.unit_limit == 0);
  CHECK(parse(&options, error, 1, "--translator=simd") && options.translator.simd);
  CHECK(options.translator.unit_limit == 400);
  CHECK(parse(&options, error, 2, "--translator", "unit=16,unit=1024") && !options.translator.simd);
  CHECK(options.translator.unit_limit == 1024);
  CHECK(parse(&options, error, 1, "--translator=unit=160,log=30") && options.translator.log == 30);
  CHECK(parse(&options, error, 1, "--translator=log=9999") && options.translator.log == 9999);
  CHECK(options.translator.locals_limit == 300);
  CHECK(parse(&options, error, 1, "--translator=locals=0,unit=1024") && options.translator.locals_limit == 0);
  CHECK(parse(&options, error, 1, "--replay") && options.replay);
  const char *const bad[] = {"log=",     "log=0", "log=10000",  "log=1s",        "locals=", "locals=1025", "",
                             "simd,",    ",simd", "simd4",      "unit=",         "unit=15", "unit=1025",   "unit=-400",
                             "unit=40x", "unit",  "unit=10240", "simd unit=400", "type=1"};
  for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
    CHECK(!parse(&options, error, 2, "--translator", bad[i]) && strstr(error, "simd and unit=N") != NULL);
  CHECK(!parse(&options, error, 2, "--translator=simd", "--translator=simd") && strstr(error, "once") != NULL);
}

static void should_say_what_is_wrong_with_an_option(void) {
  struct options options;
  char error[256];
  CHECK(!parse(&options, error, 1, "--nonsense") && strstr(error, "--nonsense") != NULL);
  CHECK(!parse(&options, error, 1, "--user") && strstr(error, "--user") != NULL);
  CHECK(!parse(&options, error, 1, "--tty=yes") && strstr(error, "no value") != NULL);
  CHECK(!parse(&options, error, 2, "--env", "novalue") && strstr(error, "NAME=VALUE") != NULL);
  CHECK(!parse(&options, error, 2, "--exit-code-max", "256"));
  const char *const bad_windows[] = {"24", "24x80", "0 80", "24 0", "24 65536", "24 80 ", " 24 80", ""};
  for (unsigned i = 0; i < sizeof bad_windows / sizeof bad_windows[0]; i++)
    CHECK(!parse(&options, error, 2, "--window-size", bad_windows[i]));
  CHECK(!parse(&options, error, 2, "--control", "-1") && !parse(&options, error, 2, "--control", "4294967296"));
  const char *const bad_sizes[] = {"63m", "4g", "64", "64mm", "-1", "m", "99999999999999999999g", ""};
  for (unsigned i = 0; i < sizeof bad_sizes / sizeof bad_sizes[0]; i++)
    CHECK(!parse(&options, error, 2, "--memory", bad_sizes[i]));
  CHECK(parse(&options, error, 2, "--memory", "3g") && parse(&options, error, 2, "--memory", "67108864"));
}

static void should_take_the_memory_that_the_bundle_asks_for_unless_told(void) {
  struct options options;
  char error[256];
  const uint64_t good[] = {64 * MIB, 512 * MIB, 3072 * MIB};
  for (unsigned i = 0; i < sizeof good / sizeof good[0]; i++) {
    host_native_ask_memory(good[i]);
    CHECK(parse(&options, error, 0) && options.memory == good[i]);
    CHECK(parse(&options, error, 2, "--memory", "128m") && options.memory == 128 * MIB);
  }
  host_native_ask_memory(64 * MIB + 4097);
  CHECK(parse(&options, error, 0) && options.memory == 64 * MIB + 4096);
  const uint64_t bad[] = {1, 64 * MIB - 1, 3072 * MIB + 1, UINT64_MAX};
  for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    host_native_ask_memory(bad[i]);
    CHECK(!parse(&options, error, 0) && strstr(error, "expected 64m to 3g: give --memory") != NULL);
    CHECK(parse(&options, error, 1, "--memory=128m") && options.memory == 128 * MIB);
  }
  CHECK(strstr(error, "this bundle asks for 18446744073709551615 bytes of guest memory") != NULL);
  host_native_ask_memory(0);
  CHECK(parse(&options, error, 0) && options.memory == 512 * MIB);
}

static void should_lower_the_default_memory_only(void) {
  struct options options;
  char error[256];
  CHECK(parse(&options, error, 0));
  for (uint64_t size = 256 * MIB; size >= 64 * MIB; size /= 2)
    CHECK(options_lower_memory(&options) && options.memory == size);
  CHECK(!options_lower_memory(&options) && options.memory == 64 * MIB);
  CHECK(parse(&options, error, 1, "--memory=512m"));
  CHECK(!options_lower_memory(&options) && options.memory == 512 * MIB);
  host_native_ask_memory(512 * MIB);
  CHECK(parse(&options, error, 0));
  CHECK(!options_lower_memory(&options) && options.memory == 512 * MIB);
  host_native_ask_memory(0);
}

int main(void) {
  should_deliver_interrupts_by_priority();
  should_check_width_and_alignment();
  should_fill_buffers_with_entropy();
  should_keep_deterministic_time();
  should_follow_the_host_clock();
  should_parse_options();
  should_take_what_the_host_offers_to_install();
  should_say_what_is_wrong_with_an_option();
  should_take_the_memory_that_the_bundle_asks_for_unless_told();
  should_lower_the_default_memory_only();
  return check_result("board");
}
