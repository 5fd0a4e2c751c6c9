/* SPDX-License-Identifier: MIT */
#include "http/prefer.h"

/* Honoured by preferences_parse() itself, whoever calls. */
enum { PREFER_HANDLING = 4 };

/* One value that a preference may have. */
static const struct known {
    const char *name, *value;
    unsigned kind;
    enum prefer_count count;
    bool minimal, strict;
} known[] = {
    { "return", "minimal", PREFER_RETURN, .minimal = true },
    { "return", "representation", PREFER_RETURN, .minimal = false },
    { "count", "none", PREFER_COUNT, .count = PREFER_COUNT_NONE },
    { "count", "estimated", PREFER_COUNT, .count = PREFER_COUNT_ESTIMATED },
    { "count", "exact", PREFER_COUNT, .count = PREFER_COUNT_EXACT },
    { "handling", "strict", PREFER_HANDLING, .strict = true },
    { "handling", "lenient", PREFER_HANDLING, .strict = false },
};

struct reading {
    struct request *request;
    unsigned honoured, seen; /* kinds of preference */
    bool understood;
    struct preferences *preferences;
};

static unsigned kind_of(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (text_equal_nocase(name, text_of(known[i].name)))
            return known[i].kind;
    return 0;
}

static const struct known *find(unsigned kind, struct text value)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].kind == kind &&
            text_equal_nocase(value, text_of(known[i].value)))
            return &known[i];
    return NULL;
}

static void follow(struct reading *reading, const struct known *known_one)
{
    struct preferences *preferences = reading->preferences;
    const char *before = preferences->applied;

    preferences->minimal |= known_one->minimal;
    preferences->strict |= known_one->strict;
    if (known_one->kind == PREFER_HANDLING)
        return;
    if (known_one->kind == PREFER_COUNT)
        preferences->count = known_one->count;
    preferences->applied = arena_format(
        &reading->request->arena, "%s%s%s=%s", before ? before : "",
        before ? ", " : "", known_one->name, known_one->value);
}

static struct text unquoted(struct text value)
{
    if (value.len < 2 || value.at[0] != '"' || value.at[value.len - 1] != '"')
        return value;
    return text_from(value.at + 1, value.len - 2);
}

/* name [= value] [; parameter]…; of those with one name the first counts. */
static void read_preference(struct reading *reading, struct text item)
{
    const struct known *known_one;
    struct text value, name;
    unsigned kind;

    text_cut(&item, ';', &value);
    text_cut(&value, '=', &name);
    name = text_trim(name);
    if (name.len == 0)
        return;
    kind = kind_of(name) & reading->honoured;
    if (kind & reading->seen)
        return;
    reading->seen |= kind;
    known_one = find(kind, unquoted(text_trim(value)));
    if (known_one)
        follow(reading, known_one);
    else
        reading->understood = false;
}

int preferences_parse(struct request *request, unsigned honoured,
                      struct preferences *ret_preferences)
{
    struct reading reading = { .request = request,
                               .honoured = honoured | PREFER_HANDLING,
                               .understood = true,
                               .preferences = ret_preferences };
    struct text list, item;

    *ret_preferences = (struct preferences){ 0 };
    for (size_t i = 0; i < request->header_count; i++) {
        if (!text_equal_nocase(request->headers[i].name, TEXT("Prefer")))
            continue;
        list = request->headers[i].value;
        while (text_cut(&list, ',', &item))
            read_preference(&reading, item);
    }
    if (reading.understood || !ret_preferences->strict)
        return 0;
    return REQUEST_FAIL(request, ERR_INVALID_HEADER,
                        "Prefer asks for what is not known here");
}

int preferences_check(struct request *request)
{
    struct preferences preferences;

    return preferences_parse(request, PREFER_RETURN | PREFER_COUNT,
                             &preferences);
}

void preferences_applied(struct reply *reply,
                         const struct preferences *preferences)
{
    if (preferences->applied)
        reply_header(reply, "Preference-Applied", preferences->applied);
}
