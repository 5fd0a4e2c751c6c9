/* SPDX-License-Identifier: MIT */
#include "auth/permission.h"

#include <criterion/criterion.h>

TestSuite(permission);

static bool parses(const char *key)
{
    struct permission_pattern pattern;

    return permission_parse(text_of(key), &pattern);
}

Test(permission, a_key_has_a_resource_and_an_action)
{
    struct permission_pattern pattern;

    cr_assert(permission_parse(TEXT("api-keys:read"), &pattern));
    cr_expect(text_is(pattern.resource, "api-keys"));
    cr_expect(text_is(pattern.action, "read"));
    cr_expect_not(pattern.own);
}

Test(permission, a_key_may_end_in_own)
{
    struct permission_pattern pattern;

    cr_assert(permission_parse(TEXT("bills:update:own"), &pattern));
    cr_expect(text_is(pattern.action, "update"));
    cr_expect(pattern.own);
}

Test(permission, a_star_may_stand_for_either_part)
{
    cr_expect(parses("*:*"));
    cr_expect(parses("bills:*"));
    cr_expect(parses("*:read"));
    cr_expect(parses("*:*:own"));
}

Test(permission, what_is_no_key_is_told)
{
    static const char *const none[] = {
        "",
        ":",
        "bills",
        "bills:",
        ":read",
        "bills:read:",
        "bills:read:all",
        "bills:read:own:",
        "Bills:read",
        "bills:re ad",
        "bills:**",
        "b*:read",
        "bills:read:OWN",
        "bills::own",
        "bills:read:own:own",
        "bills:r\xc3\xa9",
    };

    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        cr_expect_not(parses(none[i]), "%s", none[i]);
    cr_expect_not(parses(NULL));
}

Test(permission, a_nul_is_no_part_of_a_key)
{
    struct permission_pattern pattern;

    cr_expect_not(permission_parse(TEXT("bills:read\0"), &pattern));
}

static bool covers(const char *pattern, const char *asked)
{
    struct permission_pattern p, a;

    cr_assert(permission_parse(text_of(pattern), &p));
    cr_assert(permission_parse(text_of(asked), &a));
    return permission_covers(&p, &a);
}

static bool meet(const char *one, const char *other)
{
    struct permission_pattern a, b;

    cr_assert(permission_parse(text_of(one), &a));
    cr_assert(permission_parse(text_of(other), &b));
    cr_expect_eq(permission_meets(&a, &b), permission_meets(&b, &a));
    return permission_meets(&a, &b);
}

Test(permission, a_star_covers_what_has_no_star)
{
    cr_expect(covers("*:*", "bills:read"));
    cr_expect(covers("bills:*", "bills:read"));
    cr_expect(covers("*:read", "bills:read"));
    cr_expect(covers("bills:read", "bills:read"));
    cr_expect_not(covers("people:*", "bills:read"));
    cr_expect_not(covers("*:update", "bills:read"));
}

Test(permission, a_star_is_covered_by_a_star_only)
{
    cr_expect(covers("*:*", "*:*"));
    cr_expect(covers("*:read", "*:read"));
    cr_expect_not(covers("bills:*", "*:*"));
    cr_expect_not(covers("bills:read", "bills:*"));
}

Test(permission, patterns_meet_where_one_key_could_be_of_both)
{
    cr_expect(meet("bills:*", "*:read"));
    cr_expect(meet("*:*", "bills:read"));
    cr_expect(meet("bills:read", "bills:read:own"));
    cr_expect_not(meet("bills:*", "people:*"));
    cr_expect_not(meet("bills:read", "bills:update"));
}

Test(permission, every_row_of_the_catalogue_is_found_by_its_key)
{
    for (unsigned i = 0; i < PERMISSION_COUNT; i++) {
        struct permission_pattern pattern;
        enum permission found;

        cr_assert(
            permission_parse(permission_key((enum permission)i), &pattern));
        cr_assert(permission_find(permission_key((enum permission)i), &found));
        cr_expect_eq((unsigned)found, i);
        cr_expect_gt(strlen(permission_what((enum permission)i)), 0);
    }
}

Test(permission, a_key_that_is_in_no_row_is_not_found)
{
    enum permission found;

    cr_expect_not(permission_find(TEXT("bills:rea"), &found));
    cr_expect_not(permission_find(TEXT("bills:reads"), &found));
    cr_expect_not(permission_find(TEXT("*:read"), &found));
    cr_expect_not(permission_find(TEXT_NULL, &found));
}
