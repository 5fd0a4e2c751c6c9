/* SPDX-License-Identifier: MIT */
#include "app/config_diff.h"

#include "admin/exit.h"
#include "base/memory.h"
#include "json/encode.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MISTAKES_BYTES_MAX = 64 * 1024, SHOWN_BYTES_MAX = 16 * 1024 };

/* The file with the same environment; or the profile's defaults alone. */
static int load(const struct settings *here, const char *file,
                struct settings **ret)
{
    CLEANUP(buffer_fini) struct buffer mistakes = { 0 };
    CLEANUP(memory_free)
    char *flag = file ? memory_format("--config=%s", file)
                      : memory_format("--environment=%s",
                                      settings_text(here, SETTING_ENVIRONMENT));
    char *argv[] = { flag, NULL };
    struct settings_sources from = { .argc = 1,
                                     .argv = argv,
                                     .env = file ? environ : NULL };
    int r;

    buffer_init(&mistakes, MISTAKES_BYTES_MAX);
    r = settings_load(&from, &mistakes, NULL, ret);
    if (r < 0)
        fprintf(stderr, "%.*s", TEXT_ARG(buffer_text(&mistakes)));
    return r < 0 ? EXIT_CONFIG : EXIT_OK;
}

static void add_shown(struct buffer *out, const struct settings *settings,
                      enum setting id, bool json)
{
    CLEANUP(buffer_fini) struct buffer shown = { 0 };

    buffer_init(&shown, SHOWN_BYTES_MAX);
    settings_show(settings, id, &shown);
    if (json)
        encode_text(out, buffer_text(&shown));
    else
        buffer_add_text(out, shown.len ? buffer_text(&shown) : TEXT("none"));
}

static void add(struct buffer *out, enum setting id,
                const struct settings *here, const struct settings *there,
                bool json)
{
    if (json) {
        buffer_add_format(out, "%s{\"setting\":\"%s\",\"here\":",
                          out->len ? ",\n" : "[\n", setting_name(id));
        add_shown(out, here, id, true);
        buffer_add_string(out, ",\"there\":");
        add_shown(out, there, id, true);
        buffer_add_byte(out, '}');
        return;
    }
    buffer_add_format(out, "%s: ", setting_name(id));
    add_shown(out, here, id, false);
    buffer_add_format(out, " (%s), there ", settings_origin_text(here, id));
    add_shown(out, there, id, false);
    buffer_add_byte(out, '\n');
}

/* Where a setting comes from is no difference; nor is the file's own name. */
static bool differs(enum setting id, const struct settings *here,
                    const struct settings *there)
{
    return id != SETTING_CONFIG &&
           strcmp(settings_text(here, id), settings_text(there, id)) != 0;
}

int config_diff(const struct settings *here, const char *file, bool json,
                struct buffer *out)
{
    CLEANUP(settings_free) struct settings *there = NULL;
    int status = load(here, file, &there);
    bool found = false;

    if (status != EXIT_OK)
        return status;
    for (enum setting id = 0; id < SETTING_COUNT; id++)
        if (differs(id, here, there)) {
            add(out, id, here, there, json);
            found = true;
        }
    if (json)
        buffer_add_string(out, found ? "\n]\n" : "[]\n");
    return found && file ? EXIT_FOUND : EXIT_OK;
}
