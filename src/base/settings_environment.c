/* SPDX-License-Identifier: MIT */
#include "base/settings_load.h"

#include <stdio.h>

static struct text env_find(char **env, const char *name)
{
    size_t len = strlen(name);

    for (; *env; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=' &&
            (*env)[len + 1] != '\0')
            return text_of(*env + len + 1);
    return TEXT_NULL;
}

static void env_name(char *ret_name, size_t size, const char *prefix,
                     const char *name)
{
    size_t len = (size_t)snprintf(ret_name, size, "%s%s", prefix, name);

    for (size_t i = 0; i < len; i++)
        if (ret_name[i] >= 'a' && ret_name[i] <= 'z')
            ret_name[i] = (char)(ret_name[i] & ~0x20);
}

/* NAME or NAME_FILE; false when neither is set. */
static bool load_variable(struct loader *loader, char **env, int id,
                          const char *prefix)
{
    const struct setting_row *row = &settings__rows[id];
    struct place place = { .origin = ORIGIN_ENVIRONMENT };
    struct text value, path = TEXT_NULL;
    size_t len;

    env_name(place.text, sizeof(place.text), prefix, row->name);
    len = strlen(place.text);
    value = env_find(env, place.text);
    if (settings__has_file_form(row)) {
        memcpy(place.text + len, SETTINGS_FILE_SUFFIX,
               sizeof(SETTINGS_FILE_SUFFIX));
        path = env_find(env, place.text);
    }
    if (!text_is_null(path) && !text_is_null(value))
        settings__mistake(loader, &place, "is given twice, here and as itself",
                          row->name);
    else if (!text_is_null(path))
        settings__put_from_file(loader, id, &place, path);
    if (text_is_null(value))
        return !text_is_null(path);
    place.text[len] = '\0';
    settings__put(loader, id, &place, value);
    return true;
}

/* Only told: Kubernetes sets PORTCULLIS_PORT and more for a service's name. */
static void notice_unknown(struct loader *loader, char **env)
{
    for (; loader->notices && *env; env++) {
        struct text rest = text_of(*env), name;
        bool is_file;

        if (!text_starts_with(rest, SETTINGS_PREFIX) ||
            !text_cut(&rest, '=', &name))
            continue;
        if (settings__find_form(text_skip(name, strlen(SETTINGS_PREFIX)),
                                &is_file) >= 0)
            continue;
        settings__quote(loader->notices, name);
        buffer_add_string(loader->notices, " names no setting\n");
    }
}

void settings__load_environment(struct loader *loader, char **env)
{
    for (int id = 0; id < SETTING_COUNT; id++)
        if (!load_variable(loader, env, id, SETTINGS_PREFIX) &&
            (settings__rows[id].kind == KIND_URL ||
             settings__rows[id].kind == KIND_URLS))
            (void)load_variable(loader, env, id, "");
    notice_unknown(loader, env);
}
