/* SPDX-License-Identifier: MIT */
#include "base/settings_load.h"

#include "base/check.h"
#include "base/error.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/memory.h"

/* All values at their longest, with origins, fit into the arena. */
enum { ARENA_BYTES = 1 << 20 };

void settings__mistake(struct loader *loader, const struct place *place,
                       const char *what, const char *name)
{
    buffer_add_format(loader->mistakes, "%s: %s %s\n", place->text, name, what);
}

void settings__quote(struct buffer *out, struct text value)
{
    char shown[80];
    size_t read;
    char *end = escape_json(shown, shown + sizeof(shown), value, &read);

    buffer_add_string(out, "\"");
    buffer_add(out, shown, (size_t)(end - shown));
    buffer_add_string(out, read < value.len ? "…\"" : "\"");
}

static const char *copy(struct loader *loader, struct text t)
{
    const char *made = arena_copy(&loader->made->arena, t);

    CHECK(made);
    return made;
}

void settings__put(struct loader *loader, int id, const struct place *place,
                   struct text value)
{
    const char *name = settings__rows[id].name;
    struct setting_value *to = &loader->made->values[id];

    if (!text_is_null(to->text)) {
        if (to->origin == place->origin)
            settings__mistake(loader, place, "is given twice", name);
        return;
    }
    if (value.len > SETTING_VALUE_BYTES_MAX) {
        settings__mistake(loader, place, "has more than 8192 bytes", name);
        value.len = 0;
    }
    to->text = text_from(copy(loader, value), value.len);
    to->origin = place->origin;
    to->origin_text = copy(loader, text_of(place->text));
}

void settings__keep_until_restart(struct loader *loader,
                                  const struct settings *before)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_value *old = &before->values[id];
        struct setting_value *value = &loader->made->values[id];

        if (!settings__rows[id].restart || text_equal(old->text, value->text))
            continue;
        value->waiting = value->origin_text;
        value->text = text_from(copy(loader, old->text), old->text.len);
        value->number = old->number;
        value->origin = old->origin;
        value->origin_text = copy(loader, text_of(old->origin_text));
    }
}

void settings__put_from_file(struct loader *loader, int id,
                             const struct place *place, struct text path)
{
    CLEANUP(buffer_fini) struct buffer content;
    CLEANUP(memory_free) char *name = memory_copy(path.at, path.len);
    struct text value;
    int r;

    buffer_init(&content, SETTING_VALUE_BYTES_MAX + 2);
    r = file_read(name, &content);
    if (r != 0) {
        buffer_add_format(loader->mistakes, "%s: cannot read ", place->text);
        settings__quote(loader->mistakes, path);
        buffer_add_format(loader->mistakes, ": %s\n", strerror(r));
        return;
    }
    value = buffer_text(&content);
    if (text_ends_with(value, "\n"))
        value.len--;
    if (text_ends_with(value, "\r"))
        value.len--;
    settings__put(loader, id, place, value);
}

void settings__put_alert(struct loader *loader, const struct place *place,
                         struct text name, struct text rule)
{
    struct settings *made = loader->made;
    const char *what = NULL;

    for (unsigned i = 0; i < made->alert_count; i++)
        if (text_is(name, made->alerts[i].name))
            what = "is given twice";
    if (made->alert_count == SETTINGS_ALERTS_MAX)
        what = "is one alert too many: 64 are taken";
    if (name.len == 0 || rule.len == 0)
        what = "has no name or no rule";
    if (name.len + rule.len > SETTING_VALUE_BYTES_MAX)
        what = "has more than 8192 bytes";
    if (what) {
        settings__mistake(loader, place, what, "alert");
        return;
    }
    made->alerts[made->alert_count++] = (struct settings_alert){
        .name = copy(loader, name),
        .rule = copy(loader, rule),
        .origin = copy(loader, text_of(place->text)),
    };
}

static void load_all(struct loader *loader, struct settings_sources *from)
{
    struct setting_value *config = &loader->made->values[SETTING_CONFIG];

    settings__load_flags(loader, from);
    settings__load_flags_of(loader, from->before);
    if (from->env)
        settings__load_environment(loader, from->env);
    if (config->text.len > 0)
        settings__load_file(loader, config->text.at);
    settings__load_defaults(loader, from->before);
    settings__check(loader);
    if (from->before)
        settings__keep_until_restart(loader, from->before);
}

int settings_load(struct settings_sources *from, struct buffer *mistakes,
                  struct buffer *notices, struct settings **ret_settings)
{
    CLEANUP(settings_free) struct settings *made = NEW(struct settings);
    struct loader loader = { made, mistakes, notices };

    CHECK(mistakes->len == 0);
    made->magic = SETTINGS_MAGIC;
    arena_init(&made->arena, ARENA_BYTES);
    load_all(&loader, from);
    if (mistakes->len > 0 || buffer_overflown(mistakes))
        return -ERR_VALIDATION;
    *ret_settings = made;
    made = NULL;
    return 0;
}
