/* SPDX-License-Identifier: MIT */
#include "store/action.h"

#include "base/check.h"
#include "store/absent.h"
#include "store/relation.h"
#include "store/scope.h"
#include "store/sql_action.h"
#include "store/write.h"

/* Behind what is shown of an action comes the bill's new version. */
enum { ACTION_VERSION = 7 };

static void writing_end(struct writing *writing)
{
    rows_unref(&writing->rows);
}

static int add_action(const struct rows *rows, struct buffer *buffer,
                      struct diag *diag)
{
    struct text columns[SHAPE_FIELDS_MAX];
    struct selection all;

    selection_all(relation_shape(&bill_actions), &all);
    for (unsigned i = 0; i < all.count; i++)
        columns[i] = rows_get(rows, 0, i);
    shape_encode(&all, columns, buffer);
    return store_written(buffer, diag);
}

int action_append(struct store *store, struct uuid bill,
                  const struct values *values, struct deadline until,
                  struct buffer *buffer, struct diag *diag)
{
    char id_text[UUID_TEXT_BYTES], bill_text[UUID_TEXT_BYTES];
    struct text params[ACTION_VALUES + SHAPE_FIELDS_MAX];
    CLEANUP(writing_end)
    struct writing writing = { .lock = &sql_action_lock,
                               .statement = &sql_action_append,
                               .params = params,
                               .count = ACTION_VALUES,
                               .touches = &bills,
                               .version_column = ACTION_VERSION };
    int r;

    uuid_format(uuid_v7(), id_text);
    uuid_format(bill, bill_text);
    params[ACTION_ID] = text_of(id_text);
    params[ACTION_BILL] = text_of(bill_text);
    writing.id = params[ACTION_BILL];
    writing.count +=
        write_all_values(&bill_action_new, values, params + ACTION_VALUES);
    r = scope_write(store, &writing, until, diag);
    if (r < 0)
        return r;
    if (rows_count(writing.rows) == 0)
        return absent_tell(store, &bills, params[ACTION_BILL], until, diag);
    return add_action(writing.rows, buffer, diag);
}
