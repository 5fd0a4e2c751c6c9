/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/settings_load.h"

#include <stdio.h>

/* Overwritten, as every user of the machine may list our arguments. */
static void wipe_secret(int id, char *value)
{
    if (settings__has_file_form(&settings__rows[id]))
        memset(value, '*', strlen(value));
}

/* Reads the flag at argv[i]; the arguments it takes, 0: not a setting's. */
static int take_flag(struct loader *loader, char **argv, int i, int argc)
{
    struct text rest = text_skip(text_of(argv[i]), 2), name;
    struct place place = { .origin = ORIGIN_FLAG };
    int id, taken = 1;
    char *value;

    if (!text_starts_with(text_of(argv[i]), "--") || rest.len == 0)
        return 0;
    CHECK(text_cut(&rest, '=', &name));
    id = settings__find(name);
    if (id < 0)
        return 0;
    snprintf(place.text, sizeof(place.text), "flag --%.*s", TEXT_ARG(name));
    value = argv[i] + 2 + name.len + 1;
    if (text_is_null(rest)) {
        value = i + 1 < argc ? argv[i + 1] : NULL;
        taken = 2;
    }
    if (!value || (taken == 2 && text_starts_with(text_of(value), "--"))) {
        settings__mistake(loader, &place, "has no value",
                          settings__rows[id].name);
        return 1;
    }
    settings__put(loader, id, &place, text_of(value));
    wipe_secret(id, value);
    return taken;
}

void settings__load_flags(struct loader *loader, struct settings_sources *from)
{
    int kept = 0, i = 0;

    while (from->argv && i < from->argc) {
        int taken = 0;

        if (strcmp(from->argv[i], "--") == 0)
            break;
        taken = take_flag(loader, from->argv, i, from->argc);
        if (taken == 0)
            from->argv[kept++] = from->argv[i++];
        i += taken;
    }
    while (from->argv && i < from->argc)
        from->argv[kept++] = from->argv[i++];
    from->argc = kept;
}

void settings__load_flags_of(struct loader *loader,
                             const struct settings *before)
{
    for (int id = 0; before && id < SETTING_COUNT; id++) {
        const struct setting_value *value = &before->values[id];
        struct place place = { .origin = ORIGIN_FLAG };

        if (value->origin != ORIGIN_FLAG ||
            !text_is_null(loader->made->values[id].text))
            continue;
        snprintf(place.text, sizeof(place.text), "%s", value->origin_text);
        settings__put(loader, id, &place, value->text);
    }
}
