/* SPDX-License-Identifier: MIT */
#include "auth/token_memory.h"

#include "auth/mac.h"
#include "base/check.h"
#include "base/list.h"
#include "base/memory.h"

enum { TOKEN_MEMORY_MAGIC = 0x746f6b6d };

struct entry {
    struct list use;    /* the memory's, latest used first */
    struct entry *next; /* of its bucket */
    struct mac digest;
    struct jwt jwt;
    char texts[];
};

struct token_memory {
    unsigned magic;
    unsigned count, max;
    size_t buckets_mask;
    struct entry **buckets;
    struct list used;
    uint64_t generation;
};

struct token_memory *token_memory_new(unsigned entries_max)
{
    struct token_memory *memory = NEW(struct token_memory);
    size_t buckets = 1;

    CHECK(entries_max > 0);
    while (buckets < entries_max)
        buckets *= 2;
    memory->magic = TOKEN_MEMORY_MAGIC;
    memory->max = entries_max;
    memory->buckets_mask = buckets - 1;
    memory->buckets = memory_new_array(buckets, sizeof(struct entry *));
    list_init(&memory->used);
    return memory;
}

/* A digest is as good as random: who wants to collide must get tokens signed.
 */
static struct entry **bucket_of(struct token_memory *memory,
                                const struct mac *digest)
{
    size_t place;

    memcpy(&place, digest->bytes, sizeof(place));
    return &memory->buckets[place & memory->buckets_mask];
}

static struct entry *find(struct token_memory *memory, const struct mac *digest)
{
    struct entry *entry = *bucket_of(memory, digest);

    while (entry && memcmp(&entry->digest, digest, sizeof(*digest)) != 0)
        entry = entry->next;
    return entry;
}

static void drop(struct token_memory *memory, struct entry *entry)
{
    struct entry **at = bucket_of(memory, &entry->digest);

    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    list_remove(&entry->use);
    memory->count--;
    memory_free(&entry);
}

static void drop_all(struct token_memory *memory)
{
    list_each_safe (&memory->used, struct entry, entry, use)
        drop(memory, entry);
}

static void move_to(struct token_memory *memory, uint64_t generation)
{
    OBJ_CHECK(memory, TOKEN_MEMORY_MAGIC);
    if (memory->generation == generation)
        return;
    drop_all(memory);
    memory->generation = generation;
}

void token_memory_free(struct token_memory **memory)
{
    if (!*memory)
        return;
    OBJ_CHECK(*memory, TOKEN_MEMORY_MAGIC);
    drop_all(*memory);
    memory_free(&(*memory)->buckets);
    memory_free(memory);
}

const struct jwt *token_memory_find(struct token_memory *memory,
                                    struct text token, uint64_t generation,
                                    int64_t now_s)
{
    struct mac digest = mac_digest(token);
    struct entry *entry;

    move_to(memory, generation);
    entry = find(memory, &digest);
    if (!entry)
        return NULL;
    if (now_s >= entry->jwt.expires_at_s) {
        drop(memory, entry);
        return NULL;
    }
    list_remove(&entry->use);
    list_push_front(&memory->used, &entry->use);
    return &entry->jwt;
}

/* The jwt with its texts behind the entry. */
static struct entry *copy_of(const struct jwt *jwt, size_t texts_bytes)
{
    struct entry *entry = memory_new(sizeof(struct entry) + texts_bytes);
    struct text *const texts[] = { &entry->jwt.subject, &entry->jwt.issuer,
                                   &entry->jwt.key_id, &entry->jwt.scope };
    char *at = entry->texts;

    entry->jwt = *jwt;
    list_init(&entry->use);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (text_is_null(*texts[i]))
            continue;
        memcpy(at, texts[i]->at, texts[i]->len);
        texts[i]->at = at;
        at += texts[i]->len + 1; /* zeroed: a NUL stands behind each */
    }
    return entry;
}

void token_memory_keep(struct token_memory *memory, struct text token,
                       uint64_t generation, const struct jwt *jwt)
{
    size_t bytes = jwt->subject.len + jwt->issuer.len + jwt->key_id.len +
                   jwt->scope.len + 4;
    struct mac digest = mac_digest(token);
    struct entry **bucket, *entry;

    CHECK(jwt->fault == JWT_FAULT_NONE);
    move_to(memory, generation);
    if (bytes > TOKEN_MEMORY_TEXT_BYTES || find(memory, &digest))
        return;
    if (memory->count == memory->max)
        drop(memory, list_last(&memory->used, struct entry, use));
    entry = copy_of(jwt, bytes);
    entry->digest = digest;
    bucket = bucket_of(memory, &digest);
    entry->next = *bucket;
    *bucket = entry;
    list_push_front(&memory->used, &entry->use);
    memory->count++;
}

unsigned token_memory_count(const struct token_memory *memory)
{
    OBJ_CHECK(memory, TOKEN_MEMORY_MAGIC);
    return memory->count;
}
