/* SPDX-License-Identifier: MIT */
/* The names under which lists are remembered: a key like an object's. */
#include "cache/cache_impl.h"

#include "base/id.h"

#include <stdio.h>

int64_t cache_mark_number(void)
{
    int64_t number;

    random_bytes(&number, sizeof(number));
    return number & INT64_MAX;
}

void cache_generation_name(char ret_name[static CACHE_GENERATION_BYTES])
{
    uint64_t chance;

    random_bytes(&chance, sizeof(chance));
    hex_format(&chance, sizeof(chance), ret_name);
}

static bool take_name(struct cache_value *value,
                      char ret_name[static CACHE_GENERATION_BYTES])
{
    if (!value->body)
        return false;
    snprintf(ret_name, CACHE_GENERATION_BYTES, "%.*s",
             TEXT_ARG(bytes_text(value->body)));
    bytes_unref(&value->body);
    return true;
}

/*
 * Who has the lease names it: no write was marked since, or the lease would
 * have ended before the name could stand there.
 */
static YIELDS bool give_name(struct cache_load *load, struct deadline until,
                             char ret_name[static CACHE_GENERATION_BYTES])
{
    CLEANUP(bytes_unref) struct bytes *name = NULL;

    if (!load->leased)
        return false;
    cache_generation_name(ret_name);
    name = bytes_copy(text_of(ret_name));
    return cache_fill(load, name, 0, until);
}

bool cache_generation(struct cache *cache, const char *resource,
                      struct deadline until,
                      char ret_name[static CACHE_GENERATION_BYTES])
{
    CLEANUP(cache_load_end) struct cache_load load = CACHE_LOAD_NONE;
    struct cache_value value;
    struct cache_key key;
    bool named;

    cache_key_of_generation(&key, resource);
    named = cache_get(cache, &key, until, &load, &value)
                ? take_name(&value, ret_name)
                : give_name(&load, until, ret_name);
    if (!named)
        series_add(METRIC_SERIES(METRIC_CACHE_LISTS, "generation", "none"), 1);
    return named;
}
