/* SPDX-License-Identifier: MIT */
#include "http/prefer.h"

/* One preference that is understood, as it is written. */
static const struct known {
    const char *token;
    enum preference kind;
    enum prefer_count count;
    bool minimal;
} known[] = {
    { "return=minimal", PREFER_RETURN, 0, true },
    { "return=representation", PREFER_RETURN, 0, false },
    { "count=none", PREFER_COUNT, PREFER_COUNT_NONE, false },
    { "count=estimated", PREFER_COUNT, PREFER_COUNT_ESTIMATED, false },
    { "count=exact", PREFER_COUNT, PREFER_COUNT_EXACT, false },
};

static const struct known *find(struct text token, unsigned honoured)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if ((known[i].kind & honoured) &&
            text_equal_nocase(token, text_of(known[i].token)))
            return &known[i];
    return NULL;
}

static void follow(struct request *request, const struct known *preference,
                   struct preferences *preferences)
{
    const char *before = preferences->applied;

    preferences->minimal |= preference->minimal;
    if (preference->kind == PREFER_COUNT)
        preferences->count = preference->count;
    preferences->applied =
        arena_format(&request->arena, "%s%s%s", before ? before : "",
                     before ? ", " : "", preference->token);
}

/* One field may hold several; returns whether all of them were understood. */
static bool parse_field(struct request *request, struct text list,
                        unsigned honoured, struct preferences *preferences)
{
    bool understood = true;
    struct text item;

    while (text_cut(&list, ',', &item)) {
        const struct known *preference;
        struct text token;

        text_cut(&item, ';', &token);
        token = text_trim(token);
        preference = find(token, honoured);
        if (preference)
            follow(request, preference, preferences);
        else if (text_equal_nocase(token, TEXT("handling=strict")))
            preferences->strict = true;
        else if (token.len > 0 &&
                 !text_equal_nocase(token, TEXT("handling=lenient")))
            understood = false;
    }
    return understood;
}

int preferences_parse(struct request *request, unsigned honoured,
                      struct preferences *ret_preferences)
{
    bool understood = true;

    *ret_preferences = (struct preferences){ 0 };
    for (size_t i = 0; i < request->header_count; i++)
        if (text_equal_nocase(request->headers[i].name, TEXT("Prefer")))
            understood &= parse_field(request, request->headers[i].value,
                                      honoured, ret_preferences);
    if (understood || !ret_preferences->strict)
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
