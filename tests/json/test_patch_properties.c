/* SPDX-License-Identifier: MIT */
/*
 * Random documents, and patches of them, against the naive second reading of
 * both standards. Small ones come first; a patch that fails is made smaller
 * while it still does.
 */
#include "json/patching.h"
#include "json/steps.h"

enum { CASES = 3000, TRIES = 20, TEXT_BYTES_MAX = 1 << 18 };

static void begin(void)
{
    arena_init(&arena, 64 << 20);
    arena_init(&models, 512 << 20);
}

static void end(void)
{
    arena_fini(&arena);
    arena_fini(&models);
}

TestSuite(patch_property, .init = begin, .fini = end);

/* `data` is what we look at; a free object. */
static const struct model *next_case(unsigned number)
{
    const struct model *data;

    end();
    begin();
    diag_init(&diag, &arena);
    record = record_first();
    luck = UINT64_C(0x9E3779B97F4A7C15) * (number + 1);
    data = model_random(OBJECTS, number / (CASES / 4));
    return model_set(model_new(OBJECTS, 0), "data", data);
}

static const char *printed(const struct model *model)
{
    CLEANUP(buffer_fini) struct buffer json = { .limit = TEXT_BYTES_MAX };
    char *copy;

    model_print(model, &json);
    copy = arena_copy(&models, buffer_text(&json));
    CHECK(copy != NULL);
    return copy;
}

static const char *printed_steps(const struct steps *steps)
{
    CLEANUP(buffer_fini) struct buffer json = { .limit = TEXT_BYTES_MAX };
    char *copy;

    steps_print(steps, &json);
    copy = arena_copy(&models, buffer_text(&json));
    CHECK(copy != NULL);
    return copy;
}

static void keep(const struct model *root)
{
    record_set(&record, "data", text_of(printed(model_kid(root, "data"))));
}

/* The values say that `data` went from one to the other. */
static bool has_become(const struct model *was, const struct model *now)
{
    const struct value *value = values_find(values, "data");

    was = model_kid(was, "data");
    now = model_kid(now, "data");
    if (model_equal(was, now))
        return values->count == 0;
    return values->count == 1 && value && text_is(value->text, printed(now));
}

/* --- merge patch ---------------------------------------------------------- */

static bool merges(const struct model *root, const struct model *body)
{
    keep(root);
    return patch(PATCH_MERGE, text_of(printed(body))) == 0 &&
           has_become(root, model_merge(root, body));
}

/* The same again finds nothing to do. */
static bool merges_once(const struct model *root, const struct model *body)
{
    keep(root);
    if (patch(PATCH_MERGE, text_of(printed(body))) < 0)
        return false;
    record_update(&record, values, &arena);
    return patch(PATCH_MERGE, text_of(printed(body))) == 0 &&
           values->count == 0;
}

typedef bool (*merge_fn)(const struct model *root, const struct model *body);

/* Without as many members of `data` as may go. */
static const struct model *smaller(const struct model *root,
                                   const struct model *body, merge_fn holds)
{
    for (unsigned i = 0; i < model_kid(body, "data")->count;) {
        const struct model *less =
            model_swap(body, 0, model_cut(model_kid(body, "data"), i));

        if (holds(root, less))
            i++;
        else
            body = less;
    }
    return body;
}

static void for_all_merges(merge_fn holds)
{
    for (unsigned number = 0; number < CASES; number++) {
        const struct model *root = next_case(number);
        const struct model *body =
            model_set(model_new(OBJECTS, 0), "data",
                      model_random(OBJECTS, number / (CASES / 4)));

        if (!holds(root, body))
            cr_assert_fail("case %u: %s with %s", number, printed(root),
                           printed(smaller(root, body, holds)));
    }
}

Test(patch_property, merging_is_what_the_standard_says)
{
    for_all_merges(merges);
}

Test(patch_property, merging_again_changes_nothing)
{
    for_all_merges(merges_once);
}

/* --- JSON Patch ----------------------------------------------------------- */

/* Which step could not be done is told, by a pointer or in words. */
static bool blames(int r, enum step_kind kind, unsigned place)
{
    const struct violation *v =
        list_first(&diag.violations, struct violation, link);
    char pointer[16], words[32];

    snprintf(pointer, sizeof(pointer), "/%u/", place);
    snprintf(words, sizeof(words), "operation %u: ", place);
    if (kind == TEST)
        return r == -ERR_TEST_FAILED &&
               text_starts_with(text_of(diag.detail), words);
    return r == -ERR_VALIDATION && diag.violation_count == 1 && v &&
           text_starts_with(text_of(v->pointer), pointer);
}

static bool operates(const struct model *root, const struct steps *steps)
{
    const struct model *now = root;
    unsigned done = steps_do(&now, steps);
    int r;

    keep(root);
    r = patch(PATCH_OPERATIONS, text_of(printed_steps(steps)));
    if (done < steps->count)
        return blames(r, steps->items[done].kind, done);
    return r == 0 && has_become(root, now);
}

static struct steps fewer(const struct model *root, struct steps steps)
{
    for (unsigned i = 0; i < steps.count;) {
        struct steps less = steps;

        memmove(&less.items[i], &less.items[i + 1],
                (--less.count - i) * sizeof(less.items[0]));
        if (operates(root, &less))
            i++;
        else
            steps = less;
    }
    return steps;
}

static void expect_operates(unsigned number, const struct model *root,
                            const struct steps *steps)
{
    struct steps few;

    if (operates(root, steps))
        return;
    few = fewer(root, *steps);
    cr_assert_fail("case %u: %s with %s", number, printed(root),
                   printed_steps(&few));
}

Test(patch_property, operating_is_what_the_standard_says)
{
    unsigned failing = 0;

    for (unsigned number = 0; number < CASES; number++) {
        const struct model *root = next_case(number), *now = root;
        struct steps steps;

        any_steps(root, 1 + number * STEPS_MAX / CASES, &steps);
        expect_operates(number, root, &steps);
        failing += steps_do(&now, &steps) < steps.count;
    }
    cr_expect(failing > CASES / 20 && failing < CASES / 2, "%u fail", failing);
}

static struct step set(enum step_kind kind, const struct way *path,
                       const struct model *value)
{
    return (struct step){ kind, *path, *path, value };
}

/* A way to something that is there, or its like; false when there is none. */
static bool way_to_any(const struct model *root, struct way *ret)
{
    for (int tries = 0; tries < TRIES; tries++) {
        *ret = any_way(root);
        if (find(root, ret))
            return true;
    }
    return false;
}

Test(patch_property, replacing_there_and_back_changes_nothing)
{
    unsigned replaced = 0;

    for (unsigned number = 0; number < CASES; number++) {
        const struct model *root = next_case(number), *was, *other;
        struct steps steps = { .count = 4 };
        struct way way;

        if (!way_to_any(root, &way))
            continue;
        was = find(root, &way);
        other = model_random(any(KINDS), 2);
        steps.items[0] = set(TEST, &way, was);
        steps.items[1] = set(REPLACE, &way, other);
        steps.items[2] = set(TEST, &way, other);
        steps.items[3] = set(REPLACE, &way, was);
        keep(root);
        cr_assert_eq(patch(PATCH_OPERATIONS, text_of(printed_steps(&steps))), 0,
                     "case %u: %s with %s: %s", number, printed(root),
                     printed_steps(&steps), diag.detail);
        cr_assert_eq(values->count, 0, "case %u", number);
        replaced++;
    }
    cr_expect(replaced > CASES / 4, "%u were replaced", replaced);
}

Test(patch_property, removing_what_was_added_changes_nothing)
{
    unsigned removed = 0;

    for (unsigned number = 0; number < CASES; number++) {
        const struct model *root = next_case(number), *parent;
        struct steps steps = { .count = 2 };
        struct way way = any_way(root), up = way;

        up.count--;
        parent = find(root, &up);
        steps.items[0] = set(ADD, &way, model_random(any(KINDS), 2));
        steps.items[1] = set(REMOVE, &way, steps.items[0].value);
        if (!step_do(root, &steps.items[0]) ||
            strcmp(way.names[up.count], "-") == 0 ||
            (parent->kind == OBJECTS && find(root, &way)))
            continue;
        keep(root);
        cr_assert_eq(patch(PATCH_OPERATIONS, text_of(printed_steps(&steps))), 0,
                     "case %u: %s with %s: %s", number, printed(root),
                     printed_steps(&steps), diag.detail);
        cr_assert_eq(values->count, 0, "case %u", number);
        removed++;
    }
    cr_expect(removed > CASES / 4, "%u were removed", removed);
}

/* Of members, which do not shift when one goes. */
static bool is_apart(const struct model *root, const struct step *step)
{
    struct way up = step->from, to = step->path;

    up.count--;
    to.count--;
    return find(root, &step->from) && model_is(find(root, &up), OBJECTS) &&
           model_is(find(root, &to), OBJECTS) &&
           !leads_into(&step->path, &step->from) &&
           !leads_into(&step->from, &step->path) &&
           find(root, &step->path) != find(root, &step->from);
}

static const char *change_by(const struct steps *steps)
{
    const struct value *value;

    cr_assert_eq(patch(PATCH_OPERATIONS, text_of(printed_steps(steps))), 0,
                 "%s: %s", printed_steps(steps), diag.detail);
    value = values_find(values, "data");
    return value ? value->text.at : "";
}

Test(patch_property, moving_is_copying_and_removing)
{
    unsigned moved = 0;

    for (unsigned number = 0; number < CASES; number++) {
        const struct model *root = next_case(number);
        struct steps one = { .count = 1 }, two = { .count = 2 };
        struct step step = any_step(root);

        for (int i = 0; i < TRIES && !is_apart(root, &step); i++)
            step = any_step(root);
        if (!is_apart(root, &step))
            continue;
        one.items[0] = two.items[0] = two.items[1] = step;
        one.items[0].kind = MOVE;
        two.items[0].kind = COPY;
        two.items[1].kind = REMOVE;
        two.items[1].path = step.from;
        keep(root);
        cr_assert_str_eq(change_by(&one), change_by(&two), "case %u: %s, %s",
                         number, printed(root), printed_steps(&one));
        moved++;
    }
    cr_expect(moved > CASES / 4, "%u were moved", moved);
}
