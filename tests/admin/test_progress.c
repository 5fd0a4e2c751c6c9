/* SPDX-License-Identifier: MIT */
#include "admin/progress.h"

#include "base/clock.h"

#include <criterion/criterion.h>

static void expect(const struct progress *progress, uint64_t seconds,
                   const char *want)
{
    CLEANUP(buffer_fini) struct buffer line = { .limit = 256 };

    progress_format(progress, seconds * NS_PER_S, &line);
    cr_expect(text_is(buffer_text(&line), want), "%.*s",
              TEXT_ARG(buffer_text(&line)));
}

Test(progress, tells_bytes_rate_and_time_left)
{
    expect(&(struct progress){ .name = "import bills",
                               .done = 10 << 20,
                               .all = 40 << 20,
                               .rows = 5000 },
           10, "import bills: 10.0 of 40.0 MiB, 500 rows/s, 0:30 left");
}

Test(progress, draws_a_bar_on_a_terminal_in_colours_only_when_wanted)
{
    struct progress progress = { .name = "import bills",
                                 .terminal = true,
                                 .done = 20 << 20,
                                 .all = 40 << 20,
                                 .rows = 100 };

    expect(&progress, 0,
           "import bills: ############............ 20.0 of 40.0 MiB");
    progress.colours = true;
    expect(&progress, 0,
           "import bills: \033[32m############............\033[0m "
           "20.0 of 40.0 MiB");
}

Test(progress, promises_no_end_where_none_is_known)
{
    expect(&(struct progress){ .name = "import bills",
                               .terminal = true,
                               .done = 3 << 20,
                               .rows = 20 },
           2, "import bills: 3.0 MiB, 10 rows/s");
    expect(&(struct progress){ .name = "import bills" }, 0,
           "import bills: 0.0 MiB");
}

Test(progress, tells_the_lines_of_a_merge)
{
    expect(&(struct progress){ .name = "demo bills",
                               .phase = PROGRESS_MERGING,
                               .done = 10000,
                               .all = 40000,
                               .rows = 40000 },
           2,
           "demo bills: merging line 10000 of 40000, 5000 rows/s, 0:06 left");
}

Test(progress, tells_the_rows_that_are_made)
{
    expect(&(struct progress){ .name = "demo bills",
                               .phase = PROGRESS_MAKING,
                               .done = 500,
                               .all = 2000 },
           1, "demo bills: 500 of 2000 rows, 500 rows/s, 0:03 left");
}

Test(progress, tells_what_it_is_at_and_promises_nothing_of_the_rest)
{
    struct progress dump = { .name = "dump",
                             .phase = PROGRESS_COUNTING,
                             .noun = "table",
                             .done = 8,
                             .all = 32 };

    expect(&dump, 83, "dump: table 8 of 32, 1:23 so far");
    dump.terminal = true;
    expect(&dump, 83,
           "dump: ######.................. table 8 of 32, 1:23 so far");
    dump.all = 0;
    expect(&dump, 83, "dump: table 8, 1:23 so far");
}
