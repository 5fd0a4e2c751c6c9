/* SPDX-License-Identifier: MIT */
/* Loading, one origin after the other; for the settings' own files only. */
#pragma once

#include "base/settings_row.h"

struct loader {
    struct settings *made;
    struct buffer *mistakes, *notices;
};

/* Where a value was found, as settings_origin_text() tells it. */
struct place {
    enum setting_origin origin;
    char text[512];
};

/* Adds the line "place: name what". */
void settings__mistake(struct loader *loader, const struct place *place,
                       const char *what, const char *name);

/* Adds what others wrote, cut and escaped so that it stays within a line. */
void settings__quote(struct buffer *out, struct text value);

/* Keeps a value unless a stronger origin gave one; twice is a mistake. */
void settings__put(struct loader *loader, int id, const struct place *place,
                   struct text value);

/* The value stands in a file; one newline at its end is no part of it. */
void settings__put_from_file(struct loader *loader, int id,
                             const struct place *place, struct text path);

/* Keeps an alert rule, of which there is one of each name. */
void settings__put_alert(struct loader *loader, const struct place *place,
                         struct text name, struct text rule);

/* The origins, each in a file of its own. */
void settings__load_flags(struct loader *loader, struct settings_sources *from);
void settings__load_flags_of(struct loader *loader,
                             const struct settings *before);
void settings__load_environment(struct loader *loader, char **env);
void settings__load_file(struct loader *loader, const char *path);

/*
 * Fills in what nobody gave, by the profile given or, in a reload, in force;
 * then checks every value and pair.
 */
void settings__load_defaults(struct loader *loader,
                             const struct settings *before);
void settings__check(struct loader *loader);

/*
 * What needs a restart stays as it was before. The two of a pair both do or
 * both do not, so that what was checked still holds.
 */
void settings__keep_until_restart(struct loader *loader,
                                  const struct settings *before);
