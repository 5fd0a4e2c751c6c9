/* SPDX-License-Identifier: MIT */
#include "base/fault.h"
#include "base/memory.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>

static void refuse_the_next(void)
{
    cr_redirect_stderr();
    fault_arm(FAULT_MEMORY, 0, 1);
}

Test(memory, what_is_refused_ends_the_process_with_a_status, .exit_code = 1)
{
    CLEANUP(memory_free) char *at = NULL;

    refuse_the_next();
    at = memory_new(16);
}

Test(memory, growth_that_is_refused_ends_it_too, .exit_code = 1)
{
    CLEANUP(memory_free) char *at = memory_new(16);

    refuse_the_next();
    at = memory_resize(at, 32);
}

Test(memory, a_text_that_is_refused_ends_it_too, .exit_code = 1)
{
    CLEANUP(memory_free) char *at = NULL;

    refuse_the_next();
    at = memory_format("%d", 1);
}

Test(memory, is_zeroed_and_what_was_freed_is_null)
{
    char *at = memory_new_array(3, 5);

    for (int i = 0; i < 15; i++)
        cr_expect_eq(at[i], 0);
    memory_free(&at);
    cr_expect_null(at);
}
