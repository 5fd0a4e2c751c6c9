/* SPDX-License-Identifier: MIT */
#include "auth/key_set.h"

#include "auth/key_set_impl.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

enum { KEY_SET_MAGIC = 0x6b657973, NOTE_BYTES = 256 };

struct key_set {
    unsigned magic;
    atomic_uint refs;
    uint64_t generation;
    size_t count, note_count;
    struct key *keys[KEY_SET_MAX];
    char *notes[KEY_SET_MAX];
};

struct key_set *key_set_new(void)
{
    static _Atomic uint64_t generations;
    struct key_set *set = NEW(struct key_set);

    set->magic = KEY_SET_MAGIC;
    set->generation = atomic_fetch_add(&generations, 1) + 1;
    atomic_init(&set->refs, 1);
    return set;
}

struct key_set *key_set_ref(struct key_set *set)
{
    OBJ_CHECK(set, KEY_SET_MAGIC);
    atomic_fetch_add_explicit(&set->refs, 1, memory_order_relaxed);
    return set;
}

void key_set_unref(struct key_set **set)
{
    struct key_set *mine = *set;

    *set = NULL;
    if (!mine)
        return;
    OBJ_CHECK(mine, KEY_SET_MAGIC);
    if (atomic_fetch_sub_explicit(&mine->refs, 1, memory_order_acq_rel) > 1)
        return;
    key_set__cut(mine, 0);
    for (size_t i = 0; i < mine->note_count; i++)
        memory_free(&mine->notes[i]);
    mine->magic = 0;
    memory_free(&mine);
}

size_t key_set__count_to_change(const struct key_set *set)
{
    OBJ_CHECK(set, KEY_SET_MAGIC);
    CHECK(atomic_load(&set->refs) == 1);
    return set->count;
}

int key_set__add(struct key_set *set, struct key *key, struct diag *diag)
{
    if (key_set__count_to_change(set) == KEY_SET_MAX) {
        key__free(&key);
        return FAIL(diag, ERR_VALIDATION, "more than %d keys", KEY_SET_MAX);
    }
    set->keys[set->count++] = key;
    return 0;
}

void key_set__cut(struct key_set *set, size_t count)
{
    while (set->count > count)
        key__free(&set->keys[--set->count]);
}

void key_set__note(struct key_set *set, const char *fmt, ...)
{
    char note[NOTE_BYTES];
    va_list args;

    if (set->note_count == KEY_SET_MAX)
        return;
    va_start(args, fmt);
    vsnprintf(note, sizeof(note), fmt, args);
    va_end(args);
    set->notes[set->note_count++] = memory_copy(note, strlen(note));
}

int key_set_add_secret(struct key_set *set, struct text secret,
                       struct diag *diag)
{
    struct key *key = NULL;
    int r;

    if (text_starts_with(secret, "-----BEGIN"))
        return FAIL(diag, ERR_VALIDATION,
                    "a secret that is a PEM: a key of this form is for "
                    "RS256, PS256, ES256 or EdDSA");
    r = key__from_secret(secret, diag, &key);
    return r < 0 ? r : key_set__add(set, key, diag);
}

size_t key_set_count(const struct key_set *set)
{
    OBJ_CHECK(set, KEY_SET_MAGIC);
    return set->count;
}

uint64_t key_set_generation(const struct key_set *set)
{
    OBJ_CHECK(set, KEY_SET_MAGIC);
    return set->generation;
}

size_t key_set_note_count(const struct key_set *set)
{
    OBJ_CHECK(set, KEY_SET_MAGIC);
    return set->note_count;
}

const char *key_set_note(const struct key_set *set, size_t place)
{
    CHECK(place < key_set_note_count(set));
    return set->notes[place];
}

struct key_choice key_set__choose(const struct key_set *set, struct text id,
                                  enum algorithm algorithm)
{
    struct key_choice choice = { .is_known = false };

    OBJ_CHECK(set, KEY_SET_MAGIC);
    for (size_t i = 0; id.len > 0 && i < set->count; i++)
        choice.is_known |= text_is(id, set->keys[i]->id);
    for (size_t i = 0; i < set->count; i++) {
        const struct key *key = set->keys[i];
        bool is_meant = choice.is_known ? text_is(id, key->id)
                                        : text_is_null(id) || !key->is_named;

        if (!is_meant || !key__may(key, algorithm))
            continue;
        if (choice.count < KEY_TRIES_MAX)
            choice.keys[choice.count] = key;
        choice.count++;
    }
    return choice;
}
