/* SPDX-License-Identifier: MIT */
/*
 * The settings: declared in settings.def, read once from all their origins
 * into a value that never changes. A reload makes a second one.
 *
 * Strongest first: flags (--name value, --name=value), the environment
 * (PORTCULLIS_NAME; DATABASE_URL and REDIS_URL also without the prefix; for
 * secrets and URLs NAME_FILE, a file that holds the value), the file named by
 * `config` (lines NAME = value), the default of the environment's profile.
 */
#pragma once

#include "base/attr.h"
#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

#define SETTING(id, ...) SETTING_##id,
enum setting {
#include "base/settings.def"
    SETTING_COUNT
};
#undef SETTING

enum setting_origin {
    ORIGIN_DEFAULT,
    ORIGIN_FILE,
    ORIGIN_ENVIRONMENT,
    ORIGIN_FLAG,
};

struct settings;

struct settings_sources {
    int argc;
    char **argv; /* without the program's name; NULL: no flags */
    char **env;  /* "NAME=value", ended by NULL; NULL: none */
    /* A reload: its flags count again, and what needs a restart stays. */
    const struct settings *before;
};

/*
 * Reads every origin. Flags that name a setting are taken out of argv and
 * argc shrinks, so that what is left is the caller's to read (up to "--",
 * which stays); values that are secret are overwritten where they stood, so
 * that no list of processes shows them.
 *
 * An empty variable counts as unset. Every mistake adds one line "origin:
 * name …" to `mistakes`, empty so far, all of them before the answer
 * -ERR_VALIDATION. `notices` gets what is odd but harmless, as an unknown
 * PORTCULLIS_ variable; it may be NULL.
 */
int settings_load(struct settings_sources *from, struct buffer *mistakes,
                  struct buffer *notices, struct settings **ret_settings)
    MUST_CHECK;

void settings_free(struct settings **settings);

/*
 * Values. Durations are milliseconds, sizes bytes, choices their position in
 * the row's list, counting from 0. A setting without a value has the empty
 * string. Strings live as long as the settings.
 */
const char *settings_text(const struct settings *settings, enum setting id);
int64_t settings_int(const struct settings *settings, enum setting id);
bool settings_bool(const struct settings *settings, enum setting id);

enum setting_origin settings_origin(const struct settings *settings,
                                    enum setting id);

/* The origin in words: "flag --listen", "/etc/gate.conf:3", "default". */
const char *settings_origin_text(const struct settings *settings,
                                 enum setting id);

/* A line `alert.NAME = RULE` of the file, as it stands there. */
struct settings_alert {
    const char *name, *rule, *origin;
};

enum { SETTINGS_ALERTS_MAX = 64 };

/* In the order of their lines; what a rule is, monitor/rule.h says. */
unsigned settings_alert_count(const struct settings *settings);
const struct settings_alert *settings_alert(const struct settings *settings,
                                            unsigned index);

/* As the tables name it: "listen". */
const char *setting_name(enum setting id);

/* Does a change take effect only with a restart? */
bool setting_needs_restart(enum setting id);

/*
 * Of settings made by a reload. What needs a restart keeps the value it had
 * before; where the origins give another one, this tells which of them does,
 * in words; else NULL.
 */
const char *settings_waiting(const struct settings *settings, enum setting id);

/* Have both the same value in force? */
bool settings_same(const struct settings *a, const struct settings *b,
                   enum setting id);

/* What may be shown of a value: secrets and passwords in URLs are masked. */
void settings_show(const struct settings *settings, enum setting id,
                   struct buffer *out);

/* `portcullis config show`: a table, or one JSON object by name. */
void settings_print(const struct settings *settings, struct buffer *out);
void settings_print_json(const struct settings *settings, struct buffer *out);

/* The reference page, docs/settings.md, made from the table alone; or the same
 * as JSON, a list of settings. */
void settings_print_reference(struct buffer *out);
void settings_print_reference_json(struct buffer *out);
