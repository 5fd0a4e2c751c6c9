/* SPDX-License-Identifier: MIT */
#include "base/settings_load.h"

static enum profile profile_of(const struct settings *settings)
{
    const struct text given = settings->values[SETTING_ENVIRONMENT].text;
    int64_t profile;

    if (text_is_null(given) ||
        !settings__parse(&settings__rows[SETTING_ENVIRONMENT], given, &profile))
        return PROFILE_PRODUCTION;
    return (enum profile)profile;
}

void settings__load_defaults(struct loader *loader,
                             const struct settings *before)
{
    static const char *const by_profile[PROFILE_COUNT] = {
        "default (development)",
        "default (test)",
        "default (staging)",
        "default (production)",
    };
    enum profile profile = profile_of(before ? before : loader->made);

    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_row *row = &settings__rows[id];
        struct setting_value *to = &loader->made->values[id];

        if (!text_is_null(to->text))
            continue;
        to->text = text_of(row->fallback[profile]);
        to->origin = ORIGIN_DEFAULT;
        to->origin_text =
            settings__is_by_profile(row) ? by_profile[profile] : "default";
    }
}

static void check_values(struct loader *loader)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_row *row = &settings__rows[id];
        struct setting_value *value = &loader->made->values[id];

        if (settings__parse(row, value->text, &value->number))
            continue;
        buffer_add_format(loader->mistakes, "%s: %s must be ",
                          value->origin_text, row->name);
        settings__allowed(row, loader->mistakes);
        if (!settings__has_file_form(row)) {
            buffer_add_string(loader->mistakes, ", not ");
            settings__quote(loader->mistakes, value->text);
        }
        buffer_add_string(loader->mistakes, "\n");
    }
}

/* A default gives way to a given value; two given ones must fit. */
static void check_pairs(struct loader *loader)
{
    static const enum setting pairs[][2] = {
        { SETTING_POOL_MIN, SETTING_POOL_MAX },
        { SETTING_REQUEST_TIMEOUT, SETTING_REQUEST_TIMEOUT_MAX },
        { SETTING_URI_LIMIT, SETTING_HEAD_LIMIT },
    };

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct setting_value *low = &loader->made->values[pairs[i][0]];
        struct setting_value *high = &loader->made->values[pairs[i][1]];
        struct setting_value *yields =
            low->origin == ORIGIN_DEFAULT ? low : high;

        if (low->number <= high->number)
            continue;
        if (yields->origin == ORIGIN_DEFAULT) {
            yields->text = (yields == low ? high : low)->text;
            yields->number = (yields == low ? high : low)->number;
            continue;
        }
        buffer_add_format(
            loader->mistakes, "%s: %s must not be above %s (%s), not \"%s\"\n",
            low->origin_text, setting_name(pairs[i][0]),
            setting_name(pairs[i][1]), high->text.at, low->text.at);
    }
}

void settings__check(struct loader *loader)
{
    check_values(loader);
    if (loader->mistakes->len == 0)
        check_pairs(loader);
}
