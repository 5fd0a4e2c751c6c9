/* SPDX-License-Identifier: MIT */
#include "json/kind.h"

#include "base/id.h"
#include "json/encode.h"
#include "json/moment.h"

#include <stdio.h>

static bool parse_text(const struct field *field UNUSED, struct text raw,
                       char made[static KIND_BYTES] UNUSED,
                       struct text *ret_sql)
{
    *ret_sql = raw;
    return text_is_utf8(raw) && text_find(raw, '\0') < 0;
}

static bool parse_integer(const struct field *field UNUSED, struct text raw,
                          char made[static KIND_BYTES], struct text *ret_sql)
{
    int64_t value;

    if (!text_to_int64(raw, &value))
        return false;
    snprintf(made, KIND_BYTES, "%lld", (long long)value);
    *ret_sql = text_of(made);
    return true;
}

static bool parse_boolean(const struct field *field UNUSED, struct text raw,
                          char made[static KIND_BYTES] UNUSED,
                          struct text *ret_sql)
{
    *ret_sql = text_is(raw, "true") ? TEXT("t") : TEXT("f");
    return text_is(raw, "true") || text_is(raw, "false");
}

static bool parse_uuid(const struct field *field UNUSED, struct text raw,
                       char made[static KIND_BYTES], struct text *ret_sql)
{
    struct uuid id;

    if (!uuid_parse(raw, &id))
        return false;
    uuid_format(id, made);
    *ret_sql = text_of(made);
    return true;
}

static bool parse_date(const struct field *field UNUSED, struct text raw,
                       char made[static KIND_BYTES] UNUSED,
                       struct text *ret_sql)
{
    *ret_sql = raw;
    return date_is_valid(raw);
}

static bool parse_timestamp(const struct field *field UNUSED, struct text raw,
                            char made[static KIND_BYTES], struct text *ret_sql)
{
    if (!moment_to_utc(raw, made))
        return false;
    *ret_sql = text_of(made);
    return true;
}

static bool parse_choice(const struct field *field, struct text raw,
                         char made[static KIND_BYTES] UNUSED,
                         struct text *ret_sql)
{
    *ret_sql = raw;
    if (!field->choices)
        return field->format->accepts(raw);
    for (const char *const *choice = field->choices; *choice; choice++)
        if (text_is(raw, *choice))
            return true;
    return false;
}

/* clang-format off */
const struct kind kinds[FIELD_TYPES] = {
    [FIELD_TEXT] = { "text", "must be text", "invalid_format",
        NODE_TEXT, true, true, parse_text, encode_text },
    [FIELD_INTEGER] = { "integer", "must be an integer", "wrong_type",
        NODE_INTEGER, true, true, parse_integer, encode_ready },
    [FIELD_BOOLEAN] = { "boolean", "must be true or false", "wrong_type",
        NODE_BOOLEAN, true, true, parse_boolean, encode_boolean },
    [FIELD_UUID] = { "uuid", "must be a UUID", "invalid_format",
        NODE_TEXT, true, true, parse_uuid, encode_plain },
    [FIELD_DATE] = { "date", "must be a date, YYYY-MM-DD", "invalid_format",
        NODE_TEXT, true, true, parse_date, encode_plain },
    [FIELD_TIMESTAMP] = { "timestamp",
        "must be a time by RFC 3339, such as 2026-11-21T08:30:00Z",
        "invalid_format",
        NODE_TEXT, true, true, parse_timestamp, encode_timestamp },
    [FIELD_ENUM] = { "enum", "must be one of", "not_allowed",
        NODE_TEXT, true, true, parse_choice, encode_plain },
    [FIELD_TEXT_LIST] = { "text list", "must be a list of texts",
        "invalid_format",
        NODE_LIST, true, false, parse_text, encode_list },
    [FIELD_JSON] = { "object", "must be an object", "wrong_type",
        NODE_OBJECT, false, false, NULL, encode_compact },
};
/* clang-format on */

void kind_fault(const struct field *field, struct diag *diag,
                const char *pointer, const char *code)
{
    char names[DIAG_DETAIL_BYTES] = "";
    const char *const *choice = field->choices;
    const char *rule = kinds[field->type].rule;
    size_t len = 0;

    for (; choice && *choice && len < sizeof(names); choice++)
        len += (size_t)snprintf(names + len, sizeof(names) - len, "%s %s",
                                len ? "," : "", *choice);
    if (field->type == FIELD_ENUM && !field->choices)
        rule = field->format->rule;
    diag_violation(diag, pointer, code, "%s%s", rule, names);
}
