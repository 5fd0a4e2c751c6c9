/* SPDX-License-Identifier: MIT */
#include "base/ip.h"
#include "base/settings_row.h"

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit duration_units[] = {
    { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { 0 },
};

static const struct unit byte_units[] = {
    { "", 1 }, { "KiB", 1 << 10 }, { "MiB", 1 << 20 }, { "GiB", 1 << 30 },
    { 0 },
};

static bool parse_quantity(const struct unit *units, struct text value,
                           int64_t *ret_number)
{
    size_t digits = 0;

    while (digits < value.len && value.at[digits] >= '0' &&
           value.at[digits] <= '9')
        digits++;
    if (!text_to_int64(text_from(value.at, digits), ret_number))
        return false;
    for (const struct unit *unit = units; unit->name; unit++)
        if (text_is(text_skip(value, digits), unit->name))
            return !__builtin_mul_overflow(*ret_number, unit->factor,
                                           ret_number);
    return false;
}

static bool parse_duration(const struct setting_row *row UNUSED,
                           struct text value, int64_t *ret_number)
{
    return parse_quantity(duration_units, value, ret_number);
}

static bool parse_bytes(const struct setting_row *row UNUSED, struct text value,
                        int64_t *ret_number)
{
    return parse_quantity(byte_units, value, ret_number);
}

static bool parse_integer(const struct setting_row *row UNUSED,
                          struct text value, int64_t *ret_number)
{
    return text_to_int64(value, ret_number);
}

/* The position of a word in a list with spaces between; -1: not there. */
static int word_index(const char *words, struct text word)
{
    struct text rest = text_of(words), piece;

    for (int i = 0; text_cut(&rest, ' ', &piece); i++)
        if (text_equal(piece, word))
            return i;
    return -1;
}

static bool parse_choice(const struct setting_row *row, struct text value,
                         int64_t *ret_number)
{
    *ret_number = word_index(row->words, value);
    return *ret_number >= 0;
}

static bool parse_boolean(const struct setting_row *row UNUSED,
                          struct text value, int64_t *ret_number)
{
    int index = word_index("off on false true", value);

    *ret_number = index & 1;
    return index >= 0;
}

/* Nothing that could break a line or a header; spaces are no part of any. */
static bool is_visible(struct text value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.at[i] <= ' ' || value.at[i] == 0x7F)
            return false;
    return true;
}

static bool parse_word(const struct setting_row *row UNUSED, struct text value,
                       int64_t *ret_number)
{
    *ret_number = (int64_t)value.len;
    return is_visible(value);
}

static bool parse_path(const struct setting_row *row UNUSED, struct text value,
                       int64_t *ret_number)
{
    *ret_number = 0;
    return value.len == 0 || !memchr(value.at, '\0', value.len);
}

static bool parse_url(const struct setting_row *row, struct text value,
                      int64_t *ret_number)
{
    struct text rest = value, scheme;

    *ret_number = 0;
    if (value.len == 0)
        return true;
    return text_cut(&rest, ':', &scheme) && !text_is_null(rest) &&
           word_index(row->words, scheme) >= 0 &&
           text_starts_with(rest, "//") && rest.len > 2 && is_visible(rest);
}

static bool parse_urls(const struct setting_row *row, struct text value,
                       int64_t *ret_number)
{
    struct text rest = value, url;

    *ret_number = 0;
    while (value.len > 0 && text_cut(&rest, ',', &url))
        if (url.len == 0 || !parse_url(row, url, ret_number))
            return false;
    return true;
}

/* HOST:PORT, an IPv6 address in brackets; or nothing where that has a sense. */
static bool parse_address(const struct setting_row *row, struct text value,
                          int64_t *ret_number)
{
    struct text host = value;
    bool bracketed = text_starts_with(value, "[");

    *ret_number = 0;
    if (value.len == 0)
        return !row->fallback[0][0];
    while (host.len > 0 && host.at[host.len - 1] != ':')
        host.len--;
    if (host.len < 2 || !text_to_int64(text_skip(value, host.len), ret_number))
        return false;
    host.len--;
    if (*ret_number < 0 || *ret_number > 65535 || !is_visible(host))
        return false;
    if (bracketed)
        return host.len > 2 && host.at[host.len - 1] == ']';
    return text_find(host, ':') < 0;
}

static bool is_web_origin(struct text piece)
{
    size_t scheme = text_starts_with(piece, "https://")  ? 8
                    : text_starts_with(piece, "http://") ? 7
                                                         : 0;
    struct text host = text_skip(piece, scheme);

    return scheme > 0 && host.len > 0 && is_visible(host) &&
           text_find(host, '/') < 0 && text_find(host, '*') < 0;
}

static bool parse_origins(const struct setting_row *row UNUSED,
                          struct text value, int64_t *ret_number)
{
    struct text rest = value, piece;

    *ret_number = 0;
    if (value.len == 0 || text_is(value, "*"))
        return true;
    while (text_cut(&rest, ',', &piece))
        if (!is_web_origin(text_trim(piece)))
            return false;
    return true;
}

static bool parse_networks(const struct setting_row *row UNUSED,
                           struct text value, int64_t *ret_number)
{
    *ret_number = 0;
    return networks_are_valid(value);
}

static const struct {
    bool (*parse)(const struct setting_row *row, struct text value,
                  int64_t *ret_number);
    const char *what;
} kinds[KIND_COUNT] = {
    [KIND_ADDRESS] = { parse_address, "HOST:PORT, the port from 0 to 65535" },
    [KIND_BOOLEAN] = { parse_boolean, "on or off" },
    [KIND_BYTES] = { parse_bytes, "a size" },
    [KIND_CHOICE] = { parse_choice, "one of" },
    [KIND_DURATION] = { parse_duration, "a duration" },
    [KIND_INTEGER] = { parse_integer, "an integer" },
    [KIND_NETWORKS] = { parse_networks,
                        "networks such as 10.0.0.0/8 with commas between" },
    [KIND_ORIGINS] = { parse_origins,
                       "*, or http(s)://host[:port] with commas between" },
    [KIND_PATH] = { parse_path, "a path" },
    [KIND_SECRET] = { parse_word, "a word" },
    [KIND_URL] = { parse_url, "a URL without spaces, its scheme one of" },
    [KIND_URLS] = { parse_urls, "URLs without spaces, commas between, their "
                                "scheme one of" },
    [KIND_WORD] = { parse_word, "a word" },
};

static int64_t bound(const struct setting_row *row, const char *written)
{
    int64_t number = 0;

    if (row->kind == KIND_SECRET)
        return text_to_int64(text_of(written), &number) ? number : 0;
    return kinds[row->kind].parse(row, text_of(written), &number) ? number : 0;
}

bool settings__parse(const struct setting_row *row, struct text value,
                     int64_t *ret_number)
{
    if (!kinds[row->kind].parse(row, value, ret_number))
        return false;
    if (!row->max || (row->kind == KIND_SECRET && value.len == 0))
        return true;
    return *ret_number >= bound(row, row->min) &&
           *ret_number <= bound(row, row->max);
}

void settings__allowed(const struct setting_row *row, struct buffer *out)
{
    struct text rest = text_of(row->words), word;
    const char *before = " ";

    buffer_add_string(out, kinds[row->kind].what);
    if (row->max)
        buffer_add_format(out, " %s %s to %s",
                          row->kind == KIND_SECRET ? "of" : "from", row->min,
                          row->max);
    if (row->kind == KIND_SECRET)
        buffer_add_string(out, " characters");
    while (text_cut(&rest, ' ', &word)) {
        buffer_add_string(out, before);
        buffer_add_text(out, word);
        before = ", ";
    }
}
