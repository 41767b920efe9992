#include "identity.h"

#include "file.h"
#include "report.h"
#include "text.h"

// The largest id docker takes.
enum { ID_LIMIT = INT32_MAX };

// Cuts a colon-separated line up; fields that are missing become "".
static void split_record(char *line, char *fields[], size_t count) {
  static char missing[] = "";
  for (size_t i = 0; i < count; i++) {
    char *field = next_field(&line, ':');
    fields[i] = field == NULL ? missing : field;
  }
}

static bool is_named_or_numbered(const char *wanted, const char *name, const char *number) {
  uint64_t id;
  uint64_t wanted_id;
  return strcmp(wanted, name) == 0 ||
         (parse_decimal(wanted, ID_LIMIT, &wanted_id) && parse_decimal(number, ID_LIMIT, &id) && wanted_id == id);
}

// Finds the user in /etc/passwd: sets all but the groups and returns its name, or NULL where it is not listed.
static const char *find_user(const char *wanted, struct identity *identity) {
  enum { NAME, PASSWORD, UID, GID, COMMENT, HOME, FIELDS };
  size_t size;
  char *rest = file_read("/etc/passwd", &size);
  for (char *line; (line = next_field(&rest, '\n')) != NULL;) {
    char *fields[FIELDS];
    uint64_t uid;
    uint64_t gid;
    split_record(line, fields, FIELDS);
    if (!is_named_or_numbered(wanted, fields[NAME], fields[UID]) || !parse_decimal(fields[UID], ID_LIMIT, &uid) ||
        !parse_decimal(fields[GID], ID_LIMIT, &gid))
      continue;
    identity->uid = (uint32_t)uid;
    identity->gid = (uint32_t)gid;
    if (fields[HOME][0] != '\0')
      identity->home = fields[HOME];
    return fields[NAME];
  }
  return NULL;
}

static bool find_group(const char *wanted, uint32_t *gid) {
  enum { NAME, PASSWORD, GID, FIELDS };
  size_t size;
  char *rest = file_read("/etc/group", &size);
  for (char *line; (line = next_field(&rest, '\n')) != NULL;) {
    char *fields[FIELDS];
    uint64_t id;
    split_record(line, fields, FIELDS);
    if (is_named_or_numbered(wanted, fields[NAME], fields[GID]) && parse_decimal(fields[GID], ID_LIMIT, &id)) {
      *gid = (uint32_t)id;
      return true;
    }
  }
  return false;
}

// The user's own group, then those that list the user as a member; `name` is NULL for a user without one.
static void set_supplementary(const char *name, struct identity *identity) {
  enum { NAME, PASSWORD, GID, MEMBERS, FIELDS };
  size_t size;
  char *rest = name == NULL ? NULL : file_read("/etc/group", &size);
  size_t lines = 1;
  for (const char *c = rest; c != NULL && (c = strchr(c, '\n')) != NULL; c++)
    lines++;
  identity->groups = take_memory((1 + lines) * sizeof *identity->groups);
  identity->groups[identity->group_count++] = identity->gid;
  for (char *line; (line = next_field(&rest, '\n')) != NULL;) {
    char *fields[FIELDS];
    uint64_t gid;
    split_record(line, fields, FIELDS);
    if (!parse_decimal(fields[GID], ID_LIMIT, &gid) || gid == identity->gid)
      continue;
    for (char *member; (member = next_field(&fields[MEMBERS], ',')) != NULL;) {
      if (strcmp(member, name) == 0) {
        identity->groups[identity->group_count++] = (uint32_t)gid;
        break;
      }
    }
  }
}

void identity_resolve(const char *specification, struct identity *identity) {
  char *group = concat(specification, NULL);
  char *user = next_field(&group, ':');
  uint64_t id;
  *identity = (struct identity){.home = "/"};

  const char *name = find_user(user[0] == '\0' ? "0" : user, identity);
  if (name == NULL && user[0] != '\0') {
    if (!parse_decimal(user, ID_LIMIT, &id))
      fail(EXIT_INIT_FAILED, "finding the user: not in the image's /etc/passwd:", user, 0);
    identity->uid = (uint32_t)id;
  }
  // docker: a group that is named takes the place of all others.
  if (group != NULL && group[0] != '\0') {
    name = NULL;
    if (!find_group(group, &identity->gid)) {
      if (!parse_decimal(group, ID_LIMIT, &id))
        fail(EXIT_INIT_FAILED, "finding the group: not in the image's /etc/group:", group, 0);
      identity->gid = (uint32_t)id;
    }
  }
  set_supplementary(name, identity);
}
