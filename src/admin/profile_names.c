/* SPDX-License-Identifier: MIT */
#include "admin/profile_names.h"

#include "base/memory.h"

#include <ctype.h>

enum { PLAIN_BYTES_MAX = 256 << 10 };

/* --- texts ------------------------------------------------------------------
 */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Bytes of a quoted constant at the front, both quotes included. */
static size_t quoted(struct text t)
{
    size_t len = 1;

    while (len < t.len && t.at[len] != '\'')
        len++;
    return len < t.len ? len + 1 : t.len;
}

static size_t digits(struct text t)
{
    size_t len = 0;

    while (len < t.len && isdigit((unsigned char)t.at[len]))
        len++;
    return len;
}

/* Bytes of a constant or of a parameter at the front; 0: there is none. */
static size_t constant(struct text t, char before)
{
    if (*t.at == '\'')
        return quoted(t);
    if (*t.at == '$' && digits(text_skip(t, 1)) > 0)
        return 1 + digits(text_skip(t, 1));
    return is_word(before) ? 0 : digits(t);
}

void profile_plain(struct text sql, struct buffer *out)
{
    char before = ' ';

    while (sql.len > 0) {
        size_t skipped = constant(sql, before);
        bool space = isspace((unsigned char)*sql.at) != 0;

        if (skipped > 0)
            buffer_add_byte(out, '?');
        else if (!space || before != ' ')
            buffer_add_byte(out, space ? ' ' : *sql.at);
        before = skipped > 0 ? '?' : space ? ' ' : *sql.at;
        sql = text_skip(sql, skipped > 0 ? skipped : 1);
    }
}

/* --- names ------------------------------------------------------------------
 */

static uint64_t hash_of(struct text sql)
{
    CLEANUP(buffer_fini) struct buffer plain = { 0 };

    buffer_init(&plain, PLAIN_BYTES_MAX);
    profile_plain(sql, &plain);
    return text_hash(buffer_text(&plain));
}

int profile_names_init(struct profile_names *names, struct diag *diag)
{
    const struct queries *queries = &names->queries;
    int r = queries_make(&names->queries, QUERIES_ALL, diag);

    names->hashes =
        memory_new_array(queries->count + 1, sizeof(*names->hashes));
    for (unsigned i = 0; i < queries->count; i++)
        names->hashes[i] = hash_of(text_of(queries->list[i].statement.sql));
    return r;
}

void profile_names_fini(struct profile_names *names)
{
    memory_free(&names->hashes);
    queries_fini(&names->queries);
}

const char *profile_names_find(const struct profile_names *names,
                               struct text sql)
{
    uint64_t hash = hash_of(sql);

    for (unsigned i = 0; i < names->queries.count; i++)
        if (names->hashes[i] == hash)
            return names->queries.list[i].statement.name;
    return NULL;
}
