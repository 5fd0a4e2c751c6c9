/* SPDX-License-Identifier: MIT */
/*
 * Random documents, and patches of them, against the naive second reading of
 * both standards.
 */
#include "json/patching.h"
#include "json/steps.h"

enum { CASES = 3000, TRIES = 20, TEXT_BYTES_MAX = 1 << 18 };

/* `data` is what we look at; a free object. */
static const struct model *new_case(unsigned size)
{
    const struct model *data;

    arena_fini(&arena);
    arena_init(&arena, 64 << 20);
    diag_init(&diag, &arena);
    record = record_first();
    data = model_random(OBJECTS, size);
    return model_set(model_new(OBJECTS, 0), "data", data);
}

TestSuite(patch_property, .fini = teardown);

static const char *copy_of(const struct buffer *json)
{
    char *copy = arena_copy(&cases, buffer_text(json));

    CHECK(copy != NULL);
    return copy;
}

static const char *printed(const struct model *model)
{
    CLEANUP(buffer_fini) struct buffer json = { .limit = TEXT_BYTES_MAX };

    model_print(model, &json);
    return copy_of(&json);
}

static const char *printed_steps(const struct steps *steps)
{
    CLEANUP(buffer_fini) struct buffer json = { .limit = TEXT_BYTES_MAX };

    steps_print(steps, &json);
    return copy_of(&json);
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
    record_update(&record, values);
    return patch(PATCH_MERGE, text_of(printed(body))) == 0 &&
           values->count == 0;
}

static const char *check_merge(unsigned size,
                               bool (*holds)(const struct model *root,
                                             const struct model *body))
{
    const struct model *root = new_case(size);
    const struct model *body =
        model_set(model_new(OBJECTS, 0), "data", model_random(OBJECTS, size));

    return holds(root, body)
               ? NULL
               : FAILS("%s with %s", printed(root), printed(body));
}

static const char *check_merges(unsigned size)
{
    return check_merge(size, merges);
}

static const char *check_merges_once(unsigned size)
{
    return check_merge(size, merges_once);
}

Test(patch_property, merging_is_what_the_standard_says)
{
    for_all(CASES, check_merges);
}

Test(patch_property, merging_again_changes_nothing)
{
    for_all(CASES, check_merges_once);
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

static unsigned failing;

static const char *check_operates(unsigned size)
{
    const struct model *root = new_case(size), *now = root;
    struct steps steps;

    any_steps(root, 1 + any(2 + size * 2), &steps);
    failing += steps_do(&now, &steps) < steps.count;
    return operates(root, &steps)
               ? NULL
               : FAILS("%s with %s", printed(root), printed_steps(&steps));
}

Test(patch_property, operating_is_what_the_standard_says)
{
    for_all(CASES, check_operates);
    cr_expect(failing > CASES / 20 && failing < CASES / 2, "%u fail", failing);
}

/* These steps can be done, and nothing comes of them. */
static const char *check_nothing(const struct model *root,
                                 const struct steps *steps)
{
    int r;

    keep(root);
    r = patch(PATCH_OPERATIONS, text_of(printed_steps(steps)));
    if (r == 0 && values->count == 0)
        return NULL;
    return FAILS("%s with %s: %s", printed(root), printed_steps(steps),
                 r < 0 ? diag.detail : "something changed");
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

static unsigned replaced;

static const char *check_replacing(unsigned size)
{
    const struct model *root = new_case(size), *was, *other;
    struct steps steps = { .count = 4 };
    struct way way;

    if (!way_to_any(root, &way))
        return NULL;
    was = find(root, &way);
    other = model_random(any(KINDS), 2);
    steps.items[0] = set(TEST, &way, was);
    steps.items[1] = set(REPLACE, &way, other);
    steps.items[2] = set(TEST, &way, other);
    steps.items[3] = set(REPLACE, &way, was);
    replaced++;
    return check_nothing(root, &steps);
}

Test(patch_property, replacing_there_and_back_changes_nothing)
{
    for_all(CASES, check_replacing);
    cr_expect(replaced > CASES / 4, "%u were replaced", replaced);
}

static unsigned removed;

static const char *check_removing(unsigned size)
{
    const struct model *root = new_case(size), *parent;
    struct steps steps = { .count = 2 };
    struct way way = any_way(root), up = way;

    up.count--;
    parent = find(root, &up);
    steps.items[0] = set(ADD, &way, model_random(any(KINDS), 2));
    steps.items[1] = set(REMOVE, &way, steps.items[0].value);
    if (!step_do(root, &steps.items[0]) ||
        strcmp(way.names[up.count], "-") == 0 ||
        (parent->kind == OBJECTS && find(root, &way)))
        return NULL;
    removed++;
    return check_nothing(root, &steps);
}

Test(patch_property, removing_what_was_added_changes_nothing)
{
    for_all(CASES, check_removing);
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

/* What `data` becomes; NULL where the steps cannot be done. */
static const char *change_by(const struct steps *steps)
{
    const struct value *value;

    if (patch(PATCH_OPERATIONS, text_of(printed_steps(steps))) < 0)
        return NULL;
    value = values_find(values, "data");
    return value ? value->text.at : "";
}

static unsigned moved;

static const char *check_moving(unsigned size)
{
    const struct model *root = new_case(size);
    struct steps one = { .count = 1 }, two = { .count = 2 };
    struct step step = any_step(root);
    const char *by_one, *by_two;

    for (int i = 0; i < TRIES && !is_apart(root, &step); i++)
        step = any_step(root);
    if (!is_apart(root, &step))
        return NULL;
    one.items[0] = two.items[0] = two.items[1] = step;
    one.items[0].kind = MOVE;
    two.items[0].kind = COPY;
    two.items[1].kind = REMOVE;
    two.items[1].path = step.from;
    keep(root);
    moved++;
    by_one = change_by(&one);
    by_two = change_by(&two);
    if (by_one && by_two && strcmp(by_one, by_two) == 0)
        return NULL;
    return FAILS("%s with %s: %s", printed(root), printed_steps(&one),
                 by_one ? by_one : diag.detail);
}

Test(patch_property, moving_is_copying_and_removing)
{
    for_all(CASES, check_moving);
    cr_expect(moved > CASES / 4, "%u were moved", moved);
}
