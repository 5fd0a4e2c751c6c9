/* SPDX-License-Identifier: MIT */
#include "postgres/prepared.h"

#include "base/check.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_CHARS_MAX = 36 };

void prepared_fini(struct prepared_set *set)
{
    memory_free(&set->entries);
    *set = (struct prepared_set){ 0 };
}

/* "bill_by_id_0123456789abcdef_1": readable in pg_prepared_statements. */
static void write_name(struct prepared *entry, const char *label)
{
    int len = (int)strnlen(label, LABEL_CHARS_MAX);

    snprintf(entry->name, sizeof(entry->name), "%.*s_%016" PRIx64 "_%u", len,
             label, entry->hash, entry->generation);
}

static int add(struct prepared_set *set, uint64_t hash, const char *label)
{
    struct prepared *entry;

    if (set->count == PREPARED_MAX)
        return -1;
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? 2 * set->capacity : 16;
        set->entries =
            memory_resize(set->entries, set->capacity * sizeof(*set->entries));
    }
    entry = &set->entries[set->count];
    *entry = (struct prepared){ .hash = hash, .generation = ++set->generation };
    write_name(entry, label);
    return (int)set->count++;
}

int prepared_find(struct prepared_set *set, uint64_t hash, const char *label)
{
    unsigned slot = hash % PREPARED_SLOTS;
    int index;

    for (; set->slots[slot]; slot = (slot + 1) % PREPARED_SLOTS)
        if (set->entries[set->slots[slot] - 1].hash == hash)
            return set->slots[slot] - 1;
    index = add(set, hash, label);
    if (index >= 0)
        set->slots[slot] = (uint16_t)(index + 1);
    return index;
}

void prepared_forget(struct prepared_set *set)
{
    set->count = 0;
    memset(set->slots, 0, sizeof(set->slots));
}

void prepared_drop(struct prepared_set *set, int index, unsigned generation)
{
    struct prepared *entry = &set->entries[index];
    char *end;

    CHECK(index >= 0 && (unsigned)index < set->capacity);
    if ((unsigned)index >= set->count || entry->generation != generation)
        return;
    entry->generation = ++set->generation;
    entry->ready = false;
    end = strrchr(entry->name, '_');
    snprintf(end, (size_t)(entry->name + sizeof(entry->name) - end), "_%u",
             entry->generation);
}
