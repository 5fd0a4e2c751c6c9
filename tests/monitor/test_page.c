/* SPDX-License-Identifier: MIT */
/* docs/monitor.md shows the rules there are. */
#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define RULE(name, text) "| `" #name "` | `" text "` |",
static const char *const rows[] = {
#include "monitor/rules.def"
};
#undef RULE

Test(page, shows_every_rule_as_it_is)
{
    static char page[1 << 16];
    FILE *file = fopen(SOURCE_DIR "/docs/monitor.md", "r");

    cr_assert_not_null(file);
    cr_assert_gt(fread(page, 1, sizeof(page) - 1, file), 0);
    fclose(file);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        cr_expect_not_null(strstr(page, rows[i]), "missing: %s", rows[i]);
}
