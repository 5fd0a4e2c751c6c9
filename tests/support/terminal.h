/* SPDX-License-Identifier: MIT */
/* Somebody at a terminal on stdin, or nobody. */
#pragma once

#include "base/attr.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Somebody who has typed this already. */
UNUSED static void sit_down(const char *typed)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    int ours;

    cr_assert(terminal >= 0 && grantpt(terminal) == 0);
    cr_assert_eq(unlockpt(terminal), 0);
    ours = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    cr_assert(ours >= 0 && dup2(ours, STDIN_FILENO) == STDIN_FILENO);
    cr_assert_eq(write(terminal, typed, strlen(typed)), (ssize_t)strlen(typed));
}

UNUSED static void stand_up(void)
{
    int nothing = open("/dev/null", O_RDONLY);

    cr_assert(nothing >= 0 && dup2(nothing, STDIN_FILENO) == STDIN_FILENO);
}
