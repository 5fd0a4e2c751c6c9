/* SPDX-License-Identifier: MIT */
#include "store/list_sample.h"

#include "base/memory.h"
#include "store/list_memory.h"
#include "store/listing_impl.h"

enum { QUESTION_BYTES_MAX = 64 * 1024 };

struct list_sample {
    struct arena arena; /* what the listing's texts are in */
    struct listing listing;
    enum cache_layer layer;
};

static bool keep(struct list_sample *sample)
{
    struct listing *listing = &sample->listing;
    bool kept = list_keep_text(&sample->arena, &listing->cursor);

    for (unsigned i = 0; kept && i < listing->params.count; i++)
        kept = list_keep_text(&sample->arena, &listing->params.items[i]);
    return kept;
}

struct list_sample *list_sample_new(const struct listing *listing,
                                    enum cache_layer layer)
{
    struct list_sample *sample = NEW(struct list_sample);

    arena_init(&sample->arena, QUESTION_BYTES_MAX);
    sample->listing = *listing;
    sample->listing.arena = &sample->arena;
    sample->layer = layer;
    if (!keep(sample))
        list_sample_free(&sample);
    return sample;
}

void list_sample_free(struct list_sample **sample)
{
    if (!*sample)
        return;
    arena_fini(&(*sample)->arena);
    memory_free(sample);
}

const char *list_sample_name(const struct list_sample *sample)
{
    return sample->listing.resource->shape->name;
}

/* --- comparing ------------------------------------------------------------ */

static YIELDS bool find_key(struct run *run, struct cache_key *ret_key)
{
    bool there;

    return list_memory_key(run, ret_key, &there) == 0 && there;
}

static bool is_same_key(const struct cache_key *a, const struct cache_key *b)
{
    return text_equal(text_from(a->at, a->len), text_from(b->at, b->len));
}

/*
 * The key is of the generations: while it stays the same nobody has written
 * what the list shows, so there are no two truths.
 */
static YIELDS bool differs(struct run *run, enum cache_layer layer)
{
    struct list_answer now = { .body = NULL }, cached = { .body = NULL };
    CLEANUP(bytes_unref) struct bytes *read = NULL;
    CLEANUP(bytes_unref) struct bytes *given = NULL;
    struct cache_key before, after;

    if (!find_key(run, &before) || run_answer(run, &now) < 0)
        return false;
    read = now.body;
    if (!list_memory_peek(run, &before, layer, &cached))
        return false;
    given = cached.body;
    return find_key(run, &after) && is_same_key(&before, &after) &&
           !text_equal(bytes_text(read), bytes_text(given));
}

bool list_sample_is_stale(struct list_sample *sample, const struct store *store,
                          struct deadline until)
{
    char rights[LISTING_RIGHTS_BYTES];
    struct actor actor = { .rights = TEXT_NULL };
    struct store reader;
    CLEANUP(run_end) struct run run = { .until = until };

    listing_rights(&sample->listing, rights);
    actor.rights = text_of(rights);
    reader = store_as(store, &actor);
    run.store = &reader;
    run.entry = store_entry(&reader, sample->listing.resource);
    run.listing = &sample->listing;
    return differs(&run, sample->layer);
}
