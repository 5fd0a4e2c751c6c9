/* SPDX-License-Identifier: MIT */
#include "store/fault.h"
#include "store/question.h"
#include "store/sql_list.h"

#define BIT(op) (1U << OP_##op)
#define ANY     (BIT(EQ) | BIT(NE) | BIT(IN) | BIT(NULL))
#define ORDER   (BIT(GT) | BIT(GTE) | BIT(LT) | BIT(LTE))
#define PARTS   (BIT(LIKE) | BIT(PREFIX))

static const char *const suffixes[OP_COUNT] = {
    [OP_EQ] = "",        [OP_NE] = "_ne",         [OP_GT] = "_gt",
    [OP_GTE] = "_gte",   [OP_LT] = "_lt",         [OP_LTE] = "_lte",
    [OP_LIKE] = "_like", [OP_PREFIX] = "_prefix", [OP_IN] = "_in",
    [OP_NULL] = "_null",
};

static const unsigned allowed[FIELD_TYPES] = {
    [FIELD_TEXT] = ANY | ORDER | PARTS,
    [FIELD_INTEGER] = ANY | ORDER,
    [FIELD_BOOLEAN] = ANY,
    [FIELD_UUID] = ANY | ORDER,
    [FIELD_DATE] = ANY | ORDER,
    [FIELD_TIMESTAMP] = ANY | ORDER,
    [FIELD_ENUM] = ANY,
    [FIELD_TEXT_LIST] = ANY,
};

/* Where a bare comma separates values: their texts have none. */
static const bool comma_separates[FIELD_TYPES] = {
    [FIELD_ENUM] = true,
    [FIELD_UUID] = true,
    [FIELD_INTEGER] = true,
};

/* Several values are one question: any of them, or (_ne) none of them. */
static const unsigned takes_many =
    BIT(EQ) | BIT(NE) | BIT(IN) | BIT(LIKE) | BIT(PREFIX);

/* --- conditions --------------------------------------------------------------
 */

struct clause *asking_add(struct asking *a, const struct field *field,
                          enum op op)
{
    struct listing *listing = a->listing;
    struct clause *clause;

    if (listing->clause_count == LISTING_CLAUSES_MAX) {
        asking_fault(a, ASKED_FILTER, "too_many",
                     "must be at most %d conditions", LISTING_CLAUSES_MAX);
        return NULL;
    }
    clause = &listing->clauses[listing->clause_count++];
    *clause = (struct clause){ .field = field, .op = op };
    return clause;
}

void asking_set(struct asking *a, struct clause *clause, struct text value)
{
    clause->number = params_add(&a->listing->params, value);
}

/* --- values ------------------------------------------------------------------
 */

static bool separates(const struct question *q)
{
    return !q->listed &&
           (q->op == OP_IN || ((q->op == OP_EQ || q->op == OP_NE) &&
                               comma_separates[q->field->type]));
}

static size_t count_pieces(const struct question *q)
{
    size_t count = q->raw_count;

    for (size_t i = 0; separates(q) && i < q->raw_count; i++)
        for (size_t k = 0; k < q->raw[i].len; k++)
            count += q->raw[i].at[k] == ',';
    return count;
}

static bool parse_piece(struct asking *a, const struct question *q,
                        struct text piece, struct text *ret_value)
{
    struct arena *arena = a->listing->arena;
    int r = field_parse_value(q->field, piece, arena, a->diag,
                              text_label(q->label).at, ret_value);

    if (r == 0 && q->op == OP_LIKE &&
        !sql_like_value(*ret_value, arena, ret_value))
        r = -ERR_TOO_LARGE;
    a->full |= r == -ERR_TOO_LARGE;
    return r == 0;
}

/* Stores what is sound and returns its number; the rest is noted. */
static size_t parse_pieces(struct asking *a, const struct question *q,
                           struct text *values)
{
    size_t count = 0;

    for (size_t i = 0; i < q->raw_count; i++) {
        struct text rest = q->raw[i], piece;

        if (!separates(q)) {
            count += parse_piece(a, q, rest, &values[count]);
            continue;
        }
        while (text_cut(&rest, ',', &piece))
            count += parse_piece(a, q, piece, &values[count]);
    }
    return count;
}

static void add_many(struct asking *a, const struct question *q,
                     const struct text *values, size_t count)
{
    struct clause *clause = asking_add(a, q->field, q->op);
    struct text list;

    if (!clause)
        return;
    clause->many = true;
    if (sql_list_value(values, count, a->listing->arena, &list))
        asking_set(a, clause, list);
    else
        a->full = true;
}

static void add_each(struct asking *a, const struct question *q,
                     const struct text *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct clause *clause = asking_add(a, q->field, q->op);

        if (clause)
            asking_set(a, clause, values[i]);
    }
}

void question_null(struct asking *a, const struct field *field, bool null)
{
    struct clause *clause = asking_add(a, field, OP_NULL);

    if (clause)
        clause->null = null;
}

static void ask_null(struct asking *a, const struct question *q)
{
    for (size_t i = 0; i < q->raw_count; i++)
        if (text_is(q->raw[i], "true") || text_is(q->raw[i], "false"))
            question_null(a, q->field, text_is(q->raw[i], "true"));
        else
            fault_note(a->diag, q->label, "wrong_type",
                       "must be true or false");
}

static void ask_values(struct asking *a, const struct question *q)
{
    size_t room = count_pieces(q), count;
    struct text *values = ARENA_ARRAY(a->listing->arena, struct text, room + 1);

    if (!values) {
        a->full = true;
        return;
    }
    count = parse_pieces(a, q, values);
    if (count == 1 || !(takes_many >> q->op & 1))
        add_each(a, q, values, count);
    else
        add_many(a, q, values, count);
}

/* --- names -------------------------------------------------------------------
 */

static void fault_operator(struct asking *a, struct text label,
                           const struct field *field)
{
    struct fault_list names = { 0 };

    for (unsigned op = OP_EQ + 1; op < OP_COUNT; op++)
        if (allowed[field->type] >> op & 1)
            fault_list_add(&names, text_of(suffixes[op]));
    diag_violation(a->diag, text_label(label).at, "unknown_operator",
                   "%s takes %s", field->name, names.at);
}

static void fault_name(struct asking *a, struct text label)
{
    const struct shape *shape = a->listing->resource->shape;
    const char *const *also = a->options->also;
    struct fault_list names = { 0 };

    for (; also && *also; also++)
        fault_list_add(&names, text_of(*also));
    for (unsigned i = 0; i < ASKED_COUNT; i++)
        if (asking_knows(a, i))
            fault_list_add(&names, text_of(asked_names[i]));
    for (size_t i = 0; i < shape_count(shape); i++)
        if (field_can_filter(shape_field(shape, i)))
            fault_list_add(&names, field_name(shape_field(shape, i)));
    diag_violation(a->diag, text_label(label).at, "unknown_parameter",
                   "must be among %s", names.at);
}

/* The member with the longest name that this one goes on from, or NULL. */
static const struct field *find_stem(const struct shape *shape,
                                     struct text name)
{
    for (size_t len = name.len; len-- > 0;) {
        const struct field *field =
            name.at[len] == '_' ? shape_find(shape, text_from(name.at, len))
                                : NULL;

        if (field && field_can_filter(field))
            return field;
    }
    return NULL;
}

void question_fault(struct asking *a, struct text label, struct text name)
{
    const struct field *stem = find_stem(a->listing->resource->shape, name);

    if (stem)
        fault_operator(a, label, stem);
    else
        fault_name(a, label);
}

bool question_find(const struct shape *shape, struct text name,
                   struct question *q)
{
    for (unsigned op = 0; op < OP_COUNT; op++) {
        size_t suffix = strlen(suffixes[op]);

        if (!text_ends_with(name, suffixes[op]))
            continue;
        q->field = shape_find(shape, text_from(name.at, name.len - suffix));
        q->op = op;
        if (q->field)
            return field_can_filter(q->field);
    }
    return false;
}

void question_ask(struct asking *a, struct question *q, struct text name)
{
    if (!question_find(a->listing->resource->shape, name, q))
        question_fault(a, q->label, name);
    else if (!(allowed[q->field->type] >> q->op & 1))
        fault_operator(a, q->label, q->field);
    else if (q->op == OP_NULL)
        ask_null(a, q);
    else
        ask_values(a, q);
}

/* --- as parameters -------------------------------------------------------- */

/* The values of all parameters of this name; none if it stood earlier. */
static size_t collect(const struct parameters *all, size_t place,
                      struct text *values)
{
    struct text name = all->items[place].name;
    size_t count = 0;

    for (size_t i = 0; i < place; i++)
        if (text_equal(all->items[i].name, name))
            return 0;
    for (size_t i = place; i < all->count; i++)
        if (text_equal(all->items[i].name, name))
            values[count++] = all->items[i].value;
    return count;
}

void asking_clause(struct asking *a, size_t place)
{
    const struct parameters *all = a->parameters;
    struct text name = all->items[place].name;
    struct text *values =
        ARENA_ARRAY(a->listing->arena, struct text, all->count - place);
    struct question q = { .label = name, .raw = values };

    if (!values) {
        a->full = true;
        return;
    }
    q.raw_count = collect(all, place, values);
    if (q.raw_count > 0)
        question_ask(a, &q, name);
}
