/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/escape.h"
#include "base/settings_row.h"

enum { SHOWN_BYTES = 2 * SETTING_VALUE_BYTES_MAX };

static void add_padded(struct buffer *out, struct text value, size_t width)
{
    buffer_add_text(out, value);
    for (size_t len = text_code_points(value); len < width; len++)
        buffer_add_byte(out, ' ');
}

static size_t widest_name(void)
{
    size_t widest = 0;

    for (int id = 0; id < SETTING_COUNT; id++) {
        size_t len = strlen(setting_name((enum setting)id));

        widest = len > widest ? len : widest;
    }
    return widest;
}

/* Values stand last: they alone have no width one could know. */
void settings_print(const struct settings *settings, struct buffer *out)
{
    size_t origin_width = 0, name_width = widest_name();

    for (int id = 0; id < SETTING_COUNT; id++) {
        struct text origin =
            text_of(settings_origin_text(settings, (enum setting)id));
        size_t len = text_code_points(origin);

        origin_width = len > origin_width ? len : origin_width;
    }
    for (int id = 0; id < SETTING_COUNT; id++) {
        enum setting it = (enum setting)id;

        add_padded(out, text_of(setting_name(it)), name_width + 2);
        add_padded(out, text_of(settings_origin_text(settings, it)),
                   origin_width + 2);
        settings_show(settings, it, out);
        buffer_add_byte(out, '\n');
    }
    for (unsigned i = 0; i < settings_alert_count(settings); i++) {
        const struct settings_alert *alert = settings_alert(settings, i);

        buffer_add_format(out, "alert.%s  %s  %s\n", alert->name, alert->origin,
                          alert->rule);
    }
}

static void add_json(struct buffer *out, struct text value)
{
    size_t most = value.len * ESCAPE_JSON_GROWTH;
    char *room;

    buffer_add_byte(out, '"');
    room = buffer_room(out, most);
    if (room)
        buffer_grew(
            out, (size_t)(escape_json(room, room + most, value, NULL) - room));
    buffer_add_byte(out, '"');
}

static void add_json_value(struct buffer *out, struct text name,
                           struct text value, const char *origin, bool last)
{
    buffer_add_string(out, "  ");
    add_json(out, name);
    buffer_add_string(out, ": {\"value\": ");
    add_json(out, value);
    buffer_add_string(out, ", \"origin\": ");
    add_json(out, text_of(origin));
    buffer_add_string(out, last ? "}\n" : "},\n");
}

static void add_json_alerts(const struct settings *settings, struct buffer *out)
{
    CLEANUP(buffer_fini) struct buffer name = { 0 };
    unsigned count = settings_alert_count(settings);

    buffer_init(&name, SHOWN_BYTES);
    for (unsigned i = 0; i < count; i++) {
        const struct settings_alert *alert = settings_alert(settings, i);

        buffer_clear(&name);
        buffer_add_format(&name, "alert.%s", alert->name);
        add_json_value(out, buffer_text(&name), text_of(alert->rule),
                       alert->origin, i + 1 == count);
    }
}

void settings_print_json(const struct settings *settings, struct buffer *out)
{
    CLEANUP(buffer_fini) struct buffer shown = { 0 };
    bool alerts = settings_alert_count(settings) > 0;

    buffer_init(&shown, SHOWN_BYTES);
    buffer_add_string(out, "{\n");
    for (int id = 0; id < SETTING_COUNT; id++) {
        enum setting it = (enum setting)id;

        buffer_clear(&shown);
        settings_show(settings, it, &shown);
        add_json_value(out, text_of(setting_name(it)), buffer_text(&shown),
                       settings_origin_text(settings, it),
                       id + 1 == SETTING_COUNT && !alerts);
    }
    add_json_alerts(settings, out);
    buffer_add_string(out, "}\n");
}

/* --- the reference page --- */

static const char heading[] =
    "# Settings\n"
    "\n"
    "This page is printed by `portcullis config reference` from the table in\n"
    "`src/base/settings.def`.\n"
    "\n"
    "A setting is given, strongest first, as\n"
    "\n"
    "1. a flag: `--listen 127.0.0.1:8080` or `--listen=127.0.0.1:8080`;\n"
    "2. an environment variable: `PORTCULLIS_LISTEN`; `DATABASE_URL` and\n"
    "   `REDIS_URL` also without the prefix. Secrets and URLs may stand in a\n"
    "   file that `PORTCULLIS_JWT_SECRET_FILE`, `DATABASE_URL_FILE` and so\n"
    "   on name; a newline at its end is no part of the value. An empty\n"
    "   variable counts as unset;\n"
    "3. a line `LISTEN = 127.0.0.1:8080` of the file that `--config` or\n"
    "   `PORTCULLIS_CONFIG` names; a line that starts with `#` is a comment,\n"
    "   and `alert.NAME = RULE` an alert rule ([monitor](monitor.md));\n"
    "4. its default; where four are listed they are those of `environment`\n"
    "   development, test, staging, production.\n"
    "\n"
    "`portcullis config show` prints every value and where it came from, with\n"
    "secrets masked. Durations are written `250ms`, `2s`, `5m`, `1h`, sizes\n"
    "`512`, `16KiB`, `1MiB`. A secret given as a flag is overwritten in the\n"
    "list of processes, but the shell's history keeps it: prefer a file.\n"
    "Settings marked *restart* take effect with the next start, all others\n"
    "with a reload too.\n"
    "\n"
    "| setting | default | allowed | meaning |\n"
    "|---|---|---|---|\n";

static void add_default(struct buffer *out, const struct setting_row *row)
{
    bool each = settings__is_by_profile(row);

    for (int i = 0; i < (each ? PROFILE_COUNT : 1); i++)
        buffer_add_format(out, row->fallback[i][0] ? "%s`%s`" : "%snone",
                          i ? ", " : "", row->fallback[i]);
}

static void print_reference_row(struct buffer *out,
                                const struct setting_row *row)
{
    buffer_add_format(out, "| `%s` | ", row->name);
    add_default(out, row);
    buffer_add_string(out, " | ");
    settings__allowed(row, out);
    buffer_add_format(out, " | %s%s |\n", row->help,
                      row->restart ? " (*restart*)" : "");
}

void settings_print_reference(struct buffer *out)
{
    buffer_add_string(out, heading);
    for (int id = 0; id < SETTING_COUNT; id++)
        print_reference_row(out, &settings__rows[id]);
}

/* --- the same for programs --- */

static void add_json_member(struct buffer *out, const char *before,
                            const char *name, const char *value)
{
    buffer_add_string(out, before);
    add_json(out, text_of(name));
    buffer_add_string(out, ": ");
    add_json(out, text_of(value));
}

static void add_json_defaults(struct buffer *out, const struct setting_row *row)
{
    static const char *const profiles[PROFILE_COUNT] = {
        [PROFILE_DEVELOPMENT] = "development",
        [PROFILE_TEST] = "test",
        [PROFILE_STAGING] = "staging",
        [PROFILE_PRODUCTION] = "production",
    };
    bool each = settings__is_by_profile(row);

    buffer_add_string(out, ", \"defaults\": {");
    for (int i = 0; i < PROFILE_COUNT; i++)
        add_json_member(out, i ? ", " : "", profiles[i],
                        row->fallback[each ? i : 0]);
    buffer_add_string(out, "}");
}

void settings_print_reference_json(struct buffer *out)
{
    CLEANUP(buffer_fini) struct buffer allowed = { 0 };

    buffer_init(&allowed, SHOWN_BYTES);
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_row *row = &settings__rows[id];

        buffer_clear(&allowed);
        settings__allowed(row, &allowed);
        buffer_add_byte(&allowed, '\0');
        add_json_member(out, id ? ",\n{" : "[\n{", "setting", row->name);
        add_json_defaults(out, row);
        add_json_member(out, ", ", "allowed", allowed.at);
        buffer_add_format(out, ", \"restart\": %s",
                          row->restart ? "true" : "false");
        add_json_member(out, ", ", "meaning", row->help);
        buffer_add_string(out, "}");
    }
    buffer_add_string(out, "\n]\n");
}
