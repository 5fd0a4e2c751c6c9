/* SPDX-License-Identifier: MIT */
#include "auth/permission_set.h"

#include "base/buffer.h"
#include "base/check.h"
#include "base/memory.h"

enum {
    SET_MAGIC = 0x5065726d,
    WORDS = (PERMISSION_COUNT + 63) / 64,
    TEXT_BYTES_MAX = PERMISSION_COUNT * 64,
};

struct pattern {
    struct permission_pattern names;
    bool deny;
};

struct permission_set {
    unsigned magic, refs;
    uint64_t own[WORDS], others[WORDS]; /* a bit for each row */
    struct permission_set *within; /* it holds no more than this; or NULL */
    uint64_t until_ns;
    char *text;
    size_t text_len, key_bytes, count;
    char *keys; /* which the patterns point into */
    struct pattern patterns[];
};

/* --- asking by pattern ---------------------------------------------------- */

/* To whose things one pattern lets, or does not let, do all that is asked. */
static enum may named_by(const struct pattern *pattern,
                         const struct permission_pattern *asked)
{
    bool is_named = pattern->deny ? permission_meets(&pattern->names, asked)
                                  : permission_covers(&pattern->names, asked);

    if (!is_named)
        return MAY_NOT;
    return pattern->names.own ? MAY_OWN : MAY_ANY;
}

static enum may match(const struct permission_set *set,
                      const struct permission_pattern *asked)
{
    unsigned allowed = MAY_NOT, denied = MAY_NOT;

    for (size_t i = 0; i < set->count; i++)
        if (set->patterns[i].deny)
            denied |= named_by(&set->patterns[i], asked);
        else
            allowed |= named_by(&set->patterns[i], asked);
    if (set->within)
        allowed &= match(set->within, asked);
    return (enum may)(allowed & ~denied & (asked->own ? MAY_OWN : MAY_ANY));
}

enum may permission_set_may_key(const struct permission_set *set,
                                struct text key)
{
    struct permission_pattern asked;
    enum permission permission;

    OBJ_CHECK(set, SET_MAGIC);
    if (permission_find(key, &permission))
        return permission_set_may(set, permission);
    return permission_parse(key, &asked) ? match(set, &asked) : MAY_NOT;
}

/* What the patterns allow of it and what they deny, one not yet less the other.
 */
static void collect(const struct permission_set *set,
                    const struct permission_pattern *asked, unsigned *allowed,
                    unsigned *denied)
{
    unsigned allowed_here = MAY_NOT, allowed_within = MAY_NOT;

    for (size_t i = 0; i < set->count; i++)
        if (set->patterns[i].deny)
            *denied |= named_by(&set->patterns[i], asked);
        else
            allowed_here |= named_by(&set->patterns[i], asked);
    if (set->within) {
        collect(set->within, asked, &allowed_within, denied);
        allowed_here &= allowed_within;
    }
    *allowed |= allowed_here & (asked->own ? MAY_OWN : MAY_ANY);
}

enum may permission_set_may_either(const struct permission_set *set,
                                   const struct text *keys, size_t count)
{
    unsigned allowed = MAY_NOT, denied = MAY_NOT;
    struct permission_pattern asked;

    OBJ_CHECK(set, SET_MAGIC);
    for (size_t i = 0; i < count; i++)
        if (permission_parse(keys[i], &asked))
            collect(set, &asked, &allowed, &denied);
    return (enum may)(allowed & ~denied);
}

bool permission_set_holds(const struct permission_set *set, struct text key)
{
    struct permission_pattern asked;

    return permission_parse(key, &asked) &&
           permission_set_may_key(set, key) == (asked.own ? MAY_OWN : MAY_ANY);
}

/* --- asking by bit -------------------------------------------------------- */

enum may permission_set_may(const struct permission_set *set,
                            enum permission permission)
{
    unsigned word = permission / 64, bit = permission % 64;

    OBJ_CHECK(set, SET_MAGIC);
    CHECK(permission < PERMISSION_COUNT);
    return (enum may)((set->own[word] >> bit & 1) * MAY_OWN +
                      (set->others[word] >> bit & 1) * MAY_OTHERS);
}

uint64_t permission_set_until_ns(const struct permission_set *set)
{
    return set->until_ns;
}

struct text permission_set_text(const struct permission_set *set)
{
    OBJ_CHECK(set, SET_MAGIC);
    return text_from(set->text, set->text_len);
}

size_t permission_set_bytes(const struct permission_set *set)
{
    return sizeof(*set) + set->count * sizeof(*set->patterns) + set->key_bytes +
           set->text_len;
}

/* --- compiling ------------------------------------------------------------ */

static void set_bits(struct permission_set *set)
{
    for (unsigned i = 0; i < PERMISSION_COUNT; i++) {
        struct permission_pattern asked;
        enum may may;

        CHECK(permission_parse(permission_key((enum permission)i), &asked));
        may = match(set, &asked);
        set->own[i / 64] |= (uint64_t)may_touch(may, true) << i % 64;
        set->others[i / 64] |= (uint64_t)may_touch(may, false) << i % 64;
    }
}

/* Rows that only name parts of others, or several of them, are left out. */
static void add_word(const struct permission_set *set, enum permission row,
                     struct buffer *words)
{
    struct text key = permission_key(row);
    enum may may = permission_set_may(set, row);
    struct permission_pattern names;

    CHECK(permission_parse(key, &names));
    if (may == MAY_NOT || names.own || text_find(key, '*') >= 0)
        return;
    if (words->len > 0)
        buffer_add_byte(words, ' ');
    buffer_add_text(words, key);
    if (may == MAY_OWN)
        buffer_add_string(words, ":own");
}

static void set_text(struct permission_set *set)
{
    struct buffer words;

    buffer_init(&words, TEXT_BYTES_MAX);
    if (permission_set_may(set, PERMISSION_EVERYTHING) == MAY_ANY)
        buffer_add_text(&words, permission_key(PERMISSION_EVERYTHING));
    else
        for (unsigned i = 0; i < PERMISSION_COUNT; i++)
            add_word(set, (enum permission)i, &words);
    CHECK(!buffer_overflown(&words));
    set->text_len = words.len;
    set->text = memory_copy(buffer_text(&words).at, words.len);
    buffer_fini(&words);
}

static void add_pattern(struct permission_set *set, struct text key, bool deny)
{
    struct pattern *pattern = &set->patterns[set->count];
    char *at = set->keys + set->key_bytes;

    if (!permission_parse(key, &pattern->names)) {
        if (!deny)
            return;
        key = permission_key(PERMISSION_EVERYTHING);
    }
    memcpy(at, key.at, key.len);
    CHECK(permission_parse(text_from(at, key.len), &pattern->names));
    pattern->deny = deny;
    set->key_bytes += key.len;
    set->count++;
}

/* With room for so many patterns and their keys. */
static struct permission_set *make(size_t patterns, size_t key_bytes)
{
    struct permission_set *set =
        memory_new(sizeof(*set) + patterns * sizeof(*set->patterns));

    set->magic = SET_MAGIC;
    set->refs = 1;
    set->until_ns = PERMISSION_NEVER_EXPIRES;
    set->keys = memory_new(key_bytes + 1);
    return set;
}

/* What is no key may take the place of one. */
static size_t room_for(struct text key)
{
    size_t everything = permission_key(PERMISSION_EVERYTHING).len;

    return key.len > everything ? key.len : everything;
}

struct permission_set *permission_set_new(const struct permission_grant *grants,
                                          size_t count, uint64_t now_ns)
{
    struct permission_set *set;
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += room_for(grants[i].key);
    set = make(count, bytes);
    for (size_t i = 0; i < count; i++) {
        if (grants[i].until_ns <= now_ns)
            continue;
        add_pattern(set, grants[i].key, grants[i].deny);
        if (grants[i].until_ns < set->until_ns)
            set->until_ns = grants[i].until_ns;
    }
    set_bits(set);
    set_text(set);
    return set;
}

struct permission_set *permission_set_narrow(struct permission_set *within,
                                             const struct text *scopes,
                                             size_t count)
{
    struct permission_set *set;
    size_t bytes = 0;

    OBJ_CHECK(within, SET_MAGIC);
    for (size_t i = 0; i < count; i++)
        bytes += room_for(scopes[i]);
    set = make(count, bytes);
    set->within = permission_set_ref(within);
    set->until_ns = within->until_ns;
    for (size_t i = 0; i < count; i++)
        add_pattern(set, scopes[i], false);
    set_bits(set);
    set_text(set);
    return set;
}

/* --- life ----------------------------------------------------------------- */

struct permission_set *permission_set_ref(struct permission_set *set)
{
    OBJ_CHECK(set, SET_MAGIC);
    set->refs++;
    return set;
}

void permission_set_unref(struct permission_set **set_at)
{
    struct permission_set *set = *set_at;

    *set_at = NULL;
    if (!set)
        return;
    OBJ_CHECK(set, SET_MAGIC);
    if (--set->refs > 0)
        return;
    permission_set_unref(&set->within);
    memory_free(&set->keys);
    memory_free(&set->text);
    set->magic = 0;
    memory_free(&set);
}
