/* SPDX-License-Identifier: MIT */
/*
 * What a text must look like. The schema's constraints say the same once
 * more; here are no regular expressions, as these few are quicker to read and
 * to run as code.
 */
#include "json/field.h"

static bool is_letter(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* [a-z0-9_-] */
static bool is_key_byte(char c)
{
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '-';
}

static bool is_zone_byte(char c)
{
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '+';
}

static bool is_visible(char c)
{
    return (unsigned char)c > ' ' && c != 0x7F;
}

static bool is_tag_byte(char c)
{
    return is_letter(c) || is_digit(c);
}

static bool all(struct text t, bool (*accepts)(char c))
{
    for (size_t i = 0; i < t.len; i++)
        if (!accepts(t.at[i]))
            return false;
    return true;
}

static bool is_email(struct text t)
{
    ptrdiff_t at = text_find(t, '@');

    return at > 0 && (size_t)at + 1 < t.len && all(t, is_visible) &&
           text_find(text_skip(t, (size_t)at + 1), '@') < 0;
}

static bool is_url(struct text t)
{
    static const struct text schemes[] = { { "https://", 8 },
                                           { "http://", 7 } };

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        struct text front = t, rest = text_skip(t, schemes[i].len);

        front.len -= rest.len;
        if (text_equal_nocase(front, schemes[i]))
            return rest.len > 0 && all(t, is_visible) &&
                   !memchr("/?#:@", rest.at[0], 5);
    }
    return false;
}

static bool is_role_key(struct text t)
{
    return t.len >= 2 && t.len <= 63 && t.at[0] >= 'a' && t.at[0] <= 'z' &&
           all(t, is_key_byte);
}

static bool is_code_byte(char c)
{
    return is_key_byte(c) && c != '-';
}

static bool is_code(struct text t)
{
    return t.len >= 1 && t.len <= 20 && t.at[0] >= 'a' && t.at[0] <= 'z' &&
           all(t, is_code_byte);
}

static bool is_permission_part(struct text t)
{
    return text_is(t, "*") || (t.len > 0 && all(t, is_key_byte));
}

static bool is_permission_key(struct text t)
{
    struct text resource, action, scope;

    if (!text_cut(&t, ':', &resource) || !text_cut(&t, ':', &action))
        return false;
    if (!is_permission_part(resource) || !is_permission_part(action))
        return false;
    return !text_cut(&t, ':', &scope) ||
           (text_is(scope, "own") && text_is_null(t));
}

static bool is_locale(struct text t)
{
    struct text tag;

    if (!text_cut(&t, '-', &tag) || tag.len < 2 || tag.len > 8 ||
        !all(tag, is_letter))
        return false;
    while (text_cut(&t, '-', &tag))
        if (tag.len < 1 || tag.len > 8 || !all(tag, is_tag_byte))
            return false;
    return true;
}

static bool is_time_zone(struct text t)
{
    struct text part;

    if (t.len == 0 || !is_letter(t.at[0]))
        return false;
    while (text_cut(&t, '/', &part))
        if (part.len == 0 || !all(part, is_zone_byte))
            return false;
    return true;
}

static bool is_two_digits(struct text t, char max_tens)
{
    return t.len == 2 && t.at[0] <= max_tens && all(t, is_digit);
}

static bool is_second(struct text t)
{
    struct text whole;

    return text_cut(&t, '.', &whole) && is_two_digits(whole, '5') &&
           (text_is_null(t) || (t.len >= 1 && t.len <= 6 && all(t, is_digit)));
}

static bool is_time(struct text t)
{
    struct text hour, minute;

    if (!text_cut(&t, ':', &hour) || !text_cut(&t, ':', &minute))
        return false;
    return is_two_digits(hour, '2') && memcmp(hour.at, "23", 2) <= 0 &&
           is_two_digits(minute, '5') && (text_is_null(t) || is_second(t));
}

const struct format format_email = { is_email, "must be an e-mail address" };
const struct format format_url = { is_url,
                                   "must be a web address, http or https" };
const struct format format_role_key = {
    is_role_key, "must be 2 to 63 of a-z, 0-9, _ and -, a letter first"
};
const struct format format_code = {
    is_code, "must be 1 to 20 of a-z, 0-9 and _, a letter first"
};
const struct format format_permission_key = {
    is_permission_key, "must be resource:action or resource:action:own"
};
const struct format format_locale = {
    is_locale, "must be a language tag such as de or pt-BR"
};
const struct format format_time_zone = {
    is_time_zone, "must be a time zone such as Europe/Berlin"
};
const struct format format_time = {
    is_time, "must be a time of day such as 14:30 or 14:30:00"
};
