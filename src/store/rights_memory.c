/* SPDX-License-Identifier: MIT */
#include "store/rights_memory.h"

#include "base/check.h"
#include "base/list.h"
#include "base/memory.h"
#include "runtime/fiber.h"
#include "telemetry/metrics.h"

enum { MEMORY_MAGIC = 0x726d656d, BUCKETS = 1024 };

enum result { HIT, LOADED, SHARED, RESULTS };

/* One subject, as it was asked for. */
struct entry {
    struct list chain, age;
    unsigned pins; /* those who load it or wait for it */
    bool loading;
    uint64_t begun, ended; /* numbers of loads: the latest, the latest told */
    int result;            /* 0 or -ERR_x of the latter */
    struct rights *rights; /* the newest there were; or NULL */
    struct condition changed; /* a load has ended */
    size_t bytes;
    uint64_t hash;
    unsigned by;
    struct text subject; /* what follows */
    char text[];
};

struct rights_memory {
    unsigned magic;
    const struct store *store;
    struct freshness *freshness;
    size_t limit_bytes;
    struct list buckets[BUCKETS];
    struct list ages; /* of all entries, the one used last at the end */
    struct rights_memory_stats stats;
    struct series *series[RESULTS];
};

/* --- finding -------------------------------------------------------------- */

static uint64_t hash_of(unsigned by, struct text subject)
{
    return text_hash(subject) + by;
}

static bool is_of(const struct entry *entry, uint64_t hash, unsigned by,
                  struct text subject)
{
    return entry->hash == hash && entry->by == by &&
           text_is_null(entry->subject) == text_is_null(subject) &&
           text_equal(entry->subject, subject);
}

static struct entry *find(struct rights_memory *memory, uint64_t hash,
                          unsigned by, struct text subject)
{
    list_each (&memory->buckets[hash % BUCKETS], struct entry, entry, chain)
        if (is_of(entry, hash, by, subject))
            return entry;
    return NULL;
}

static struct entry *add(struct rights_memory *memory, uint64_t hash,
                         unsigned by, struct text subject)
{
    struct entry *entry = memory_new(sizeof(*entry) + subject.len);

    entry->hash = hash;
    entry->by = by;
    if (!text_is_null(subject)) {
        memcpy(entry->text, subject.at, subject.len);
        entry->subject = text_from(entry->text, subject.len);
    }
    entry->bytes = sizeof(*entry) + subject.len;
    condition_init(&entry->changed);
    list_init(&entry->chain);
    list_init(&entry->age);
    list_push_back(&memory->buckets[hash % BUCKETS], &entry->chain);
    list_push_back(&memory->ages, &entry->age);
    memory->stats.entries++;
    memory->stats.bytes += entry->bytes;
    return entry;
}

/* --- forgetting ----------------------------------------------------------- */

static size_t rights_bytes(const struct rights *rights)
{
    return rights ? sizeof(*rights) + permission_set_bytes(rights->set) : 0;
}

static void keep(struct rights_memory *memory, struct entry *entry,
                 struct rights *rights)
{
    memory->stats.bytes -= rights_bytes(entry->rights);
    rights_unref(&entry->rights);
    entry->rights = rights ? rights_ref(rights) : NULL;
    memory->stats.bytes += rights_bytes(rights);
}

static void forget(struct rights_memory *memory, struct entry *entry)
{
    keep(memory, entry, NULL);
    list_remove(&entry->chain);
    list_remove(&entry->age);
    memory->stats.entries--;
    memory->stats.bytes -= entry->bytes;
    memory_free(&entry);
}

static void make_room(struct rights_memory *memory)
{
    list_each_safe (&memory->ages, struct entry, entry, age) {
        if (memory->stats.bytes <= memory->limit_bytes)
            return;
        if (entry->pins == 0)
            forget(memory, entry);
    }
}

static void unpin(struct rights_memory *memory, struct entry *entry)
{
    CHECK(entry->pins > 0);
    if (--entry->pins == 0 && !entry->rights)
        forget(memory, entry);
    make_room(memory);
}

/* --- what is known -------------------------------------------------------- */

static void count(struct rights_memory *memory, enum result result)
{
    static const char *const names[RESULTS] = { "hit", "miss", "shared" };

    if (!memory->series[result])
        memory->series[result] = METRIC_SERIES(METRIC_RIGHTS, names[result]);
    series_add(memory->series[result], 1);
    memory->stats.hits += result == HIT;
    memory->stats.loads += result == LOADED;
    memory->stats.shared += result == SHARED;
}

static bool is_fresh(const struct rights_memory *memory,
                     const struct rights *rights)
{
    uint64_t now_ns = memory->freshness->now_ns();

    return freshness_holds(memory->freshness, rights->stamp, now_ns) &&
           now_ns < permission_set_until_ns(rights->set);
}

static struct rights *take_fresh(struct rights_memory *memory,
                                 struct entry *entry)
{
    if (!entry || !entry->rights || !is_fresh(memory, entry->rights))
        return NULL;
    list_remove(&entry->age);
    list_push_back(&memory->ages, &entry->age);
    return rights_ref(entry->rights);
}

struct rights *rights_known(struct rights_memory *memory, unsigned by,
                            struct text subject)
{
    uint64_t hash;
    struct rights *rights;

    OBJ_CHECK(memory, MEMORY_MAGIC);
    hash = hash_of(by, subject);
    rights = take_fresh(memory, find(memory, hash, by, subject));
    if (rights)
        count(memory, HIT);
    return rights;
}

/* --- loading -------------------------------------------------------------- */

static int fail_absent(struct diag *diag)
{
    return FAIL(diag, ERR_NOT_FOUND, "there is no such user");
}

/* The one who asks the database, for all who wait. */
static YIELDS int load(struct rights_memory *memory, struct entry *entry,
                       struct deadline until, struct rights **ret_rights,
                       struct diag *diag)
{
    uint64_t number = ++entry->begun;
    int r;

    entry->loading = true;
    r = rights_load(memory->store, memory->freshness, entry->by, entry->subject,
                    until, ret_rights, diag);
    entry->loading = false;
    if (r == 0 || r == -ERR_NOT_FOUND)
        keep(memory, entry, *ret_rights);
    if (r != -ERR_CANCELLED && r != -ERR_DEADLINE) { /* which are ours alone */
        entry->ended = number;
        entry->result = r;
    }
    condition_broadcast(&entry->changed);
    count(memory, LOADED);
    return r;
}

/* What a load told that began after we asked is an answer to us, too. */
static int share(struct rights_memory *memory, struct entry *entry,
                 struct rights **ret_rights, struct diag *diag)
{
    count(memory, SHARED);
    if (entry->result == -ERR_NOT_FOUND)
        return fail_absent(diag);
    if (entry->result < 0)
        return FAIL(diag, -entry->result, "rights could not be read");
    *ret_rights = rights_ref(entry->rights);
    return 0;
}

static YIELDS int get_pinned(struct rights_memory *memory, struct entry *entry,
                             struct deadline until, struct rights **ret_rights,
                             struct diag *diag)
{
    uint64_t asked = entry->begun;

    while (entry->loading) {
        int r = condition_wait(&entry->changed, until);

        if (r < 0)
            return FAIL(diag, -r, "rights could not be read in time");
        if (entry->ended > asked)
            return share(memory, entry, ret_rights, diag);
        *ret_rights = take_fresh(memory, entry);
        if (*ret_rights) {
            count(memory, SHARED);
            return 0;
        }
    }
    return load(memory, entry, until, ret_rights, diag);
}

int rights_get(struct rights_memory *memory, unsigned by, struct text subject,
               struct deadline until, struct rights **ret_rights,
               struct diag *diag)
{
    struct entry *entry;
    uint64_t hash;
    int r;

    *ret_rights = rights_known(memory, by, subject);
    if (*ret_rights)
        return 0;
    if (subject.len > RIGHTS_SUBJECT_BYTES_MAX)
        return fail_absent(diag);
    hash = hash_of(by, subject);
    entry = find(memory, hash, by, subject);
    if (!entry)
        entry = add(memory, hash, by, subject);
    entry->pins++;
    r = get_pinned(memory, entry, until, ret_rights, diag);
    unpin(memory, entry);
    return r;
}

/* --- life ----------------------------------------------------------------- */

struct rights_memory *rights_memory_new(const struct store *store,
                                        struct freshness *freshness,
                                        size_t limit_bytes)
{
    struct rights_memory *memory = NEW(struct rights_memory);

    memory->magic = MEMORY_MAGIC;
    memory->store = store;
    memory->freshness = freshness;
    memory->limit_bytes = limit_bytes;
    for (size_t i = 0; i < BUCKETS; i++)
        list_init(&memory->buckets[i]);
    list_init(&memory->ages);
    return memory;
}

void rights_memory_free(struct rights_memory **memory_at)
{
    struct rights_memory *memory = *memory_at;

    *memory_at = NULL;
    if (!memory)
        return;
    OBJ_CHECK(memory, MEMORY_MAGIC);
    list_each_safe (&memory->ages, struct entry, entry, age) {
        CHECK(entry->pins == 0);
        forget(memory, entry);
    }
    memory->magic = 0;
    memory_free(&memory);
}

void rights_memory_stats(const struct rights_memory *memory,
                         struct rights_memory_stats *ret_stats)
{
    OBJ_CHECK(memory, MEMORY_MAGIC);
    *ret_stats = memory->stats;
}
