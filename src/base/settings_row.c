/* SPDX-License-Identifier: MIT */
#include "base/settings_row.h"

#define ALL(value)                 \
    {                              \
        value, value, value, value \
    }
#define EACH(...)   \
    {               \
        __VA_ARGS__ \
    }
#define ANY              .min = NULL
#define RANGE(low, high) .min = low, .max = high
#define ONE_OF(list)     .words = list
#define WHEN_NOW         false
#define WHEN_RESTART     true
#define SETTING(id, title, type, values, allowed, when, sentence) \
    [SETTING_##id] = { .name = #title,                            \
                       .kind = KIND_##type,                       \
                       .fallback = values,                        \
                       allowed,                                   \
                       .restart = WHEN_##when,                    \
                       .help = sentence },
/* clang-format off */
#define PROFILES ONE_OF("development test staging production")
/* clang-format on */
const struct setting_row settings__rows[SETTING_COUNT] = {
#include "base/settings.def"
};
#undef SETTING

static bool same_name(struct text given, const char *name)
{
    if (given.len != strlen(name))
        return false;
    for (size_t i = 0; i < given.len; i++) {
        char c = given.at[i] == '-' ? '_' : given.at[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        if (c != name[i])
            return false;
    }
    return true;
}

int settings__find(struct text name)
{
    for (int id = 0; id < SETTING_COUNT; id++)
        if (same_name(name, settings__rows[id].name))
            return id;
    return -1;
}

int settings__find_form(struct text name, bool *ret_is_file)
{
    int id = settings__find(name);

    *ret_is_file = id < 0 && text_ends_with(name, SETTINGS_FILE_SUFFIX);
    if (!*ret_is_file)
        return id;
    name.len -= strlen(SETTINGS_FILE_SUFFIX);
    id = settings__find(name);
    return id >= 0 && settings__has_file_form(&settings__rows[id]) ? id : -1;
}

bool settings__has_file_form(const struct setting_row *row)
{
    return row->kind == KIND_SECRET || row->kind == KIND_URL ||
           row->kind == KIND_URLS;
}

bool settings__is_by_profile(const struct setting_row *row)
{
    for (int i = 1; i < PROFILE_COUNT; i++)
        if (strcmp(row->fallback[0], row->fallback[i]) != 0)
            return true;
    return false;
}

const char *setting_name(enum setting id)
{
    return settings__rows[id].name;
}

bool setting_needs_restart(enum setting id)
{
    return settings__rows[id].restart;
}
