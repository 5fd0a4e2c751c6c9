/* SPDX-License-Identifier: MIT */
#include "admin/environment.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(environment, replaces_a_variable_and_keeps_those_with_longer_names)
{
    CLEANUP(environment_fini) struct environment env;

    environment_init_empty(&env);
    cr_expect_null(env.list[0]);
    environment_set(&env, "NAME", "1");
    environment_set(&env, "NAMESAKE", "2");
    environment_set(&env, "NAME", "3");
    cr_assert_eq(env.count, 2);
    cr_expect_str_eq(env.list[0], "NAME=3");
    cr_expect_str_eq(env.list[1], "NAMESAKE=2");
    cr_expect_null(env.list[2]);
}

Test(environment, starts_with_ours)
{
    CLEANUP(environment_fini) struct environment env;
    size_t count;

    setenv("PORTCULLIS_TEST", "old", 1);
    environment_init_copy(&env);
    count = env.count;
    environment_set(&env, "PORTCULLIS_TEST", "new");
    cr_expect_eq(env.count, count);
    cr_expect_str_eq(getenv("PORTCULLIS_TEST"), "old", "ours is as it was");
}
