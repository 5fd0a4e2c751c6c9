/* SPDX-License-Identifier: MIT */
/* docs/resilience.md shows the tables as they are. */
#include "resilience/retry.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { PAGE_BYTES_MAX = 64 * 1024 };

static char page[PAGE_BYTES_MAX];
static unsigned rows;

static void read_page(void)
{
    FILE *file = fopen(SOURCE_DIR "/docs/resilience.md", "r");

    cr_assert_not_null(file);
    cr_assert_gt(fread(page, 1, sizeof(page) - 1, file), 0);
    fclose(file);
}

TestSuite(page, .init = read_page);

static void expect_row(const char *row)
{
    cr_expect_not_null(strstr(page, row), "missing: %s", row);
    rows++;
}

static unsigned rows_of_names(void)
{
    unsigned count = 0;

    for (const char *at = page; (at = strstr(at, "\n| `")) != NULL; at++)
        count++;
    return count;
}

#define RETRY(error, read, begin, inside, commit) \
    { "`" #error "`",                             \
      { RETRY_##read, RETRY_##begin, RETRY_##inside, RETRY_##commit } },
static const struct {
    const char *name;
    enum retry_verdict verdicts[RETRY_PHASES];
} retries[] = {
#include "resilience/retry.def"
};
#undef RETRY

#define CONSTANT(name, value, what) "| `" #name "` | " #value " | " what " |\n",
static const char *const constants[] = {
#include "resilience/constants.def"
};
#undef CONSTANT

Test(page, shows_every_row_of_both_tables_and_no_other)
{
    for (size_t i = 0; i < ARRAY_LEN(retries); i++) {
        const enum retry_verdict *v = retries[i].verdicts;
        char row[160];

        snprintf(row, sizeof(row), "| %s | %s | %s | %s | %s |",
                 retries[i].name, retry_verdict_name(v[RETRY_READ]),
                 retry_verdict_name(v[RETRY_BEGIN]),
                 retry_verdict_name(v[RETRY_INSIDE]),
                 retry_verdict_name(v[RETRY_COMMIT]));
        expect_row(row);
    }
    for (size_t i = 0; i < ARRAY_LEN(constants); i++)
        expect_row(constants[i]);
    cr_expect_eq(rows_of_names(), rows);
}
