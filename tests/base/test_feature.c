/* SPDX-License-Identifier: MIT */
#include "base/feature.h"

#include "base/settings.h"

#include <criterion/criterion.h>

static struct settings *load(char *flag)
{
    char *argv[] = { flag, NULL };
    struct settings_sources from = { .argc = 1, .argv = argv };
    CLEANUP(buffer_fini) struct buffer mistakes;
    struct settings *settings = NULL;

    buffer_init(&mistakes, 4096);
    cr_assert_eq(settings_load(&from, &mistakes, NULL, &settings), 0);
    return settings;
}

Test(feature, is_on_until_something_else_is_said)
{
    for (enum feature f = 0; f < FEATURE_COUNT; f++)
        cr_expect(feature_is_on(f), "%s", feature_name(f));
}

Test(feature, follows_the_setting_of_its_name_at_once)
{
    char off[] = "--retries=off", on[] = "--retries=on";
    CLEANUP(settings_free) struct settings *without = load(off);
    CLEANUP(settings_free) struct settings *with = load(on);

    features_apply(without);
    cr_expect_not(feature_is_on(FEATURE_RETRIES));
    cr_expect(feature_is_on(FEATURE_CIRCUIT_BREAKER));
    features_apply(with);
    cr_expect(feature_is_on(FEATURE_RETRIES));
}

Test(feature, is_named_as_its_setting)
{
    cr_expect_str_eq(feature_name(FEATURE_CIRCUIT_BREAKER),
                     setting_name(SETTING_CIRCUIT_BREAKER));
    cr_expect_str_eq(feature_name(FEATURE_LOAD_SHEDDING), "load_shedding");
}
