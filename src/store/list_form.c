/* SPDX-License-Identifier: MIT */
#include "store/list_form.h"

#include "base/check.h"
#include "base/memory.h"
#include "store/sql_list.h"

enum {
    SLOTS = 256,
    /* Reads by key take less; what sorts a thousand rows takes more. */
    QUICK_NS = 5 * 1000 * 1000,
    SLOW_NS = 20 * 1000 * 1000,
    QUICK_TIMES = 16,
};

struct form_set {
    struct list slots[SLOTS];
    struct list used; /* the last one first */
    unsigned count;
};

/* --- keys ------------------------------------------------------------------
 */

static void add_word(struct buffer *out, uint64_t word)
{
    buffer_add(out, (const char *)&word, sizeof(word));
}

static void add_pointer(struct buffer *out, const void *at)
{
    add_word(out, (uintptr_t)at);
}

static void add_clause(struct buffer *out, const struct clause *clause)
{
    add_pointer(out, clause->field);
    add_word(out, (uint64_t)clause->op | (uint64_t)clause->many << 8 |
                      (uint64_t)clause->null << 9 |
                      (uint64_t)clause->number << 16);
}

/* Of its values only which of them are null or cut off. */
static void add_cursor(struct buffer *out, const struct cursor *cursor)
{
    uint64_t word = 1;

    if (!cursor) {
        add_word(out, 0);
        return;
    }
    for (unsigned i = 0; i < cursor->count; i++)
        word = word << 2 | (uint64_t)text_is_null(cursor->values[i].text) << 1 |
               (uint64_t)cursor->values[i].cut;
    add_word(out, word << 1 | cursor->backward);
}

void form_key(struct buffer *out, const struct listing *listing,
              const struct cursor *cursor, struct text rights)
{
    add_pointer(out, listing->resource);
    add_word(out, listing->view.selection.mask);
    add_word(out, (uint64_t)listing->view.embeds << 32 |
                      sql_usual_limit(listing->limit));
    add_word(out, (uint64_t)listing->deleted |
                      (uint64_t)(listing->offset > 0) << 8 |
                      (uint64_t)listing->clause_count << 16 |
                      (uint64_t)listing->key_count << 32);
    for (unsigned i = 0; i < listing->clause_count; i++)
        add_clause(out, &listing->clauses[i]);
    for (unsigned i = 0; i < listing->key_count; i++) {
        add_pointer(out, listing->keys[i].field);
        add_word(out, listing->keys[i].down);
    }
    add_cursor(out, cursor);
    form_key_value(out, rights);
}

void form_key_value(struct buffer *out, struct text value)
{
    add_word(out, text_is_null(value) ? UINT64_MAX : value.len);
    buffer_add_text(out, value);
}

void form_key_values(struct buffer *out, const struct params *params)
{
    add_word(out, params->count);
    for (unsigned i = 0; i < params->count; i++)
        form_key_value(out, params->items[i]);
}

/* --- making ----------------------------------------------------------------
 */

/*
 * How many rows `title ILIKE $1` or `introduced_on >= $1` leave, and thus
 * whether an index is of use, is known with the value only. A plan kept for
 * all values was seen to take a hundred times as long.
 */
static bool depends_on_values(const struct listing *listing)
{
    static const bool ops[OP_COUNT] = {
        [OP_GT] = true,  [OP_GTE] = true,  [OP_LT] = true,
        [OP_LTE] = true, [OP_LIKE] = true, [OP_PREFIX] = true,
    };

    for (unsigned i = 0; i < listing->clause_count; i++)
        if (!listing->clauses[i].field || ops[listing->clauses[i].op])
            return true;
    return false;
}

static struct text keep_text(struct text t)
{
    return text_from(memory_copy(t.at, t.len), t.len);
}

static void free_text(struct text *t)
{
    char *at = (char *)(uintptr_t)t->at;

    memory_free(&at);
    *t = TEXT_NULL;
}

static void make_page(struct form *form, const struct listing *listing,
                      const struct cursor *cursor, const char *name,
                      struct buffer *sql)
{
    struct params params = listing->params;

    buffer_clear(sql);
    sql_page(sql, listing, cursor, &params);
    form->sql = keep_text(buffer_text(sql));
    form->page = (struct statement){
        .name = name,
        .sql = form->sql.at,
        .hash = statement_hash(form->sql.at),
        .collection = listing->resource->table,
        .planned_anew = depends_on_values(listing),
    };
}

/* The key may lie in the buffer. */
static struct form *make(struct text key, const struct listing *listing,
                         const struct cursor *cursor, const char *name,
                         struct buffer *sql)
{
    struct form *form = NEW(struct form);
    bool whole;

    form->refs = 1;
    form->steady = listing->params.count == 0 && listing->offset == 0;
    form->key = keep_text(key);
    buffer_clear(sql);
    sql_query(sql, listing);
    form->question = mac_digest(buffer_text(sql));
    whole = !buffer_overflown(sql);
    make_page(form, listing, cursor, name, sql);
    if (!whole || buffer_overflown(sql))
        form_put(&form);
    return form;
}

void form_put(struct form **form_at)
{
    struct form *form = *form_at;

    *form_at = NULL;
    if (!form || --form->refs > 0)
        return;
    free_text(&form->sql);
    free_text(&form->key);
    memory_free(&form);
}

/* --- keeping -------------------------------------------------------------- */

static struct form *find(const struct list *slot, struct text key)
{
    list_each (slot, struct form, form, slot)
        if (text_equal(form->key, key))
            return form;
    return NULL;
}

/* Who still reads by it holds a reference. */
static void drop(struct form_set *set, struct form *form)
{
    list_remove(&form->slot);
    list_remove(&form->used);
    set->count--;
    form_put(&form);
}

static void keep(struct form_set *set, struct list *slot, struct form *form)
{
    if (set->count == FORMS_MAX)
        drop(set, list_last(&set->used, struct form, used));
    set->count++;
    list_push_front(slot, &form->slot);
    list_push_front(&set->used, &form->used);
}

struct form *form_get(struct form_set *set, struct text key,
                      const struct listing *listing,
                      const struct cursor *cursor, const char *name,
                      struct buffer *sql)
{
    struct list *slot = &set->slots[text_hash(key) % SLOTS];
    struct form *form = find(slot, key);

    if (!form) {
        form = make(key, listing, cursor, name, sql);
        if (!form)
            return NULL;
        keep(set, slot, form);
    }
    list_remove(&form->used);
    list_push_front(&set->used, &form->used);
    form->refs++;
    return form;
}

struct form_set *form_set_new(void)
{
    struct form_set *set = NEW(struct form_set);

    for (size_t i = 0; i < SLOTS; i++)
        list_init(&set->slots[i]);
    list_init(&set->used);
    return set;
}

void form_set_free(struct form_set **set_at)
{
    struct form_set *set = *set_at;

    while (set && set->count > 0)
        drop(set, list_first(&set->used, struct form, used));
    memory_free(set_at);
}

/* --- how long it takes ---------------------------------------------------- */

bool form_is_quick(const struct form *form)
{
    return form->quick == QUICK_TIMES;
}

void form_learn(struct form *form, uint64_t took_ns)
{
    if (took_ns > SLOW_NS)
        form->quick = 0;
    else if (took_ns < QUICK_NS && form->steady && form->quick < QUICK_TIMES)
        form->quick++;
}
