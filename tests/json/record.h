/* SPDX-License-Identifier: MIT */
/*
 * A record as the database keeps it, column by column: it becomes the JSON
 * that a patch is applied to, and takes the values that come of it.
 */
#pragma once

#include "base/check.h"
#include "json/encode.h"
#include "json/patch.h"

static const char *const note_states[] = { "draft", "sent", NULL };
static const char *const note_embeds[] = { "author", NULL };

static const struct field side_rows[] = {
    { MEMBER("first"), .type = FIELD_INTEGER, .min = 0, .max = 99 },
    { MEMBER("note"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 9 },
};

static const struct shape side_shape = {
    .name = "sides",
    .singular = "side",
    SHAPE_ROWS(side_rows),
    .bare = true,
};

static const struct field card_rows[] = {
    { MEMBER("locale"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 35,
      .format = &format_locale },
    { MEMBER("phone"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 40 },
    { MEMBER("side"), .type = FIELD_JSON, .flags = FIELD_NULLABLE,
      .inner = &side_shape },
};

static const struct shape card_shape = {
    .name = "cards",
    .singular = "card",
    SHAPE_ROWS(card_rows),
    .bare = true,
};

static const struct field note_rows[] = {
    { MEMBER("title"), .type = FIELD_TEXT, .min = 1, .max = 20 },
    { MEMBER("place"), .type = FIELD_INTEGER, .min = 1, .max = 1000 },
    { MEMBER("state"), .type = FIELD_ENUM, .choices = note_states,
      .initial = "draft" },
    { MEMBER("summary"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE },
    { MEMBER("author_id"), .type = FIELD_UUID, .flags = FIELD_NULLABLE },
    { MEMBER("sent_on"), .type = FIELD_DATE, .flags = FIELD_NULLABLE },
    { MEMBER("heard_at"), .type = FIELD_TIMESTAMP, .flags = FIELD_NULLABLE },
    { MEMBER("urgent"), .type = FIELD_BOOLEAN, .initial = "f" },
    { MEMBER("tags"), .type = FIELD_TEXT_LIST, .max = 20, .items_max = 5,
      .initial = "{}" },
    { MEMBER("card"), .type = FIELD_JSON, .inner = &card_shape,
      .initial = "{}" },
    { MEMBER("data"), .type = FIELD_JSON, .flags = FIELD_NULLABLE },
    { MEMBER("a/b~c"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 9 },
    { MEMBER("created_by"), .type = FIELD_UUID,
      .flags = FIELD_NULLABLE | FIELD_READ_ONLY | FIELD_OWNER },
};

static const struct shape note_shape = {
    .name = "notes",
    .singular = "note",
    SHAPE_ROWS(note_rows),
    .embeds = note_embeds,
};

enum { RECORD_COLUMNS = SHAPE_COMMON + ARRAY_LEN(note_rows) };

struct record {
    struct text columns[RECORD_COLUMNS];
};

#define RECORD_CARD \
    "{\"phone\": \"1\", \"locale\": \"de\", \"side\": {\"first\": 1}}"

/* As column text comes from the database. */
static inline struct record record_first(void)
{
    static const char *const columns[] = {
        "01997b2e-0000-7000-8000-000000000001",
        "17",
        "2026-11-20 08:30:00+00",
        "2026-11-21 08:30:00.12+00",
        NULL,
        "A title",
        "7",
        "sent",
        NULL,
        "01997b2e-0000-7000-8000-00000000000a",
        "2026-11-21",
        "2026-11-21 08:30:00+00",
        "f",
        "{a,b,c}",
        RECORD_CARD,
        "{\"n\": 1.50, \"list\": [1, [2], {\"x\": null}]}",
        "slashed",
        NULL,
    };
    struct record record;

    for (size_t i = 0; i < RECORD_COLUMNS; i++)
        record.columns[i] = text_of(columns[i]);
    return record;
}

static inline void record_set(struct record *record, const char *name,
                              struct text column)
{
    for (size_t i = 0; i < RECORD_COLUMNS; i++)
        if (text_is(text_of(shape_field(&note_shape, i)->name), name))
            record->columns[i] = column;
}

static inline void record_encode(const struct record *record,
                                 struct buffer *buffer)
{
    struct selection all;

    selection_all(&note_shape, &all);
    shape_encode(&all, record->columns, buffer);
}

/* The values are written, as an UPDATE would. */
static inline void record_update(struct record *record,
                                 const struct values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct value *v = &values->items[i];

        record_set(record, v->field->name, v->text);
    }
}
