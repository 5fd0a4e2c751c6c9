/* SPDX-License-Identifier: MIT */
#include "admin/demo_rows.h"

#include "admin/demo_course.h"
#include "import/staging.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { BILLS = 4000, COLUMNS_MAX = 20 };

static const struct demo_plan plan = {
    .seed = 1, .bills = BILLS, .people = 300, .users = 50
};

struct made {
    struct buffer rows[STAGED_TABLES_MAX];
};

static void made_init(struct made *made)
{
    for (size_t i = 0; i < STAGED_TABLES_MAX; i++)
        buffer_init(&made->rows[i], 1 << 26);
}

static void made_fini(struct made *made)
{
    for (size_t i = 0; i < STAGED_TABLES_MAX; i++)
        buffer_fini(&made->rows[i]);
}

static bool is_same(const struct made *a, const struct made *b)
{
    for (size_t i = 0; i < STAGED_TABLES_MAX; i++)
        if (!text_equal(buffer_text(&a->rows[i]), buffer_text(&b->rows[i])))
            return false;
    return true;
}

static void make_bills(const struct demo_plan *of, uint64_t from, uint64_t to,
                       struct made *made)
{
    for (uint64_t i = from; i < to; i++)
        demo_bill(of, i, made->rows);
}

/* The columns of the next row; false behind the last. */
static bool next_row(struct text *rest,
                     struct text ret_columns[static COLUMNS_MAX],
                     size_t *ret_count)
{
    struct text row;

    *ret_count = 0;
    if (rest->len == 0 || !text_cut(rest, '\n', &row))
        return false;
    while (*ret_count < COLUMNS_MAX &&
           text_cut(&row, '\t', &ret_columns[*ret_count]))
        ++*ret_count;
    return true;
}

/* Numbers that pin the generator down: seed and place alone decide. */
static uint64_t sum(const struct made *made)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < STAGED_TABLES_MAX; i++)
        for (size_t k = 0; k < made->rows[i].len; k++)
            hash = (hash ^ (unsigned char)made->rows[i].at[k]) *
                   UINT64_C(0x100000001b3);
    return hash;
}

Test(demo_rows, are_the_same_for_the_same_seed)
{
    CLEANUP(made_fini) struct made first, second, other;
    struct demo_plan another = plan;

    another.seed = 2;
    made_init(&first);
    made_init(&second);
    made_init(&other);
    make_bills(&plan, 0, 200, &first);
    make_bills(&plan, 0, 100, &second);
    make_bills(&plan, 100, 200, &second);
    make_bills(&another, 0, 200, &other);
    cr_expect(is_same(&first, &second));
    cr_expect_not(is_same(&first, &other));
    cr_expect_neq(sum(&first), sum(&other));
}

Test(demo_rows, of_one_record_do_not_depend_on_others)
{
    CLEANUP(made_fini) struct made alone, among;
    size_t before;

    made_init(&alone);
    made_init(&among);
    demo_person(&plan, 41, alone.rows);
    for (uint64_t i = 0; i < 41; i++)
        demo_person(&plan, i, among.rows);
    before = among.rows[0].len;
    demo_person(&plan, 41, among.rows);
    cr_expect(text_equal(buffer_text(&alone.rows[0]),
                         text_skip(buffer_text(&among.rows[0]), before)));
}

Test(demo_rows, number_the_bills_of_each_type_without_a_gap)
{
    CLEANUP(made_fini) struct made made;
    struct text columns[COLUMNS_MAX], rest;
    int64_t last[DEMO_TYPES] = { 0 }, number;
    size_t count;

    made_init(&made);
    make_bills(&plan, 0, BILLS, &made);
    rest = buffer_text(&made.rows[0]);
    for (uint64_t i = 0; next_row(&rest, columns, &count); i++) {
        const char *type = demo_types[i % DEMO_TYPES].type;
        size_t first = 0;

        while (strcmp(demo_types[first].type, type) != 0)
            first++;
        cr_assert_eq(count, 17);
        cr_assert(text_is(columns[2], type));
        cr_assert(text_to_int64(columns[3], &number));
        cr_assert_eq(number, ++last[first], "%s%lld", type, (long long)number);
    }
}

static bool has_high_byte(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.at[i] >= 0x80)
            return true;
    return false;
}

Test(demo_rows, of_bills_agree_with_their_actions)
{
    CLEANUP(made_fini) struct made made;
    struct text bill[COLUMNS_MAX], action[COLUMNS_MAX], last[COLUMNS_MAX];
    struct text bills, actions, ahead;
    size_t count, of_action, seen = 0, bare = 0, foreign = 0;

    made_init(&made);
    make_bills(&plan, 0, BILLS, &made);
    bills = buffer_text(&made.rows[0]);
    actions = ahead = buffer_text(&made.rows[1]);
    while (next_row(&bills, bill, &count)) {
        size_t steps = 0;

        while (next_row(&ahead, action, &of_action) &&
               text_equal(action[0], bill[0])) {
            cr_assert_eq(of_action, 8);
            cr_assert(steps == 0 || memcmp(last[2].at, action[2].at, 10) <= 0,
                      "no step before the one before it");
            if (steps == 0)
                cr_assert(text_equal(action[2], bill[13]), "introduced_on");
            memcpy(last, action, sizeof(last));
            actions = ahead;
            steps++;
        }
        ahead = actions;
        cr_assert(steps >= 1 && steps <= DEMO_STEPS_MAX);
        cr_assert(text_equal(last[2], bill[14]), "latest_action_on");
        cr_assert(text_equal(last[6], bill[15]), "latest_action");
        bare += text_is(bill[8], "\\N");
        foreign += has_high_byte(bill[5]) || has_high_byte(bill[8]);
        seen++;
    }
    cr_expect_eq(seen, BILLS);
    cr_expect(bare > BILLS / 20 && bare < BILLS / 2, "some have no summary");
    cr_expect(foreign > BILLS / 20, "not all is ASCII");
}

Test(demo_rows, name_no_cosponsor_twice_and_never_the_sponsor)
{
    CLEANUP(made_fini) struct made made;
    struct text columns[COLUMNS_MAX], bills, cosponsors;
    char sponsors[BILLS + 1][16] = { 0 };
    static uint64_t met[BILLS + 1][5];
    unsigned most = 0;
    size_t count;

    made_init(&made);
    make_bills(&plan, 0, BILLS, &made);
    bills = buffer_text(&made.rows[0]);
    for (size_t i = 1; next_row(&bills, columns, &count); i++)
        snprintf(sponsors[i], 16, "%.*s", TEXT_ARG(columns[10]));
    cosponsors = buffer_text(&made.rows[2]);
    while (next_row(&cosponsors, columns, &count)) {
        unsigned line = (unsigned)strtoul(columns[0].at, NULL, 10);
        unsigned who = (unsigned)strtoul(columns[2].at + 4, NULL, 10);
        unsigned place = (unsigned)strtoul(columns[1].at, NULL, 10);

        cr_assert(who >= 1 && who <= 300);
        cr_assert_not(met[line][who / 64] >> (who % 64) & 1);
        met[line][who / 64] |= UINT64_C(1) << (who % 64);
        cr_assert_not(text_is(columns[2], sponsors[line]));
        most = place > most ? place : most;
    }
    cr_expect(most >= 15 && most < 30, "%u", most);
}

Test(demo_rows, need_nobody_to_sponsor_a_bill)
{
    struct demo_plan small = { .seed = 3, .bills = 100 };

    for (small.people = 0; small.people < 4; small.people++) {
        CLEANUP(made_fini) struct made made;

        made_init(&made);
        make_bills(&small, 0, small.bills, &made);
        cr_expect(small.people > 1 || made.rows[2].len == 0);
    }
}

Test(demo_rows, end_in_every_status)
{
    static const char *const statuses[] = {
        "introduced",    "in_committee", "reported",  "passed_house",
        "passed_senate", "passed_both",  "agreed_to", "to_president",
        "enacted",       "vetoed",       "failed",    "withdrawn",
    };
    struct dice dice = dice_for(1, 9, 9);
    bool seen[ARRAY_LEN(statuses)] = { 0 };

    for (int i = 0; i < 20000; i++) {
        const struct demo_type *type = &demo_types[i % DEMO_TYPES];
        struct demo_course course = demo_course_for(type, &dice);
        size_t at = 0;

        while (strcmp(statuses[at], course.status) != 0)
            at++;
        seen[at] = true;
        cr_assert_not(type->resolution && strcmp(course.status, "enacted") == 0,
                      "a resolution is never signed");
    }
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        cr_expect(seen[i], "%s", statuses[i]);
}
