/* SPDX-License-Identifier: MIT */
/* The tests of whatever program includes this run one after the other. */
#pragma once

#include <criterion/options.h>

__attribute__((constructor)) static void one_at_a_time(void)
{
    criterion_options.jobs = 1;
}
