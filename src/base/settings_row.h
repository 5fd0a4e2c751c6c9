/* SPDX-License-Identifier: MIT */
/* The rows of settings.def as data; for the settings' own files only. */
#pragma once

#include "base/arena.h"
#include "base/settings.h"

#define SETTINGS_PREFIX      "PORTCULLIS_"
#define SETTINGS_FILE_SUFFIX "_FILE"

enum profile {
    PROFILE_DEVELOPMENT,
    PROFILE_TEST,
    PROFILE_STAGING,
    PROFILE_PRODUCTION,
    PROFILE_COUNT
};

enum setting_kind {
    KIND_ADDRESS,
    KIND_BOOLEAN,
    KIND_BYTES,
    KIND_CHOICE,
    KIND_DURATION,
    KIND_INTEGER,
    KIND_NETWORKS,
    KIND_ORIGINS,
    KIND_PATH,
    KIND_SECRET,
    KIND_URL,
    KIND_URLS,
    KIND_WORD,
    KIND_COUNT
};

struct setting_row {
    const char *name;
    enum setting_kind kind;
    const char *fallback[PROFILE_COUNT];
    const char *min, *max; /* as one writes them; a secret's: its length */
    const char *words;     /* choices, or a URL's schemes */
    bool restart;
    const char *help;
};

extern const struct setting_row settings__rows[SETTING_COUNT];

enum { SETTINGS_MAGIC = 0x5E771465, SETTING_VALUE_BYTES_MAX = 8192 };

struct settings {
    unsigned magic;
    struct arena arena; /* of all strings */
    struct setting_value {
        struct text text; /* NUL-terminated; absent while loading */
        int64_t number;
        enum setting_origin origin;
        const char *origin_text;
        const char *waiting; /* where another value is, for after a restart */
    } values[SETTING_COUNT];
    struct settings_alert alerts[SETTINGS_ALERTS_MAX];
    unsigned alert_count;
};

/* The row with this name in either case, '-' for '_'; -1: none. */
int settings__find(struct text name);

/* The same, for NAME_FILE of secrets and URLs too. */
int settings__find_form(struct text name, bool *ret_is_file);

bool settings__has_file_form(const struct setting_row *row);
bool settings__is_by_profile(const struct setting_row *row);

/* Checks a value and stores what settings_int() gives. */
bool settings__parse(const struct setting_row *row, struct text value,
                     int64_t *ret_number) MUST_CHECK;

/* Adds what is allowed: "a duration from 1ms to 5m". */
void settings__allowed(const struct setting_row *row, struct buffer *out);

/* Adds a value with its secrets masked. */
void settings__mask(const struct setting_row *row, struct text value,
                    struct buffer *out);
