#include "machine/launch.h"

#include "host/host.h"
#include "machine/shares.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 4 };

// Text that is only measured while `bytes` is NULL, and written on a second pass.
struct writer {
  uint8_t *bytes;
  size_t size;
};

static void put(struct writer *writer, const void *bytes, size_t length) {
  if (writer->bytes)
    memcpy(writer->bytes + writer->size, bytes, length);
  writer->size += length;
}

static void put_record(struct writer *writer, const char *key, const char *value) {
  put(writer, key, strlen(key));
  put(writer, "=", 1);
  put(writer, value, strlen(value) + 1);
}

static void put_optional(struct writer *writer, const char *key, const char *value) {
  if (value)
    put_record(writer, key, value);
}

// WASI preview 1 tells no terminal size; the shells' variables do where the host sets them.
static void put_window_size(struct writer *writer, const char *window_size) {
  const char *rows = getenv("LINES"), *columns = getenv("COLUMNS");
  char text[32];
  if (window_size) {
    put_record(writer, "run.winsize", window_size);
  } else if (rows && columns && atoi(rows) > 0 && atoi(columns) > 0) {
    snprintf(text, sizeof text, "%u %u", (unsigned)atoi(rows) & 0xffff, (unsigned)atoi(columns) & 0xffff);
    put_record(writer, "run.winsize", text);
  }
}

static void put_mounts(struct writer *writer) {
  for (unsigned share = 0; share < shares_count(); share++) {
    char tag[SHARE_TAG_SIZE], path[SHARE_PATH_SIZE];
    shares_tag(share, tag);
    shares_guest_path(share, path);
    put(writer, "run.mount=", strlen("run.mount="));
    put(writer, tag, strlen(tag));
    put(writer, " ", 1);
    put(writer, path, strlen(path) + 1);
  }
}

// Addresses of docs/FORMATS.md, "Addresses of the guest".
static void put_network(struct writer *writer, const struct options *options) {
  put_record(writer, "run.net", "10.0.2.15/24 10.0.2.2 10.0.2.3");
  put_record(writer, "run.net6", "fd00:6f32:0:0:0:0:0:15/64 fd00:6f32:0:0:0:0:0:2");
  for (size_t i = 0; i < options->host_count; i++) {
    const char *name = options->hosts[i], *colon = strchr(name, ':');
    const bool gateway = strcmp(colon + 1, "host-gateway") == 0;
    put(writer, "run.host=", strlen("run.host="));
    put(writer, name, (size_t)(colon - name));
    put(writer, " ", 1);
    put(writer, gateway ? "10.0.2.2" : colon + 1, strlen(gateway ? "10.0.2.2" : colon + 1) + 1);
  }
  for (size_t i = 0; i < options->search_count; i++) {
    put(writer, "run.dns=search ", strlen("run.dns=search "));
    put(writer, options->search[i], strlen(options->search[i]) + 1);
  }
}

static void put_run(struct writer *writer, const struct options *options, uint64_t time_ns) {
  char number[24];
  for (size_t i = 0; i < options->command_count; i++)
    put_record(writer, "run.arg", options->command[i]);
  put_optional(writer, "run.entrypoint", options->entrypoint);
  for (char **entry = host_environment(); *entry; entry++)
    put_record(writer, "run.env", *entry);
  for (size_t i = 0; i < options->env_count; i++)
    put_record(writer, "run.env", options->env[i]);
#define PASSED_WORD(name, valid, expected) put_optional(writer, "run." #name, options->name);
#define PASSED_FLAG(name) put_optional(writer, "run." #name, options->name ? "1" : NULL);
#include "guest/init/passed.inc"
  if (options->tty)
    put_window_size(writer, options->window_size);
  if (options->net)
    put_network(writer, options);
  put_mounts(writer);
  snprintf(number, sizeof number, "%llu", (unsigned long long)time_ns);
  put_record(writer, "run.time", number);
}

static void pad(struct writer *writer) {
  static const uint8_t ZEROS[ALIGNMENT];
  put(writer, ZEROS, (ALIGNMENT - writer->size % ALIGNMENT) % ALIGNMENT);
}

// One member of a newc archive: thirteen fields of eight hexadecimal digits, the name, padding (the content follows).
static void put_member(struct writer *writer, const char *name, unsigned mode, size_t size) {
  char header[128];
  const int length = snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 0U,
                              mode, 0U, 0U, 1U, 0U, size, 0U, 0U, 0U, 0U, strlen(name) + 1, 0U);
  put(writer, header, (size_t)length);
  put(writer, name, strlen(name) + 1);
  pad(writer);
}

static void put_archive(struct writer *writer, size_t launch_size, const struct options *options, uint64_t time_ns) {
  const size_t image_size = (size_t)host_part_size(HOST_LAUNCH);
  put_member(writer, "launch", 0100600, launch_size);
  if (writer->bytes)
    host_part_read(HOST_LAUNCH, 0, writer->bytes + writer->size, image_size);
  writer->size += image_size;
  put_run(writer, options, time_ns);
  pad(writer);
  put_member(writer, "TRAILER!!!", 0, 0);
}

bool launch_build(struct launch *launch, const struct options *options, uint64_t time_ns) {
  struct writer run = {0}, archive = {0};
  put_run(&run, options, time_ns);
  const size_t launch_size = (size_t)host_part_size(HOST_LAUNCH) + run.size;
  put_archive(&archive, launch_size, options, time_ns);
  launch->size = archive.size;
  launch->bytes = host_allocate(archive.size);
  if (!launch->bytes)
    return false;
  archive = (struct writer){.bytes = launch->bytes};
  put_archive(&archive, launch_size, options, time_ns);
  return true;
}
