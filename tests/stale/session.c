/* SPDX-License-Identifier: MIT */
#include "stale/session.h"

#include "base/check.h"
#include "base/crc.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    PATH_BYTES = 256,
    BODY_BYTES = 256,
    FIELDS_BYTES = 4096,
    FAULTS_TOLD = 20,
    BIOGUIDE_AT = 19, /* the random part of an id is a key, too */
};

static unsigned chance(struct session *session, unsigned end)
{
    session->luck ^= session->luck << 13;
    session->luck ^= session->luck >> 7;
    session->luck ^= session->luck << 17;
    return (unsigned)(session->luck >> 33) % end;
}

/* --- asking -----------------------------------------------------------------
 */

static void count(struct session *session, const struct said *said)
{
    struct text status = said_field(said, "Cache-Status");
    const char *hit =
        text_is_null(status) ? NULL : memmem(status.at, status.len, "; hit", 5);

    session->tally.broken += said->status == 0;
    session->tally.failed += said->status >= 500;
    if (hit && memmem(status.at, status.len, "detail=near", 11))
        session->tally.near++;
    else if (hit)
        session->tally.shared++;
}

/* Nobody knows: anonymous readers see the same, in a scope of their own. */
static struct said ask(struct session *session, bool signed_in,
                       const char *method, const char *path, const char *more,
                       const char *body)
{
    static const struct timespec pause = { .tv_nsec = 20000000 };
    char fields[FIELDS_BYTES];
    struct said said;

    snprintf(fields, sizeof(fields), "%s%s%s%s",
             signed_in ? "Authorization: Bearer " : "",
             signed_in ? session->token : "", signed_in ? "\r\n" : "", more);
    said = talk_ask(&session->talks[chance(session, session->instances)],
                    &(struct asked){ method, path, fields, body });
    count(session, &said);
    if (said.status == 0 || said.status == 503)
        nanosleep(&pause, NULL); /* whoever is down is not asked in a circle */
    return said;
}

static void tell(struct session *session, const char *what, const char *id,
                 const struct said *said, int64_t wanted)
{
    static atomic_uint told;
    struct text status = said_field(said, "Cache-Status");

    if (atomic_fetch_add(&told, 1) < FAULTS_TOLD)
        fprintf(stderr,
                "session %u: %s: %s, version %lld, not %lld (%d; %.*s)\n",
                session->number, what, id, (long long)said->version,
                (long long)wanted, said->status, TEXT_ARG(status));
}

/* --- objects that change
 * ------------------------------------------------------ */

/* A name that only this object can have. */
static void name_of(const char *id, uint64_t number, char ret[static 64])
{
    char what[64];

    snprintf(what, sizeof(what), "%s %llu", id, (unsigned long long)number);
    snprintf(ret, 64, "%llu %08x", (unsigned long long)number,
             crc32c(0, text_of(what)));
}

static const char *find(struct text body, const char *what)
{
    const char *at =
        body.len ? memmem(body.at, body.len, what, strlen(what)) : NULL;

    return at ? at + strlen(what) : NULL;
}

static bool is_whole(const struct said *said, const char *id)
{
    char wanted[64], member[128];
    const char *name = find(said->body, "\"full_name\":\"");

    if (!name)
        return false;
    name_of(id, strtoull(name, NULL, 10), wanted);
    snprintf(member, sizeof(member), "\"full_name\":\"%s\"", wanted);
    if (!find(said->body, member))
        return false;
    snprintf(member, sizeof(member), "\"id\":\"%s\"", id);
    return find(said->body, member) != NULL;
}

struct before {
    int64_t newest, written, seen;
};

static struct before before(const struct session *session, unsigned which)
{
    return (struct before){ atomic_load(&session->known->hot[which].newest),
                            session->written[which], session->seen[which] };
}

static void judge(struct session *session, unsigned which,
                  const struct before *then, const struct said *said,
                  bool in_list)
{
    struct hot *hot = &session->known->hot[which];
    int64_t version = said->version;

    if (!is_whole(said, hot->id)) {
        session->tally.mangled++;
        tell(session, "mangled", hot->id, said, then->newest);
    }
    if (version < then->newest) {
        session->tally.stale++;
        session->tally.own += version < then->written;
        session->tally.backward += version < then->seen;
        session->tally.listed += in_list;
        tell(session, in_list ? "a stale list" : "stale", hot->id, said,
             then->newest);
    }
    if (version > session->seen[which])
        session->seen[which] = version;
    hot_learn(hot, version);
}

/* What is there all the time must be there. */
static bool judge_status(struct session *session, const struct said *said,
                         const char *id)
{
    session->tally.refused += said->status >= 400 && said->status < 500;
    if (said->status != 404)
        return false;
    session->tally.missing++;
    tell(session, "missing", id, said, 0);
    return true;
}

static bool get(struct session *session, unsigned which)
{
    const char *id = session->known->hot[which].id;
    struct before then = before(session, which);
    char path[PATH_BYTES];
    struct said said;

    snprintf(path, sizeof(path), "/v1/people/%s", id);
    said = ask(session, chance(session, 2), "GET", path, "", NULL);
    if (said.status != 200)
        return judge_status(session, &said, id);
    session->tally.gets++;
    judge(session, which, &then, &said, false);
    return true;
}

/*
 * From wherever it is nearest, but no older than what it wrote itself. Nothing
 * is learnt of it: a standby may show a commit before its primary does, so that
 * who reads there is ahead of an acknowledgement that is still to come.
 */
static bool get_by_token(struct session *session, unsigned which)
{
    const char *id = session->known->hot[which].id;
    int64_t written = session->written[which];
    char path[PATH_BYTES], more[TOKEN_BYTES + 64];
    struct said said;

    if (!session->written_token[0])
        return false;
    snprintf(path, sizeof(path), "/v1/people/%s", id);
    snprintf(more, sizeof(more),
             "Consistency: any\r\nConsistency-Token: %s\r\n",
             session->written_token);
    said = ask(session, true, "GET", path, more, NULL);
    if (said.status != 200)
        return judge_status(session, &said, id);
    session->tally.tokens++;
    if (said.version < written) {
        session->tally.forgot++;
        tell(session, "not by its token", id, &said, written);
    }
    return true;
}

static bool list(struct session *session, unsigned which)
{
    const char *id = session->known->hot[which].id, *version;
    struct before then = before(session, which);
    char path[PATH_BYTES];
    struct said said;

    snprintf(path, sizeof(path), "/v1/people?id=%s", id);
    said = ask(session, chance(session, 2), "GET", path, "", NULL);
    if (said.status != 200)
        return false;
    session->tally.lists++;
    version = find(said.body, "\"version\":");
    said.version = version ? strtoll(version, NULL, 10) : -1;
    judge(session, which, &then, &said, true);
    return true;
}

static bool change(struct session *session, unsigned which)
{
    const char *id = session->known->hot[which].id;
    struct before then = before(session, which);
    char path[PATH_BYTES], body[BODY_BYTES], name[64];
    struct said said;

    snprintf(path, sizeof(path), "/v1/people/%s", id);
    name_of(id, session->luck >> 16, name);
    snprintf(body, sizeof(body), "{\"full_name\":\"%s\"}", name);
    said = ask(session, true, "PATCH", path, "", body);
    if (said.status != 200)
        return judge_status(session, &said, id);
    session->tally.writes++;
    if (said.version <= then.newest) {
        session->tally.stale++;
        tell(session, "a write behind", id, &said, then.newest);
    }
    session->written[which] = said.version;
    snprintf(session->written_token, TOKEN_BYTES, "%.*s",
             TEXT_ARG(said_field(&said, "Consistency-Token")));
    hot_learn(&session->known->hot[which], said.version);
    return true;
}

/* --- objects that come and go
 * --------------------------------------------------- */

static void body_of(const char *id, char ret[static BODY_BYTES])
{
    char name[64];

    name_of(id, 1, name);
    snprintf(ret, BODY_BYTES, "{\"bioguide\":\"%s\",\"full_name\":\"%s\"}",
             id + BIOGUIDE_AT, name);
}

static struct life *current(struct known *known, unsigned session)
{
    return &known->lives[atomic_load(&known->current[session])];
}

static void next_life(struct session *session)
{
    struct known *known = session->known;
    unsigned number = atomic_fetch_add(&known->lives_made, 1);

    CHECK(number < LIVES_MAX);
    session->purged = true;
    uuid_format(uuid_v7(), known->lives[number].id);
    atomic_store(&known->current[session->number], number);
}

static struct said appear(struct session *session, const char *id)
{
    char path[PATH_BYTES], body[BODY_BYTES];

    snprintf(path, sizeof(path), "/v1/people/%s%s", id,
             session->purged ? "" : "/restore");
    body_of(id, body);
    return session->purged
               ? ask(session, true, "PUT", path, "If-None-Match: *\r\n", body)
               : ask(session, true, "POST", path, "", NULL);
}

static struct said vanish(struct session *session, const char *id, bool purge)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof(path), "/v1/people/%s%s", id,
             purge ? "?purge=true" : "");
    return ask(session, true, "DELETE", path, "", NULL);
}

/* A write that was not acknowledged may still be done at any time: nothing can
 * be said of that object any more, and it is left for another. */
static bool live(struct session *session)
{
    struct life *life = current(session->known, session->number);
    unsigned phase = atomic_fetch_add(&life->phase, 1) % PHASES;
    bool purge = chance(session, 2);
    struct said said = phase == ABSENT ? appear(session, life->id)
                                       : vanish(session, life->id, purge);

    if (said.status < 200 || said.status > 299) {
        session->tally.refused += said.status >= 400 && said.status < 500;
        next_life(session);
        return false;
    }
    session->purged = phase == PRESENT && purge;
    atomic_fetch_add(&life->phase, 1);
    session->tally.lives++;
    return true;
}

/* By itself or in a list, which is empty where there is no such object. */
static struct said look_at(struct session *session, const char *id)
{
    bool listed = chance(session, 2);
    char path[PATH_BYTES];
    struct said said;

    snprintf(path, sizeof(path), "/v1/people%s%s", listed ? "?id=" : "/", id);
    said = ask(session, chance(session, 2), "GET", path, "", NULL);
    if (listed && said.status == 200 && text_is(said.body, "[]"))
        said.status = 404;
    return said;
}

static bool look(struct session *session)
{
    unsigned whose = chance(session, session->known->session_count);
    struct life *life = current(session->known, whose);
    unsigned phase = atomic_load(&life->phase);
    struct said said = look_at(session, life->id);

    if (phase != atomic_load(&life->phase) ||
        (said.status != 200 && said.status != 404))
        return false;
    session->tally.looks++;
    if (phase % PHASES == ABSENT && said.status == 200) {
        session->tally.ghosts++;
        tell(session, "a ghost", life->id, &said, -1);
    }
    if (phase % PHASES == PRESENT && said.status == 404) {
        session->tally.missing++;
        tell(session, "missing", life->id, &said, 0);
    }
    return true;
}

/* --- together
 * -------------------------------------------------------------------- */

bool session_make(struct session *session, struct hot *hot)
{
    char path[PATH_BYTES], body[BODY_BYTES];
    struct said said;

    uuid_format(uuid_v7(), hot->id);
    snprintf(path, sizeof(path), "/v1/people/%s", hot->id);
    body_of(hot->id, body);
    said = ask(session, true, "PUT", path, "If-None-Match: *\r\n", body);
    hot_learn(hot, said.version);
    if (said.status != 201)
        fprintf(stderr, "PUT %s: %d\n%.*s\n", path, said.status,
                TEXT_ARG(said.body));
    return said.status == 201;
}

/* By one of these; false: there was no answer that says anything. */
static bool operate(struct session *session)
{
    unsigned which = chance(session, session->known->hot_count);
    unsigned roll = chance(session, 100);

    if (roll < session->known->writes)
        return change(session, which);
    roll = chance(session, 100);
    return roll < 77   ? get(session, which)
           : roll < 87 ? list(session, which)
           : roll < 90 ? get_by_token(session, which)
           : roll < 91 ? live(session)
                       : look(session);
}

void session_run(struct session *session)
{
    struct known *known = session->known;

    next_life(session);
    while (atomic_load(&known->left) > 0 &&
           atomic_fetch_sub(&known->tries, 1) > 0)
        if (operate(session))
            atomic_fetch_sub(&known->left, 1);
}
