/* SPDX-License-Identifier: MIT */
#include "import/import_kind.h"

static const char *const chambers[] = { "house", "senate", NULL };

enum { NULLABLE = FIELD_NULLABLE, IGNORED = FIELD_READ_ONLY };

/* In the order of the staged columns. */
static const struct field fields[] = {
    { MEMBER("bioguide"), .type = FIELD_TEXT, .min = 1, .max = 20 },
    { MEMBER("name"), .type = FIELD_TEXT, .min = 1, .max = 200 },
    { MEMBER("given"), .type = FIELD_TEXT, .max = 200, .flags = NULLABLE },
    { MEMBER("family"), .type = FIELD_TEXT, .max = 200, .flags = NULLABLE },
    { MEMBER("party"), .type = FIELD_TEXT, .max = 100, .flags = NULLABLE },
    { MEMBER("state"), .type = FIELD_TEXT, .max = 100, .flags = NULLABLE },
    { MEMBER("chamber"), .type = FIELD_ENUM, .choices = chambers,
      .flags = NULLABLE },
    { MEMBER("district"), .type = FIELD_INTEGER, .min = -1, .max = INT32_MAX,
      .flags = NULLABLE },
    { MEMBER("current"), .type = FIELD_BOOLEAN, .flags = NULLABLE },
    { MEMBER("suffix"), .type = FIELD_TEXT, .flags = IGNORED },
    { MEMBER("terms"), .type = FIELD_JSON, .flags = IGNORED },
};

static const struct shape shape = {
    .name = "people",
    .singular = "person",
    SHAPE_ROWS(fields),
    .bare = true,
};

static int read_person(const struct record *record,
                       struct buffer rows[static STAGED_TABLES_MAX])
{
    struct values *values = NULL;
    int r = shape_read(&shape, record->text, SHAPE_REPLACE, record->arena,
                       record->diag, &values);

    if (r == 0)
        import_add_row(&rows[0], record->line, values, values->count);
    return r;
}

const struct import_kind import_people = {
    .name = "people",
    .shape = &shape,
    .staging = &staged_people,
    .read = read_person,
};
