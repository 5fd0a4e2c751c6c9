/* SPDX-License-Identifier: MIT */
/*
 * One member of a resource: its type and its rules, once. Validation,
 * encoding, filters, sort and the documentation's check all read this row.
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"
#include "base/text.h"

#include <stdint.h>

enum field_type {
    FIELD_TEXT,    /* min to max code points */
    FIELD_INTEGER, /* min to max */
    FIELD_BOOLEAN,
    FIELD_UUID,
    FIELD_DATE,      /* YYYY-MM-DD, years 0001 to 9999 */
    FIELD_TIMESTAMP, /* RFC 3339 with an offset; kept in UTC */
    FIELD_ENUM,      /* one of `choices`, or of a table the database has */
    FIELD_TEXT_LIST, /* at most items_max texts of min to max code points */
    FIELD_JSON,      /* an object, by the shape `inner` or free */
    FIELD_TYPES
};

enum field_flag {
    FIELD_NULLABLE = 1 << 0,
    FIELD_READ_ONLY = 1 << 1,   /* the service's own: nobody may set it */
    FIELD_NATURAL_KEY = 1 << 2, /* part of what is unique among the living */
    FIELD_OWNER = 1 << 3,       /* holds the user that `…:own` asks for */
    FIELD_NO_FILTER = 1 << 4,
    FIELD_NO_SORT = 1 << 5,
    FIELD_REDACTED = 1 << 6, /* personal: the audit log never holds its value */
};

/* What a text must look like beyond its length. */
struct format {
    bool (*accepts)(struct text t);
    const char *rule; /* "must be an e-mail address" */
};

extern const struct format format_email;
extern const struct format format_url;            /* http or https */
extern const struct format format_role_key;       /* [a-z][a-z0-9_-]{1,62} */
extern const struct format format_permission_key; /* resource:action[:own] */
extern const struct format format_locale;         /* de, pt-BR, zh-Hant-TW */
extern const struct format format_time_zone;      /* Europe/Berlin, UTC */
extern const struct format format_code;           /* [a-z][a-z0-9_]{0,19} */
extern const struct format format_time; /* of day: 14:30, 14:30:00.5 */

struct shape;

/*
 * A member that is neither nullable nor read-only and has no `initial` value
 * must be given on creation.
 */
struct field {
    const char *name;
    struct text key; /* `,"name":`, ready to be written */
    enum field_type type;
    unsigned flags;
    int64_t min, max;           /* by type; max 0: no limit; both 0: none */
    int64_t items_max;          /* of a list */
    const char *const *choices; /* ended by NULL; none: as `format` says, and
                                   the column's foreign key has the last word */
    const struct format *format;
    const struct shape *inner;
    const char *initial;    /* SQL text where a creation leaves it out; none
                               inside an inner shape */
    const char *column;     /* where it differs from the name */
    const char *references; /* the resource whose id it holds */
};

/* The first two members of a row: { MEMBER("title"), .type = FIELD_TEXT … }. */
#define MEMBER(n) \
    .name = (n), .key = { ",\"" n "\":", sizeof(",\"" n "\":") - 1 }

static inline struct text field_name(const struct field *field)
{
    return text_from(field->key.at + 2, field->key.len - 4);
}

static inline const char *field_column(const struct field *field)
{
    return field->column ? field->column : field->name;
}

bool field_is_required(const struct field *field);
bool field_can_filter(const struct field *field); /* never free or inner JSON */
bool field_can_sort(const struct field *field);   /* never lists and JSON */

/* "text", "integer", "boolean", "uuid", "date", "timestamp" … */
const char *field_type_name(enum field_type type);

/*
 * The SQL text of a value given in a query. Types and choices are checked,
 * lengths and ranges are not: `number_gte=0` is a fair question. An integer is
 * any int64, so that it must be compared as bigint; of a list it is one item.
 * A fault is noted as a violation of the parameter and returned as
 * -ERR_INVALID_PARAMETER; the caller ends with diag_invalid(). The result
 * lives in the arena with a NUL behind it; -ERR_TOO_LARGE when that is full.
 */
int field_parse_value(const struct field *field, struct text raw,
                      struct arena *arena, struct diag *diag,
                      const char *parameter, struct text *ret_value) MUST_CHECK;
