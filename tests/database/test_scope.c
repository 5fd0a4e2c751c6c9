/* SPDX-License-Identifier: MIT */
#include "database/scope.h"

#include <criterion/criterion.h>

static struct scope scope_of(const char *user, const char *rights)
{
    return (struct scope){ 2,
                           { { SCOPE_USER_ID, text_of(user) },
                             { SCOPE_RIGHTS, text_of(rights) } } };
}

Test(scope, is_equal_by_what_it_says)
{
    char copy[] = "bills:read";
    struct scope one = scope_of("", "bills:read"), same = scope_of("", copy);
    struct scope other = scope_of("", "bills:rea");
    struct scope less = { 1, { { SCOPE_USER_ID, TEXT("") } } };
    struct scope nothing = { .count = 0 };

    cr_expect(scope_equal(&one, &same));
    cr_expect_not(scope_equal(&one, &other));
    cr_expect(scope_same_names(&one, &other));
    cr_expect_not(scope_same_names(&one, &less));
    cr_expect_not(scope_equal(&less, &one));
    cr_expect_not(scope_equal(&one, NULL));
    cr_expect(scope_equal(&nothing, NULL));
    cr_expect(scope_equal(NULL, NULL));
}

Test(scope, is_told_apart_by_where_a_value_ends)
{
    struct scope one = scope_of("a", "bc"), other = scope_of("ab", "c");

    cr_expect_not(scope_equal(&one, &other));
}

Test(scope, is_kept_with_values_of_its_own)
{
    CLEANUP(kept_scope_fini) struct kept_scope kept = { .capacity = 0 };
    char user[] = "somebody", rights[] = "bills:read";
    struct scope given = scope_of(user, rights);

    scope_keep(&kept, &given);
    memset(user, 'x', strlen(user));
    memset(rights, 'x', strlen(rights));
    cr_assert_eq(kept.scope.count, 2);
    cr_expect_str_eq(kept.scope.settings[0].value.at, "somebody");
    cr_expect_str_eq(kept.scope.settings[1].value.at, "bills:read");
}

Test(scope, that_is_kept_gives_way_to_the_next)
{
    CLEANUP(kept_scope_fini) struct kept_scope kept = { .capacity = 0 };
    struct scope first = scope_of("", "bills:read");
    struct scope second = scope_of("018f0000-0000-7000-8000-000000000001",
                                   "bills:read people:read users:read:own");
    struct scope null = { 1, { { SCOPE_USER_ID, TEXT_NULL } } };

    scope_keep(&kept, &first);
    scope_keep(&kept, &second);
    cr_expect(scope_equal(&kept.scope, &second));
    scope_keep(&kept, &null);
    cr_expect_str_eq(kept.scope.settings[0].value.at, "", "null is empty");
    scope_keep(&kept, NULL);
    cr_expect(scope_equal(&kept.scope, NULL));
}
