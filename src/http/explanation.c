/* SPDX-License-Identifier: MIT */
#include "http/explanation.h"

#include "json/encode.h"

#define PROBLEM(name, why, what_to_do) { ERR_##name, why, what_to_do },
static const struct explanation explanations[] = {
#include "http/problems.def"
};
#undef PROBLEM

const struct explanation *explanation_find(struct text code)
{
    for (size_t i = 0; i < ARRAY_LEN(explanations); i++)
        if (text_is(code, error_info(explanations[i].error)->code))
            return &explanations[i];
    return NULL;
}

/* --- JSON ---------------------------------------------------------------- */

static void add_member(struct buffer *out, const char *name, const char *value)
{
    buffer_add_format(out, ",\"%s\":", name);
    encode_text(out, text_of(value));
}

void explanation_write_json(struct buffer *out, const struct explanation *e)
{
    const struct error_info *info = error_info(e->error);

    buffer_add_format(out, "{\"type\":\"/problems/%s\"", info->code);
    add_member(out, "code", info->code);
    add_member(out, "title", info->title);
    buffer_add_format(out, ",\"status\":%d", info->status);
    add_member(out, "why", e->why);
    add_member(out, "what_to_do", e->what_to_do);
    buffer_add_byte(out, '}');
}

/* --- Markdown ------------------------------------------------------------ */

void explanation_write_markdown(struct buffer *out, const struct explanation *e)
{
    const struct error_info *info = error_info(e->error);

    buffer_add_format(out,
                      "# %s\n\n`%s`, status %d\n\n## Why\n\n%s\n\n"
                      "## What to do\n\n%s\n",
                      info->title, info->code, info->status, e->why,
                      e->what_to_do);
}

/* --- HTML ---------------------------------------------------------------- */

static void add_escaped(struct buffer *out, char c)
{
    static const char *const escapes[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;"
    };
    const char *escape = escapes[(unsigned char)c];

    if (escape)
        buffer_add_string(out, escape);
    else
        buffer_add_byte(out, c);
}

/* Text with `code` in it. */
static void add_prose(struct buffer *out, const char *prose)
{
    bool in_code = false;

    for (; *prose; prose++) {
        if (*prose != '`') {
            add_escaped(out, *prose);
            continue;
        }
        buffer_add_string(out, in_code ? "</code>" : "<code>");
        in_code = !in_code;
    }
}

static void add_section(struct buffer *out, const char *heading,
                        const char *prose)
{
    buffer_add_format(out, "<h2>%s</h2>\n<p>", heading);
    add_prose(out, prose);
    buffer_add_string(out, "</p>\n");
}

void explanation_write_html(struct buffer *out, const struct explanation *e)
{
    static const char head[] =
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<style>"
        ":root{color-scheme:light dark}"
        "body{max-width:36em;margin:3em auto;padding:0 1.25em;"
        "font:16px/1.6 system-ui,sans-serif}"
        "h1{margin-bottom:0}h2{font-size:1em;margin:1.5em 0 0}p{margin:.25em 0}"
        "code{font:.92em ui-monospace,monospace}</style>\n";
    const struct error_info *info = error_info(e->error);

    buffer_add_string(out, head);
    buffer_add_string(out, "<title>");
    add_prose(out, info->title);
    buffer_add_string(out, "</title>\n<h1>");
    add_prose(out, info->title);
    buffer_add_format(out, "</h1>\n<p><code>%s</code>, status %d</p>\n",
                      info->code, info->status);
    add_section(out, "Why", e->why);
    add_section(out, "What to do", e->what_to_do);
}
