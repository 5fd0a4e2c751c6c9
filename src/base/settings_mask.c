/* SPDX-License-Identifier: MIT */
#include "base/settings_row.h"

static const char mask[] = "***";

/* The length of the part up to and with `needle`, or 0. */
static size_t through(struct text t, const char *needle)
{
    const char *found =
        t.len ? memmem(t.at, t.len, needle, strlen(needle)) : NULL;

    return found ? (size_t)(found - t.at) + strlen(needle) : 0;
}

static size_t through_last(struct text t, char byte)
{
    const char *found = t.len ? memrchr(t.at, byte, t.len) : NULL;

    return found ? (size_t)(found - t.at) + 1 : 0;
}

/* password=, sslpassword= and whatever else ends like them. */
static void mask_parameters(struct text rest, struct buffer *out)
{
    size_t bytes;

    while ((bytes = through(rest, "password=")) > 0) {
        ptrdiff_t end;

        buffer_add(out, rest.at, bytes);
        buffer_add_string(out, mask);
        rest = text_skip(rest, bytes);
        end = text_find(rest, '&');
        rest = text_skip(rest, end < 0 ? rest.len : (size_t)end);
    }
    buffer_add_text(out, rest);
}

/*
 * The password ends at the LAST '@': one that was not percent-encoded may
 * hold '@', '/' or '?', and rather too much is masked than a piece shown.
 */
static void mask_url(struct text url, struct buffer *out)
{
    size_t scheme = through(url, "://");
    struct text rest = text_skip(url, scheme);
    size_t user = through(rest, ":"), end = through_last(rest, '@');

    buffer_add(out, url.at, scheme);
    if (user > 0 && user < end) {
        buffer_add(out, rest.at, user);
        buffer_add_string(out, mask);
        rest = text_skip(rest, end - 1);
    }
    mask_parameters(rest, out);
}

/* A piece that is no URL may be the rest of a password with a comma in it. */
static void mask_urls(struct text urls, struct buffer *out)
{
    struct text url;

    for (bool first = true; text_cut(&urls, ',', &url); first = false) {
        if (!first)
            buffer_add_byte(out, ',');
        if (through(url, "://") > 0)
            mask_url(url, out);
        else
            buffer_add_string(out, mask);
    }
}

void settings__mask(const struct setting_row *row, struct text value,
                    struct buffer *out)
{
    if (row->kind == KIND_SECRET)
        buffer_add_string(out, value.len ? mask : "");
    else if (row->kind == KIND_URL)
        mask_url(value, out);
    else if (row->kind == KIND_URLS && value.len > 0)
        mask_urls(value, out);
    else
        buffer_add_text(out, value);
}
