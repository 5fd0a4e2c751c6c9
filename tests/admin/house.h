/* SPDX-License-Identifier: MIT */
/*
 * The whole schema in a PostgreSQL schema of the test's own, with the rights
 * that it grants and no others, so that tests may run beside each other.
 */
#pragma once

#include "database/migration_set.h"
#include "schema/files.h"
#include "support/database.h"

/* Adds the script, speaking of our schema where it says public. */
UNUSED static void house_add(struct buffer *script,
                             const struct embedded_file *file,
                             const struct place *place)
{
    struct text rest = embedded_text(file);
    static const char said[] = "public.";

    while (rest.len > 0) {
        const char *at = memmem(rest.at, rest.len, said, strlen(said));
        size_t plain = at ? (size_t)(at - rest.at) : rest.len;

        buffer_add(script, rest.at, plain);
        if (at)
            buffer_add_format(script, "%s.", place->schema);
        rest = text_skip(rest, plain + (at ? strlen(said) : 0));
    }
    buffer_add_string(script, ";\n");
}

UNUSED static void house_add_all(struct buffer *script,
                                 const struct place *place)
{
    CLEANUP(migration_set_free) struct migration_set *set = NULL;
    struct diag diag;

    diag_init(&diag, NULL);
    cr_assert_eq(migration_set_new(schema_files, &set, &diag), 0, "%s",
                 diag.detail);
    for (unsigned i = 0; i < set->count; i++)
        house_add(script, set->migrations[i].up, place);
    for (unsigned i = 0; i < set->seed_count; i++)
        house_add(script, set->seeds[i], place);
}

/* place_drop() ends it. */
UNUSED static struct place house_make(void)
{
    CLEANUP(buffer_fini) struct buffer script = { .limit = 1 << 20 };
    unsigned char random[8];
    struct place place;
    char hex[17];

    random_bytes(random, sizeof(random));
    hex_format(random, sizeof(random), hex);
    snprintf(place.schema, sizeof(place.schema), "house_%s", hex);
    place_url(&place, "DATABASE_URL", place.service_url);
    place_url(&place, "OWNER_DATABASE_URL", place.owner_url);
    buffer_add_format(
        &script,
        /* one at a time: all want the extension in public */
        "SELECT pg_advisory_xact_lock(4711);"
        "CREATE SCHEMA %s; GRANT USAGE ON SCHEMA %s TO portcullis_service;"
        "SET LOCAL search_path = %s, public;",
        place.schema, place.schema, place.schema);
    house_add_all(&script, &place);
    buffer_add_byte(&script, '\0');
    cr_assert_not(buffer_overflown(&script));
    place_script(&place, script.at);
    return place;
}

/* --- asking --------------------------------------------------------------- */

struct house_question {
    const struct place *place;
    const char *sql;
    char *answer;
};

UNUSED static void house_ask_fiber(void *arg)
{
    struct house_question *question = arg;
    CLEANUP(connection_close)
    struct connection *connection = test_open(question->place->owner_url);

    question->answer = ask(connection, question->sql);
}

/* The first value as the owner sees it; to be freed. NULL: none, or null. */
UNUSED static char *house_ask(const struct place *place, const char *sql)
{
    struct house_question question = { place, sql, NULL };

    fiber_run_alone("ask", house_ask_fiber, &question);
    return question.answer;
}

#define house_expect(place, question, want)                               \
    do {                                                                  \
        CLEANUP(memory_free) char *got_ = house_ask(place, question);     \
        cr_expect(got_ &&strcmp(got_, want) == 0, "%s: %s instead of %s", \
                  question, got_ ? got_ : "null", want);                  \
    } while (0)
