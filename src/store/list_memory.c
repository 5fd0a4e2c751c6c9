/* SPDX-License-Identifier: MIT */
#include "store/list_memory.h"

#include "store/cache_sampler.h"
#include "store/explain.h"
#include "store/stale.h"

#include <inttypes.h>
#include <stdio.h>

enum { MEMORY_BYTES_MAX = 4 << 20, HEAD_BYTES = 128 };

bool list_is_common(const struct store *store, const struct listing *listing)
{
    const char *forgets = store_forgets(store, listing->resource);
    char rights[LISTING_RIGHTS_BYTES];

    if (!forgets) {
        listing_rights(listing, rights);
        if (rights[0] && text_is(store->actor.rights, rights))
            return true;
        forgets = rights[0] ? NOT_COMMON : "what it shows is not remembered";
    }
    explain_bypass(store, forgets);
    return false;
}

/* --- the key -------------------------------------------------------------- */

static YIELDS bool add_generations(struct run *run, struct buffer *question)
{
    const struct resource *shown[LISTING_SHOWS_MAX];
    unsigned count = listing_shows(run->listing, shown);
    char name[CACHE_GENERATION_BYTES];

    for (unsigned i = 0; i < count; i++) {
        if (!cache_generation(run->store->stock->cache, shown[i]->shape->name,
                              run->until, name))
            return false;
        buffer_add_string(question, name);
    }
    return true;
}

/* In words that are the same in all processes, and so that no two questions
 * look alike. */
static void add_question(const struct run *run, struct buffer *question)
{
    const struct listing *listing = run->listing;
    const struct mac *conditions = &run->form->question;

    buffer_add(question, (const char *)conditions->bytes,
               sizeof(conditions->bytes));
    buffer_add_format(
        question, " %" PRIx64 " %" PRIx32 " %u %d %" PRId64 " %d ",
        listing->view.selection.mask, listing->view.embeds, listing->limit,
        listing->by_position, listing->offset, (int)listing->count);
    form_key_value(question, listing->cursor);
    form_key_values(question, &listing->params);
}

int list_memory_key(struct run *run, struct cache_key *ret_key, bool *ret_there)
{
    CLEANUP(buffer_fini) struct buffer question = { 0 };
    struct mac digest;
    int r;

    buffer_init(&question, SQL_BYTES_MAX);
    *ret_there = add_generations(run, &question);
    r = *ret_there ? run_find_form(run) : 0;
    if (r < 0 || !*ret_there)
        return r;
    add_question(run, &question);
    if (buffer_overflown(&question))
        return FAIL(run->diag, ERR_TOO_LARGE, "the query is too large");
    digest = mac_digest(buffer_text(&question));
    cache_key_of_list(ret_key, run->listing->resource->shape->name,
                      digest.bytes);
    return 0;
}

_Static_assert((int)MAC_BYTES == (int)CACHE_DIGEST_BYTES, "one digest");

/* --- the value ------------------------------------------------------------ */

/* Of the page all but the rows, in front of which it stands: a line. */
static void write_page(const struct page *page, struct buffer *out)
{
    buffer_add_format(out, "%u %" PRId64 " %d %d %" PRId64 " %d %.*s %.*s\n",
                      page->count, page->first, page->has_next, page->has_prev,
                      page->total, page->total_is_estimate,
                      TEXT_ARG(page->next), TEXT_ARG(page->prev));
}

static bool take_number(struct text *head, int64_t *ret_number)
{
    struct text word;

    return text_cut(head, ' ', &word) && text_to_int64(word, ret_number);
}

/* A cursor is never empty. */
static bool take_cursor(struct text *head, struct arena *arena,
                        struct text *ret_cursor)
{
    const char *copy;
    struct text word;

    *ret_cursor = TEXT_NULL;
    if (!text_cut(head, ' ', &word))
        return false;
    if (word.len == 0)
        return true;
    copy = arena_copy(arena, word);
    *ret_cursor = text_from(copy, word.len);
    return copy != NULL;
}

static bool read_page(struct text head, struct arena *arena,
                      struct page *ret_page)
{
    int64_t count, next, prev, estimate;

    if (!take_number(&head, &count) || !take_number(&head, &ret_page->first) ||
        !take_number(&head, &next) || !take_number(&head, &prev) ||
        !take_number(&head, &ret_page->total) ||
        !take_number(&head, &estimate) ||
        !take_cursor(&head, arena, &ret_page->next) ||
        !take_cursor(&head, arena, &ret_page->prev))
        return false;
    ret_page->count = (unsigned)count;
    ret_page->has_next = next != 0;
    ret_page->has_prev = prev != 0;
    ret_page->total_is_estimate = estimate != 0;
    return true;
}

static bool read_answer(const struct run *run, struct bytes *value,
                        struct list_answer *ret_answer)
{
    struct text body = bytes_text(value), head;

    if (!text_cut(&body, '\n', &head) ||
        !read_page(head, run->listing->arena, &ret_answer->page))
        return false;
    ret_answer->body = bytes_part(value, body);
    return true;
}

/* --- looking and filling -------------------------------------------------- */

static void note(const struct run *run, struct provenance provenance)
{
    if (run->store->trail)
        run->store->trail->provenance = provenance;
}

int list_memory_find(struct run *run, struct cache_load *load,
                     struct list_answer *ret_answer, bool *ret_found)
{
    struct cache *cache = run->store->stock->cache;
    struct cache_value value;
    struct cache_key key;
    bool there, found;
    int r = list_memory_key(run, &key, &there);

    *ret_found = false;
    if (r == 0 && !there)
        explain_bypass(run->store,
                       cache_doubt(cache) ?: "a write of what it shows is on");
    if (r < 0 || !there)
        return r;
    found = cache_get(cache, &key, run->until, load, &value);
    explain_look(run->store, &key, load);
    if (!found)
        return 0;
    if (value.body)
        *ret_found = read_answer(run, value.body, ret_answer);
    bytes_unref(&value.body);
    if (!*ret_found)
        return 0;
    note(run, (struct provenance){
                  .from = value.layer == CACHE_NEAR ? FROM_NEAR : FROM_REDIS,
                  .age_ns = value.age_ns,
              });
    cache_sampler_offer_list(run->store->stock->sampler, run->listing,
                             value.layer);
    return 0;
}

bool list_memory_peek(const struct run *run, const struct cache_key *key,
                      enum cache_layer layer, struct list_answer *ret_answer)
{
    struct cache_value value;
    bool there;

    if (!cache_peek(run->store->stock->cache, key, layer, run->until, &value))
        return false;
    there = value.body && read_answer(run, value.body, ret_answer);
    bytes_unref(&value.body);
    return there;
}

int list_memory_stand_in(struct run *run, int r, struct list_answer *ret_answer)
{
    struct cache_value value = { .body = NULL };
    struct cache_key key;
    bool there, stands;

    if (list_memory_key(run, &key, &there) < 0 || !there ||
        !stale_find(run->store, &key, r, run->until, run->diag, &value))
        return r;
    stands = read_answer(run, value.body, ret_answer);
    bytes_unref(&value.body);
    return stands ? 0 : r;
}

static bool write_answer(const struct list_answer *answer,
                         struct bytes **ret_value)
{
    CLEANUP(buffer_fini) struct buffer value = { 0 };
    size_t len;
    char *at;

    buffer_init_with(&value, MEMORY_BYTES_MAX, answer->body->len + HEAD_BYTES);
    write_page(&answer->page, &value);
    buffer_add_text(&value, bytes_text(answer->body));
    if (buffer_overflown(&value))
        return false;
    at = buffer_release(&value, &len);
    *ret_value = bytes_adopt(at, len);
    return true;
}

void list_memory_fill(struct run *run, struct cache_load *load,
                      const struct list_answer *answer)
{
    CLEANUP(bytes_unref) struct bytes *value = NULL;
    bool stored = false;

    if (!load->cache)
        return;
    if (load->leased && write_answer(answer, &value))
        stored = cache_fill(load, value, 0, run->until);
    note(run, (struct provenance){ .from = FROM_DATABASE, .stored = stored });
}
