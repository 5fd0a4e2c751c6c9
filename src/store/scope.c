/* SPDX-License-Identifier: MIT */
#include "store/scope.h"

#include "base/check.h"
#include "store/recall.h"
#include "store/rights_settle.h"
#include "store/touched.h"

/* --- who asks --------------------------------------------------------------
 */

static unsigned add(struct transaction_setting *to, const char *name,
                    struct text value)
{
    if (text_is_null(value))
        return 0;
    *to = (struct transaction_setting){ name, value };
    return 1;
}

/*
 * Both or none: a scope with one setting less would cost those beside it a
 * transaction of their own.
 */
static struct scope scope_of(const struct actor *actor)
{
    struct text user_id =
        text_is_null(actor->user_id) ? TEXT("") : actor->user_id;
    struct scope scope = { .count = 0 };

    if (text_is_null(actor->rights))
        return scope;
    scope.count += add(&scope.settings[0], SCOPE_USER_ID, user_id);
    scope.count += add(&scope.settings[1], SCOPE_RIGHTS, actor->rights);
    return scope;
}

enum { ACTOR_SETTINGS = 6 };

/* The options of a transaction, with the settings they point at. */
struct bound_options {
    struct transaction_options options;
    struct transaction_setting settings[ACTOR_SETTINGS];
};

static void bind(struct bound_options *bound, const struct store *store,
                 const struct transaction_options *options)
{
    const struct actor *actor = &store->actor;
    struct transaction_setting *settings = bound->settings;
    unsigned count = 0;

    bound->options = options ? *options : (struct transaction_options){ 0 };
    CHECK(bound->options.setting_count == 0);
    count += add(&settings[count], SCOPE_USER_ID, actor->user_id);
    count += add(&settings[count], SCOPE_RIGHTS, actor->rights);
    count += add(&settings[count], SCOPE_REQUEST_ID, actor->request_id);
    count += add(&settings[count], SCOPE_ROUTE, actor->route);
    if (store->stock->cache_switch)
        count += add(&settings[count], SCOPE_TOLD, TEXT("on"));
    bound->options.settings = settings;
    bound->options.setting_count = count;
}

/* The transaction will be found again by it. */
static void bind_recall(struct bound_options *bound,
                        const struct recalling *recalling)
{
    bound->settings[bound->options.setting_count++] =
        (struct transaction_setting){ SCOPE_MARK, text_of(recalling->mark) };
    bound->options.recall = &recalling->recall;
}

/* --- where ---------------------------------------------------------------- */

static void note_age(const struct store *store, const struct node_read *read)
{
    if (store->trail && read->age_ms > store->trail->age_ms)
        store->trail->age_ms = read->age_ms;
}

static void note_commit(const struct store *store, int r,
                        const struct commit *commit)
{
    if (r == 0 && store->trail && commit->point.position > 0)
        store->trail->written = commit->point;
}

/*
 * Is a write to be asked again, once, since the node it was asked of is not
 * the primary any more?
 */
static YIELDS bool writes_elsewhere(const struct store *store,
                                    const struct transaction_options *options,
                                    const struct pool *asked, bool again, int r,
                                    struct deadline until, struct diag *diag)
{
    if (again || r == 0 || options->once ||
        !nodes_find_primary(store->stock->nodes, asked, r, until))
        return false;
    if (diag)
        diag_clear(diag);
    return true;
}

int scope_run(const struct store *store,
              const struct transaction_options *options, transaction_fn *body,
              void *arg, struct deadline until, struct commit *ret_commit,
              struct diag *diag)
{
    struct bound_options bound = { .options.once = false };
    struct commit commit = { 0 };
    bool again = false;
    int r;

    OBJ_CHECK(store, STORE_MAGIC);
    CHECK(!store->transaction);
    bind(&bound, store, options);
    for (;; again = true) {
        struct pool *pool = nodes_primary(store->stock->nodes);

        r = transaction_run(pool, &bound.options, body, arg, until, &commit,
                            diag);
        if (!writes_elsewhere(store, &bound.options, pool, again, r, until,
                              diag))
            break;
    }
    note_commit(store, r, &commit);
    if (ret_commit)
        *ret_commit = commit;
    return r;
}

static YIELDS int run_once(const struct store *store, struct writing *w,
                           struct deadline until, struct diag *diag)
{
    struct bound_options bound = { .options.once = false };
    struct recalling recalling;
    bool again = false;
    int r;

    bind(&bound, store, NULL);
    if (w->entry) {
        recalling_init(&recalling, w);
        bind_recall(&bound, &recalling);
    }
    for (;; again = true) {
        struct pool *pool = nodes_primary(store->stock->nodes);

        r = transaction_once(pool, &bound.options, w->statement, w->params,
                             w->count, until, &w->rows, &w->commit, diag);
        if (!writes_elsewhere(store, &bound.options, pool, again, r, until,
                              diag))
            break;
    }
    note_commit(store, r, &w->commit);
    return r;
}

/* --- inside a transaction ------------------------------------------------- */

static int tell(struct transaction *transaction, int r, struct diag *diag)
{
    if (r < 0 && diag != transaction_diag(transaction))
        diag_move(diag, transaction_diag(transaction));
    return r;
}

static int ask_inside(struct transaction *transaction,
                      const struct statement *statement,
                      const struct text *params, unsigned count,
                      struct rows **ret_rows, struct diag *diag)
{
    return tell(
        transaction,
        transaction_query(transaction, statement, params, count, ret_rows),
        diag);
}

/* --- reads ---------------------------------------------------------------- */

struct store scope_at_primary(const struct store *store)
{
    struct store bound = *store;

    bound.consistency = (struct consistency){ .level = CONSISTENCY_PRIMARY };
    return bound;
}

int scope_read(struct store *store, const struct statement *statement,
               const struct text *params, unsigned count, struct deadline until,
               struct rows **ret_rows, struct diag *diag)
{
    struct scope scope = scope_of(&store->actor);
    struct node_read read;
    int r;

    if (store->transaction)
        return ask_inside(store->transaction, statement, params, count,
                          ret_rows, diag);
    node_read_begin(&read, store->stock->nodes, &store->consistency, until);
    do
        r = pool_read(read.pool, &scope, statement, params, count, read.until,
                      ret_rows, diag);
    while (node_read_goes_on(&read, r, diag));
    note_age(store, &read);
    return r;
}

int scope_read_alone(struct store *store, const struct statement *statement,
                     const struct text *params, unsigned count,
                     struct deadline until, struct rows **ret_rows,
                     struct diag *diag)
{
    struct scope scope = scope_of(&store->actor);
    struct node_read read;
    int r;

    if (store->transaction)
        return ask_inside(store->transaction, statement, params, count,
                          ret_rows, diag);
    node_read_begin(&read, store->stock->nodes, &store->consistency, until);
    do
        r = pool_read_alone(read.pool, &scope, statement, params, count,
                            read.until, ret_rows, diag);
    while (node_read_goes_on(&read, r, diag));
    note_age(store, &read);
    return r;
}

static int get_inside(struct transaction *transaction,
                      const struct statement *by_id, struct uuid id,
                      struct row *ret_row, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    char list[UUID_TEXT_BYTES + 2] = "{";
    struct text ids = text_from(list, UUID_TEXT_BYTES + 1);
    int r;

    uuid_format(id, list + 1);
    list[UUID_TEXT_BYTES] = '}';
    r = ask_inside(transaction, by_id, &ids, 1, &rows, diag);
    if (r < 0)
        return r;
    if (rows_count(rows) == 0)
        return -ERR_NOT_FOUND;
    ret_row->rows = rows_ref(rows);
    ret_row->index = 0;
    return 0;
}

int scope_get(struct store *store, struct entry *entry, struct uuid id,
              struct deadline until, struct row *ret_row, struct diag *diag)
{
    struct scope scope = scope_of(&store->actor);
    struct node_read read;
    int r;

    if (store->transaction)
        return get_inside(store->transaction, &entry->by_id, id, ret_row, diag);
    node_read_begin(&read, store->stock->nodes, &store->consistency, until);
    do
        r = loader_get(entry->loaders[read.node], &scope, id, read.until,
                       ret_row, diag);
    while (node_read_goes_on(&read, r, diag));
    note_age(store, &read);
    return r;
}

/* --- writes --------------------------------------------------------------- */

/*
 * Both leave together; the database does them one after the other, so that
 * what the statement draws it draws under the lock.
 */
static int write_inside(struct transaction *transaction, void *arg)
{
    struct writing *w = arg;
    CLEANUP(call_abandon) struct call *lock = NULL, *call = NULL;
    int r = 0;

    if (w->lock)
        lock = transaction_submit(transaction, w->lock, w->params, 1);
    call = transaction_submit(transaction, w->statement, w->params, w->count);
    if (lock)
        r = transaction_wait(transaction, &lock, NULL);
    rows_unref(&w->rows);
    return r < 0 ? r : transaction_wait(transaction, &call, &w->rows);
}

/* Every write of a store comes by here, when it is committed. */
static YIELDS int settle(const struct store *store, int r, bool rights_written)
{
    if (r == 0 && rights_written && store->stock->freshness)
        rights_settle(nodes_primary(store->stock->nodes),
                      store->stock->freshness);
    return r;
}

/* --- … of what others remember -------------------------------------------- */

struct telling {
    const struct store *store;
    struct writing *writing;
    struct touched touched;
};

static int write_and_tell(struct transaction *transaction, void *arg)
{
    struct telling *telling = arg;
    int r = write_inside(transaction, telling->writing);

    touched_clear(&telling->touched);
    if (r < 0)
        return r;
    r = touched_note(telling->store, &telling->touched, telling->writing,
                     transaction_diag(transaction));
    return r < 0 ? r
                 : touched_tell(telling->store, &telling->touched, transaction);
}

static YIELDS int write_told(const struct store *store, struct writing *w,
                             struct deadline until, struct diag *diag)
{
    struct telling telling = { .store = store, .writing = w };
    int r = scope_run(store, NULL, write_and_tell, &telling, until, &w->commit,
                      diag);

    r = touched_end(store, &telling.touched, r, diag);
    touched_fini(&telling.touched);
    return r;
}

static YIELDS int write_alone(const struct store *store, struct writing *w,
                              struct deadline until, struct diag *diag)
{
    if (w->touches && store_remembers(w->touches) &&
        !touched_is_nobodys_business(store, until))
        return write_told(store, w, until, diag);
    return w->lock || (w->touches && !w->entry)
               ? scope_run(store, NULL, write_inside, w, until, &w->commit,
                           diag)
               : run_once(store, w, until, diag);
}

static YIELDS int write_together(struct store *store, struct writing *w,
                                 struct diag *diag)
{
    int r = write_inside(store->transaction, w);

    if (r == 0)
        r = touched_note(store, store->touched, w,
                         transaction_diag(store->transaction));
    return tell(store->transaction, r, diag);
}

int scope_write(struct store *store, struct writing *w, struct deadline until,
                struct diag *diag)
{
    bool of_rights = rights_come_from(w->statement->collection);

    if (store->transaction) {
        *store->ret_rights_written |= of_rights;
        return write_together(store, w, diag);
    }
    return settle(store, write_alone(store, w, until, diag), of_rights);
}

/* --- several together ----------------------------------------------------- */

struct together {
    struct store *store;
    store_fn *body;
    void *arg;
    bool rights_written;
    bool tells; /* others may remember what it changes */
    struct touched touched;
};

static int run_inside(struct transaction *transaction, void *arg)
{
    struct together *together = arg;
    struct store inside = *together->store;
    int r;

    inside.transaction = transaction;
    inside.ret_rights_written = &together->rights_written;
    inside.touched = &together->touched;
    touched_clear(&together->touched);
    r = together->body(&inside, together->arg);
    if (r == 0 && together->tells)
        r = touched_tell(together->store, &together->touched, transaction);
    if (r < 0)
        transaction_give_up(transaction);
    inside.magic = 0;
    return r;
}

int store_together(struct store *store, store_fn *body, void *arg,
                   struct deadline until, struct diag *diag)
{
    struct together together = { .store = store, .body = body, .arg = arg };
    int r;

    OBJ_CHECK(store, STORE_MAGIC);
    if (store->transaction)
        return body(store, arg);
    together.tells = !touched_is_nobodys_business(store, until);
    r = scope_run(store, NULL, run_inside, &together, until, NULL, diag);
    r = touched_end(store, &together.touched, r, diag);
    touched_fini(&together.touched);
    return settle(store, r, together.rights_written);
}

struct bulk {
    const struct store *store;
    transaction_fn *body;
    void *arg;
};

/* Nobody knows which objects it has changed: caches are switched off for it. */
static int run_bulk(struct transaction *transaction, void *arg)
{
    const struct bulk *bulk = arg;
    struct touched all = { .many = true };
    int r = bulk->body(transaction, bulk->arg);

    return r < 0 ? r : touched_tell(bulk->store, &all, transaction);
}

int store_bulk(struct store *store, transaction_fn *body, void *arg,
               struct deadline until, struct diag *diag)
{
    static const struct transaction_options once = { .once = true };
    struct bulk bulk = { store, body, arg };

    return settle(store,
                  scope_run(store, &once, run_bulk, &bulk, until, NULL, diag),
                  true);
}
