/* SPDX-License-Identifier: MIT */
#include "store/relation.h"

#include "base/check.h"
#include "store/absent.h"
#include "store/cell.h"
#include "store/scope.h"
#include "store/sql_relation.h"
#include "store/write.h"

#include <inttypes.h>
#include <stdio.h>

const struct embed *relation_link(const struct relation *relation)
{
    const struct embed *link = relation->of->embeds;

    if (relation->link)
        return relation->link;
    while (link->name && strcmp(link->name, relation->name) != 0)
        link++;
    CHECK(link->name != NULL);
    return link;
}

const struct shape *relation_shape(const struct relation *relation)
{
    const struct embed *link = relation_link(relation);

    return link->of ? link->of->shape : link->shape;
}

const struct shape *relation_extra(const struct relation *relation)
{
    static const struct shape nothing = { .name = "links",
                                          .singular = "link",
                                          .bare = true };

    return relation->extra ? relation->extra : &nothing;
}

/* --- asking ----------------------------------------------------------------
 */

/* One call: what is asked, and what came back. */
struct asked {
    const struct relation *relation;
    struct diag *diag;
    struct buffer sql, lock_sql; /* must live as long as the call does */
    struct statement statement, lock;
    struct text params[2 + SHAPE_FIELDS_MAX];
    char id[UUID_TEXT_BYTES], other[UUID_TEXT_BYTES];
    struct writing writing;
};

static void asked_end(struct asked *a)
{
    rows_unref(&a->writing.rows);
    buffer_fini(&a->sql);
    buffer_fini(&a->lock_sql);
}

static void add_param(struct asked *a, struct text value)
{
    a->params[a->writing.count++] = value;
}

static void add_id(struct asked *a, struct uuid id,
                   char text[static UUID_TEXT_BYTES])
{
    uuid_format(id, text);
    add_param(a, text_of(text));
}

typedef void sql_fn(struct buffer *sql, const struct relation *relation);

static struct statement make(const struct asked *a, const char *name,
                             sql_fn *write, struct buffer *sql)
{
    const struct embed *link = relation_link(a->relation);

    buffer_init(sql, SQL_BYTES_MAX);
    write(sql, a->relation);
    buffer_add_byte(sql, '\0');
    CHECK(!buffer_overflown(sql));
    return (struct statement){ .name = name,
                               .sql = sql->at,
                               .collection = link->table };
}

static int write_it(struct asked *a, struct store *store, const char *name,
                    sql_fn *write, unsigned version_column,
                    struct deadline until)
{
    a->statement = make(a, name, write, &a->sql);
    a->writing.touches = a->relation->of;
    a->writing.id = a->params[0];
    a->writing.version_column = version_column;
    a->writing.unversioned = !a->relation->versioned;
    a->writing.statement = &a->statement;
    a->writing.params = a->params;
    return scope_write(store, &a->writing, until, a->diag);
}

static bool is_true(const struct asked *a, unsigned column)
{
    return text_is(rows_get(a->writing.rows, 0, column), "t");
}

static int fail_absent(const struct asked *a, const struct shape *shape)
{
    return FAIL(a->diag, ERR_NOT_FOUND, "no %s has this id", shape->singular);
}

/* A row's selection, of which column `first` is the first. */
static void add_row(const struct asked *a, unsigned row, unsigned first,
                    struct buffer *buffer)
{
    struct text columns[SHAPE_FIELDS_MAX];
    struct selection selection;

    relation_selection(a->relation, &selection);
    for (unsigned i = 0; i < selection.count; i++)
        columns[i] = rows_get(a->writing.rows, row, first + i);
    shape_encode(&selection, columns, buffer);
}

#define ASKED(a)       \
    CLEANUP(asked_end) \
    struct asked a = { .relation = relation, .diag = diag }

/* --- list ------------------------------------------------------------------
 */

static int add_page(const struct asked *a, struct buffer *buffer,
                    struct relation_page *ret_page)
{
    const struct rows *rows = a->writing.rows;
    unsigned place = rows_columns(rows) - 1;
    int r = cell_number(rows_get(rows, 0, 0), &ret_page->total, a->diag);

    if (r < 0)
        return r;
    ret_page->count = rows_count(rows);
    if (text_is_null(rows_get(rows, 0, place)))
        ret_page->count = 0;
    buffer_add_byte(buffer, '[');
    for (unsigned i = 0; i < ret_page->count; i++) {
        if (i > 0)
            buffer_add_byte(buffer, ',');
        add_row(a, i, 1, buffer);
    }
    buffer_add_byte(buffer, ']');
    return store_written(buffer, a->diag);
}

int relation_list(struct store *store, const struct relation *relation,
                  struct uuid id, const struct window *window,
                  struct deadline until, struct buffer *buffer,
                  struct relation_page *ret_page, struct diag *diag)
{
    char limit[24], offset[24];
    int r;
    ASKED(a);

    snprintf(limit, sizeof(limit), "%u", window->limit);
    snprintf(offset, sizeof(offset), "%" PRId64, window->offset);
    add_id(&a, id, a.id);
    add_param(&a, text_of(limit));
    add_param(&a, text_of(offset));
    a.statement = make(&a, relation->list_name, sql_relation_list, &a.sql);
    r = scope_read(store, &a.statement, a.params, a.writing.count, until,
                   &a.writing.rows, diag);
    if (r < 0)
        return r;
    if (rows_count(a.writing.rows) == 0)
        return fail_absent(&a, relation->of->shape);
    return add_page(&a, buffer, ret_page);
}

/* --- put -------------------------------------------------------------------
 */

static YIELDS int judge_put(const struct asked *a, struct store *store,
                            struct deadline until)
{
    const struct relation *relation = a->relation;

    CHECK(rows_count(a->writing.rows) == 1);
    if (!is_true(a, PUT_OWNER))
        return absent_tell(store, relation->of, a->params[0], until, a->diag);
    if (!is_true(a, PUT_OTHER))
        return fail_absent(a, relation_shape(relation));
    if (is_true(a, PUT_CYCLE))
        return FAIL(a->diag, ERR_ROLE_CYCLE,
                    "the %s would be its own %s, directly or by others",
                    relation->of->shape->singular, relation->one);
    return 0;
}

int relation_put(struct store *store, const struct relation *relation,
                 struct uuid id, struct uuid other, const struct values *extra,
                 struct deadline until, struct buffer *buffer, bool *ret_made,
                 struct diag *diag)
{
    int r;
    ASKED(a);

    add_id(&a, id, a.id);
    add_id(&a, other, a.other);
    a.writing.count += write_all_values(relation_extra(relation), extra,
                                        a.params + a.writing.count);
    if (relation->acyclic) {
        a.lock = make(&a, "relation_lock", sql_relation_lock, &a.lock_sql);
        a.writing.lock = &a.lock;
    }
    r = write_it(&a, store, relation->put_name, sql_relation_put, PUT_VERSION,
                 until);
    if (r == 0)
        r = judge_put(&a, store, until);
    if (r < 0)
        return r;
    *ret_made = is_true(&a, PUT_MADE);
    add_row(&a, 0, PUT_SELECTION, buffer);
    return store_written(buffer, diag);
}

/* --- drop ------------------------------------------------------------------
 */

/* Asked afterwards, as store_delete() and its kin do. */
static YIELDS int judge_drop(const struct asked *a, struct store *store,
                             struct deadline until)
{
    const struct relation *relation = a->relation;
    CLEANUP(buffer_fini) struct buffer sql = { 0 };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct statement statement;
    int r;

    if (!is_true(a, DROP_OWNER))
        return absent_tell(store, relation->of, a->params[0], until, a->diag);
    if (is_true(a, DROP_DROPPED))
        return 0;
    statement = make(a, "relation_there", sql_relation_there, &sql);
    r = scope_read(store, &statement, a->params, 2, until, &rows, a->diag);
    if (r < 0)
        return r;
    if (rows_count(rows) > 0)
        return store_forbidden(relation->of, a->diag);
    return FAIL(a->diag, ERR_NOT_FOUND, "the %s has no %s with this id",
                relation->of->shape->singular, relation->one);
}

int relation_drop(struct store *store, const struct relation *relation,
                  struct uuid id, struct uuid other, struct deadline until,
                  struct diag *diag)
{
    int r;
    ASKED(a);

    add_id(&a, id, a.id);
    add_id(&a, other, a.other);
    r = write_it(&a, store, relation->drop_name, sql_relation_drop,
                 DROP_VERSION, until);
    return r < 0 ? r : judge_drop(&a, store, until);
}
