/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/memory.h"
#include "base/settings_row.h"

static const struct setting_value *value_of(const struct settings *settings,
                                            enum setting id)
{
    OBJ_CHECK(settings, SETTINGS_MAGIC);
    CHECK(id < SETTING_COUNT);
    return &settings->values[id];
}

void settings_free(struct settings **settings)
{
    if (!*settings)
        return;
    OBJ_CHECK(*settings, SETTINGS_MAGIC);
    arena_fini(&(*settings)->arena);
    (*settings)->magic = 0;
    memory_free(settings);
}

const char *settings_text(const struct settings *settings, enum setting id)
{
    return value_of(settings, id)->text.at;
}

int64_t settings_int(const struct settings *settings, enum setting id)
{
    return value_of(settings, id)->number;
}

bool settings_bool(const struct settings *settings, enum setting id)
{
    return value_of(settings, id)->number != 0;
}

enum setting_origin settings_origin(const struct settings *settings,
                                    enum setting id)
{
    return value_of(settings, id)->origin;
}

const char *settings_origin_text(const struct settings *settings,
                                 enum setting id)
{
    return value_of(settings, id)->origin_text;
}

unsigned settings_alert_count(const struct settings *settings)
{
    OBJ_CHECK(settings, SETTINGS_MAGIC);
    return settings->alert_count;
}

const struct settings_alert *settings_alert(const struct settings *settings,
                                            unsigned index)
{
    CHECK(index < settings_alert_count(settings));
    return &settings->alerts[index];
}

const char *settings_waiting(const struct settings *settings, enum setting id)
{
    return value_of(settings, id)->waiting;
}

bool settings_same(const struct settings *a, const struct settings *b,
                   enum setting id)
{
    return text_equal(value_of(a, id)->text, value_of(b, id)->text);
}

void settings_show(const struct settings *settings, enum setting id,
                   struct buffer *out)
{
    settings__mask(&settings__rows[id], value_of(settings, id)->text, out);
}
