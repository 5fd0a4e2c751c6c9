/* SPDX-License-Identifier: MIT */
#include "admin/explain.h"

#include "admin/exit.h"
#include "admin/tell.h"

#include <stdio.h>

enum { FIELD_BYTES_MAX = 4096 };

/* What a field Cache-Status of one cache (RFC 9211) may say of an answer. */
static const char *const names[] = {
    "status", "hit",  "fwd",   "stored", "detail",
    "key",    "near", "redis", "epoch",  "doubt",
};
enum { NAMES = ARRAY_LEN(names) };

struct story {
    char status[12];
    struct told told[NAMES]; /* the status is the answer's */
};

/* None of the values of ours holds a backslash, or a semicolon. */
static struct text unquoted(struct text value)
{
    return value.len >= 2 && value.at[0] == '"'
               ? text_from(value.at + 1, value.len - 2)
               : value;
}

static void take(struct story *story, struct text name, struct text value)
{
    for (unsigned i = 1; i < NAMES; i++)
        if (text_is(name, names[i])) {
            story->told[i].ready = text_is_null(value);
            story->told[i].value =
                text_is_null(value) ? TEXT("true") : unquoted(value);
        }
}

/* "portcullis; hit; detail=near" */
static void read_story(struct text field, int status, struct story *story)
{
    struct text value, name;

    snprintf(story->status, sizeof(story->status), "%d", status);
    for (unsigned i = 0; i < NAMES; i++)
        story->told[i] = (struct told){ .name = names[i], .value = TEXT_NULL };
    story->told[0].value = text_of(story->status);
    story->told[0].ready = true;
    text_cut(&field, ';', &name);
    while (text_cut(&field, ';', &value)) {
        text_cut(&value, '=', &name);
        take(story, text_trim(name), value);
    }
}

static void show(const struct story *story)
{
    for (unsigned i = 0; i < NAMES; i++)
        if (!text_is_null(story->told[i].value))
            printf("%-8s %.*s\n", names[i], TEXT_ARG(story->told[i].value));
}

int explain_command(const struct explain_options *options)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    CLEANUP(buffer_fini) struct buffer field = { 0 };
    struct instance_question question = {
        .path = options->path,
        .field = "Cache-Explain: ?1",
        .wanted = "Cache-Status",
        .ret_wanted = &field,
    };
    struct story story = { .status = "" };
    struct diag diag;
    int status = 0;

    buffer_init(&body, INSTANCE_BYTES_MAX);
    buffer_init(&field, FIELD_BYTES_MAX);
    diag_init(&diag, NULL);
    if (instance_ask(&options->instance, &question, &body, &status, &diag) <
        0) {
        say("%s%s%s", diag.detail, diag.cause[0] ? ": " : "", diag.cause);
        return EXIT_UNREACHABLE;
    }
    read_story(buffer_text(&field), status, &story);
    if (options->json)
        tell(story.told, NAMES);
    else
        show(&story);
    if (field.len > 0)
        return EXIT_OK;
    say("no cache had to do with it");
    return EXIT_FAILED;
}
