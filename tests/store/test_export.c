/* SPDX-License-Identifier: MIT */
#include "store/export.h"

#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

enum { PEOPLE = 5000 };

static struct listing *whole(const char *query)
{
    struct asked_for *asked =
        ask_with(&people, query, (struct listing_options){ .whole = true });

    cr_assert_eq(asked->result, 0, "%s", faults_of(&asked->diag));
    return asked->listing;
}

/* What an export gave, and where it is to end. */
struct taken {
    struct world *world;
    unsigned runs, runs_max;
    size_t longest;
};

static int take(void *arg, struct text run)
{
    struct taken *taken = arg;

    buffer_add_text(&taken->world->out, run);
    if (run.len > taken->longest)
        taken->longest = run.len;
    return ++taken->runs == taken->runs_max ? -ERR_CANCELLED : 0;
}

static int run(struct taken *taken, const char *query,
               enum export_format format)
{
    struct world *world = taken->world;

    buffer_clear(&world->out);
    return store_export(world->store, whole(query), format, take, taken,
                        after_ms(20000), &world->diag);
}

static void add_people(struct world *world, const char *family)
{
    char sql[256];

    snprintf(sql, sizeof(sql),
             "INSERT INTO people (bioguide, full_name, family_name)"
             " SELECT '%s' || n, 'Person ' || n, '%s'"
             "   FROM generate_series(1, %d) AS n",
             family, family, PEOPLE);
    world_script(world, sql);
}

static unsigned count_lines(const struct world *world)
{
    struct text rest = buffer_text(&world->out), line;
    unsigned count = 0;

    while (text_cut(&rest, '\n', &line))
        count += line.len > 0;
    return count;
}

ON_STORE(export, gives_every_row_in_runs_that_stay_short)
{
    struct taken taken = { .world = world };

    add_people(world, "many");
    cr_assert_eq(run(&taken, "family_name=many&fields=id", EXPORT_NDJSON), 0);
    cr_expect_eq(count_lines(world), PEOPLE);
    cr_expect_gt(taken.runs, 4);
    cr_expect_lt(taken.longest, 256 * 1024);
}

ON_STORE(export, keeps_the_order_over_all_batches)
{
    struct taken taken = { .world = world };
    struct text rest, line;
    unsigned number = PEOPLE;

    add_people(world, "order");
    world_script(world, "UPDATE people SET district = split_part(full_name,"
                        " ' ', 2)::integer WHERE family_name = 'order'");
    cr_assert_eq(run(&taken, "family_name=order&sort=-district&fields=district",
                     EXPORT_CSV),
                 0);
    rest = buffer_text(&world->out);
    cr_assert(text_cut(&rest, '\n', &line));
    cr_expect(text_is(line, "district\r"));
    for (; text_cut(&rest, '\n', &line) && line.len > 0; number--)
        cr_assert_eq(strtoul(line.at, NULL, 10), number);
    cr_expect_eq(number, 0);
}

ON_STORE(export, tells_also_that_there_is_nothing)
{
    struct taken taken = { .world = world };

    cr_assert_eq(run(&taken, "family_name=nobody", EXPORT_NDJSON), 0);
    cr_expect_eq(taken.runs, 1);
    cr_expect_eq(world->out.len, 0);
}

/* The pool has one connection: who comes next gets it clean. */
ON_STORE(export, gives_the_connection_back_when_it_is_ended_early)
{
    struct taken taken = { .world = world, .runs_max = 2 };

    add_people(world, "early");
    cr_expect_eq(run(&taken, "family_name=early", EXPORT_NDJSON),
                 -ERR_CANCELLED);
    taken = (struct taken){ .world = world };
    cr_expect_eq(run(&taken, "family_name=early", EXPORT_NDJSON), 0);
    cr_expect_eq(count_lines(world), PEOPLE);
}
