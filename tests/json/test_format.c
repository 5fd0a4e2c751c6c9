/* SPDX-License-Identifier: MIT */
#include "json/field.h"

#include <criterion/criterion.h>

static void expect(const struct format *format, const char *const *good,
                   const char *const *bad)
{
    for (; *good; good++)
        cr_expect(format->accepts(text_of(*good)), "%s", *good);
    for (; *bad; bad++)
        cr_expect_not(format->accepts(text_of(*bad)), "%s", *bad);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

Test(format, knows_email_addresses)
{
    expect(&format_email, WORDS("a@b", "x.y+z@example.org", "jörg@bücher.de"),
           WORDS("", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\n"));
}

Test(format, knows_codes)
{
    expect(&format_code, WORDS("s", "hjres", "ld_2", "a2345678901234567890"),
           WORDS("", "HR", "2a", "_a", "a-b", "a b", "ä",
                 "a23456789012345678901"));
}

Test(format, knows_web_addresses)
{
    expect(&format_url,
           WORDS("http://a", "https://example.org/x?y#z", "HTTPS://[::1]:8/"),
           WORDS("", "http://", "https:///x", "ftp://a", "javascript:alert(1)",
                 "https://a b", "http://?q", "//a"));
}

Test(format, knows_role_keys)
{
    expect(&format_role_key,
           WORDS("ab", "a1", "bill-editor_2",
                 "a23456789012345678901234567890123456789012345678901234567890"
                 "123"),
           WORDS("", "a", "1a", "-a", "Ab", "aB", "a b",
                 "a23456789012345678901234567890123456789012345678901234567890"
                 "1234"));
}

Test(format, knows_permission_keys)
{
    expect(&format_permission_key,
           WORDS("bills:read", "bills:update:own", "*:*", "bills:*", "*:read",
                 "api-keys:create", "-:_"),
           WORDS("", "bills", "bills:", ":read",
                 "bills:read:", "bills:read:any",
                 "bills:read:own:", "Bills:read", "bi*:read", "a:b:own:own"));
}

Test(format, knows_language_tags)
{
    expect(&format_locale, WORDS("de", "pt-BR", "zh-Hant-TW", "de-CH-1996"),
           WORDS("", "d", "de_DE", "de-", "-de", "12", "abcdefghi",
                 "de-123456789"));
}

Test(format, knows_time_zones)
{
    expect(
        &format_time_zone,
        WORDS("UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5"),
        WORDS("", "/", "Europe/", "/Berlin", "Europe//Berlin", "+02:00",
              "Europe Berlin"));
}

Test(format, knows_times_of_day)
{
    expect(&format_time,
           WORDS("00:00", "09:05", "23:59:59", "14:30:00.5", "14:30:00.123456"),
           WORDS("", ":", "9:05", "24:00", "14:60", "14:30:60",
                 "14:30:", "14:3", "14:30:00.", "14:30:00.1234567",
                 "14:30:00.5.5", "1a:30", "14:30Z", " 14:30", "14:30:00:00"));
}
