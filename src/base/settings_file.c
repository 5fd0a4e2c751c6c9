/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/file.h"
#include "base/settings_load.h"

#include <stdio.h>

enum { FILE_BYTES_MAX = 1 << 18 };

/* alert.NAME = RULE: as many as there are, so they are no rows of the table. */
static bool is_alert(struct text name, struct text *ret_name)
{
    *ret_name = text_skip(name, strlen("alert."));
    return text_starts_with(name, "alert.");
}

static void load_line(struct loader *loader, const struct place *place,
                      struct text line)
{
    struct text rest = line, name, alert;
    bool is_file;
    int id;

    if (line.len == 0 || line.at[0] == '#')
        return;
    CHECK(text_cut(&rest, '=', &name));
    name = text_trim(name);
    if (text_starts_with(name, SETTINGS_PREFIX))
        name = text_skip(name, strlen(SETTINGS_PREFIX));
    id = settings__find_form(name, &is_file);
    if (text_is_null(rest)) { /* not shown: it may be a secret */
        buffer_add_format(loader->mistakes, "%s: no NAME = value\n",
                          place->text);
    } else if (is_alert(name, &alert)) {
        settings__put_alert(loader, place, alert, text_trim(rest));
    } else if (id < 0) {
        buffer_add_format(loader->mistakes, "%s: ", place->text);
        settings__quote(loader->mistakes, name);
        buffer_add_string(loader->mistakes, " names no setting\n");
    } else if (id == SETTING_CONFIG) {
        settings__mistake(loader, place, "cannot be set by a file", "config");
    } else if (is_file) {
        settings__put_from_file(loader, id, place, text_trim(rest));
    } else {
        settings__put(loader, id, place, text_trim(rest));
    }
}

void settings__load_file(struct loader *loader, const char *path)
{
    CLEANUP(buffer_fini) struct buffer content;
    struct place place = { .origin = ORIGIN_FILE };
    struct text rest, line;
    int r;

    buffer_init(&content, FILE_BYTES_MAX);
    r = file_read(path, &content);
    if (r != 0) {
        buffer_add_format(loader->mistakes,
                          "%s: config cannot be read, \"%s\": %s\n",
                          loader->made->values[SETTING_CONFIG].origin_text,
                          path, strerror(r));
        return;
    }
    rest = buffer_text(&content);
    for (int number = 1; text_cut(&rest, '\n', &line); number++) {
        if (text_ends_with(line, "\r"))
            line.len--;
        snprintf(place.text, sizeof(place.text), "%s:%d", path, number);
        load_line(loader, &place, text_trim(line));
    }
}
