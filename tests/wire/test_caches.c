/* SPDX-License-Identifier: MIT */
/*
 * Two services that remember, on one database and one Redis: whatever is
 * written to one is what both give next. The protocol by itself:
 * cache/test_coherence.c.
 */
#include "wire/house.h"

static const char redis_hits[] =
    "portcullis_cache_requests_total{layer=\"redis\",result=\"hit\"} ";

static long hits(const char *url)
{
    return counted(url, NEAR_HITS) + counted(url, redis_hits);
}

static void wait_for_lists(const char *url, const char *path)
{
    wait_for(url, path, NEAR_LIST_HITS);
}

static void expect_both(const struct house *house, const char *get, int status,
                        const char *part)
{
    for (int i = 0; i < 2; i++) {
        char body[4096];

        cr_expect_eq(ask_at(house->urls[i], get, NULL, body, sizeof(body)),
                     status, "%s: %s", get, body);
        cr_expect(!part || strstr(body, part), "%s has no %s", body, part);
    }
}

/* The write at one of them, which it takes; then what both say. */
static void write_and_expect(const struct house *house, int at,
                             const char *request, const char *body, int status,
                             const char *get, int then, const char *part)
{
    char answer[4096];

    cr_expect_eq(ask_at(house->urls[at], request, body, answer, sizeof(answer)),
                 status, "%s: %s", request, answer);
    expect_both(house, get, then, part);
    expect_both(house, get, then, part);
}

static void expect_rounds(const struct house *house, const char *path)
{
    char get[128], patch[128];

    snprintf(get, sizeof(get), "GET %s", path);
    snprintf(patch, sizeof(patch), "PATCH %s", path);
    for (int round = 0; round < ROUNDS; round++) {
        char body[64], part[64];

        snprintf(body, sizeof(body), "{\"title\":\"Round %d\"}", round);
        snprintf(part, sizeof(part), "\"title\":\"Round %d\"", round);
        write_and_expect(house, round % 2, patch, body, 200, get, 200, part);
    }
}

/* Every way in which an object becomes another one. */
static void expect_ways(const struct house *house, const char *path,
                        const char *person)
{
    char get[128], request[256], body[512];

    snprintf(get, sizeof(get), "GET %s", path);
    snprintf(request, sizeof(request), "POST %s/actions", path);
    write_and_expect(house, 0, request,
                     "{\"acted_on\":\"2026-03-01\",\"text\":\"Read twice\"}",
                     201, get, 200, "\"latest_action\":\"Read twice\"");
    snprintf(request, sizeof(request), "PUT %s/cosponsors/%s", path, person);
    write_and_expect(house, 1, request, "{}", 201, get, 200, NULL);
    snprintf(body, sizeof(body),
             "[{\"method\":\"PATCH\",\"path\":\"%s\","
             "\"body\":{\"title\":\"In a batch\"}}]",
             path);
    write_and_expect(house, 0, "POST /v1/batch", body, 200, get, 200,
                     "\"title\":\"In a batch\"");
    snprintf(request, sizeof(request), "DELETE %s", path);
    write_and_expect(house, 1, request, NULL, 200, get, 404, NULL);
    snprintf(request, sizeof(request), "POST %s/restore", path);
    write_and_expect(house, 0, request, NULL, 200, get, 200,
                     "\"title\":\"In a batch\"");
    snprintf(request, sizeof(request), "DELETE %s/cosponsors/%s", path, person);
    cr_expect_eq(ask_at(house->urls[0], request, NULL, NULL, 0), 200);
    snprintf(request, sizeof(request), "DELETE %s?purge=true", path);
    write_and_expect(house, 1, request, NULL, 200, get, 404, NULL);
}

/* The field Cache-Status of a GET, in the wire's arena; "" where there is none,
 * as when the machine is so slow that leases end. */
static const char *told_of(const struct house *house, struct wire *wire,
                           const char *get)
{
    struct answer answer;
    struct text told;

    turn_to(house->urls[0]);
    wire_open(wire);
    answer =
        wire_step(wire, &(struct step){ .request = get, .as_admin = true });
    told = answer_header(&answer, "Cache-Status");
    cr_expect_eq(text_is_null(answer_header(&answer, "Age")),
                 text_is_null(told) ||
                     !text_starts_with(told, "portcullis; hit"));
    return text_is_null(told) ? "" : arena_copy(&wire->arena, told);
}

/* What is told first of all. */
static void expect_told(const struct house *house, const char *get,
                        const char *told)
{
    char said[128] = "";
    struct wire wire;

    for (int i = 0; i < WAITS && !said[0]; i++) {
        snprintf(said, sizeof(said), "%s", told_of(house, &wire, get));
        wire_close(&wire);
        pause_ms(5);
    }
    cr_expect(text_starts_with(text_of(said), told), "%s: %s", get, said);
}

/* What is told in the end. */
static void wait_for_told(const struct house *house, const char *get,
                          const char *told)
{
    bool holds = false;
    struct wire wire;

    for (int i = 0; i < WAITS && !holds; i++) {
        holds = strcmp(told_of(house, &wire, get), told) == 0;
        wire_close(&wire);
        pause_ms(5);
    }
    cr_expect(holds, "%s: not %s", get, told);
}

/* Its place in lists of its resource, and what is embedded there. */
static void expect_lists(const struct house *house, const char *path,
                         const char *person)
{
    const char *id = strrchr(path, '/') + 1;
    char get[160], embed[200], request[160], body[256];

    snprintf(get, sizeof(get), "GET /v1/bills?id=%s", id);
    snprintf(embed, sizeof(embed),
             "GET /v1/bills?id=%s&embed=sponsor,cosponsors,actions", id);
    wait_for_lists(house->urls[0], get);
    wait_for_lists(house->urls[1], embed);
    for (int round = 0; round < ROUNDS; round++) {
        char part[64];

        snprintf(request, sizeof(request), "PATCH %s", path);
        snprintf(body, sizeof(body),
                 "{\"title\":\"Listed %d\",\"sponsor_id\":\"%s\"}", round,
                 person);
        snprintf(part, sizeof(part), "\"title\":\"Listed %d\"", round);
        write_and_expect(house, round % 2, request, body, 200, get, 200, part);
        expect_both(house, embed, 200, part);
        snprintf(request, sizeof(request), "PATCH /v1/people/%s", person);
        snprintf(body, sizeof(body), "{\"full_name\":\"Sponsor %d\"}", round);
        snprintf(part, sizeof(part), "\"full_name\":\"Sponsor %d\"", round);
        write_and_expect(house, round % 2, request, body, 200, embed, 200,
                         part);
    }
    snprintf(request, sizeof(request), "POST %s/actions", path);
    write_and_expect(house, 0, request,
                     "{\"acted_on\":\"2026-03-01\",\"text\":\"Heard\"}", 201,
                     embed, 200, "\"text\":\"Heard\"");
    expect_told(house, get, "portcullis; fwd=miss");
    wait_for_told(house, get, "portcullis; hit; detail=near");
}

/* Links that give their owner no new version: a role's permissions. */
static void expect_links(const struct house *house)
{
    char get[200], request[200], role[UUID_TEXT_BYTES],
        permission[UUID_TEXT_BYTES];
    struct wire wire;

    turn_to(house->urls[0]);
    wire_open(&wire);
    snprintf(
        role, sizeof(role), "%s",
        made_role(&wire, arena_format(&wire.arena, "r%s", made_key(&wire))));
    snprintf(permission, sizeof(permission), "%s",
             made_permission(&wire, arena_format(&wire.arena, "k%s:read",
                                                 made_key(&wire))));
    wire_close(&wire);
    snprintf(get, sizeof(get), "GET /v1/roles?id=%s&embed=permissions", role);
    wait_for_lists(house->urls[0], get);
    wait_for_lists(house->urls[1], get);
    snprintf(request, sizeof(request), "PUT /v1/roles/%s/permissions/%s", role,
             permission);
    write_and_expect(house, 0, request, "{}", 201, get, 200, permission);
    snprintf(request, sizeof(request), "DELETE /v1/roles/%s/permissions/%s",
             role, permission);
    write_and_expect(house, 1, request, NULL, 200, get, 200,
                     "\"permissions\":[]");
}

/* An id of which both remember that there is nothing. */
static void expect_absence(const struct house *house, struct wire *wire)
{
    char id[UUID_TEXT_BYTES], get[128];
    const char *headers = "If-None-Match: *\r\n";
    struct answer answer;

    uuid_format(uuid_v7(), id);
    snprintf(get, sizeof(get), "GET /v1/roles/%s", id);
    expect_both(house, get, 404, NULL);
    expect_both(house, get, 404, NULL);
    wait_for_told(house, get, "portcullis; hit; detail=near");
    turn_to(house->urls[1]);
    wire_open(wire);
    answer = wire_step(
        wire, &(struct step){
                  .request = arena_format(&wire->arena, "PUT /v1/roles/%s", id),
                  .headers = headers,
                  .body = arena_format(&wire->arena,
                                       "{\"key\":\"r%s\",\"name\":\"Here\"}",
                                       made_key(wire)),
                  .as_admin = true });
    cr_expect_eq(answer.status, 201, "%.*s", TEXT_ARG(answer.body));
    wire_close(wire);
    expect_both(house, get, 200, "\"name\":\"Here\"");
}

/* By a service that cannot reach Redis at all. */
static void expect_stranger(const struct house *house, const char *path)
{
    char get[128], patch[128];

    snprintf(get, sizeof(get), "GET %s", path);
    snprintf(patch, sizeof(patch), "PATCH %s", path);
    wait_for_caches(house->urls[1], get);
    cr_expect_eq(
        ask_at(house->shared, patch, "{\"title\":\"By a stranger\"}", NULL, 0),
        200);
    expect_both(house, get, 200, "\"title\":\"By a stranger\"");
}

static void run_sql(const char *sql)
{
    const char *url = getenv("OWNER_DATABASE_URL");
    char command[1024];

    cr_assert_not_null(url);
    snprintf(command, sizeof(command),
             "PGOPTIONS='-c app.rights=*:*' psql -qAtX -v ON_ERROR_STOP=1 "
             "'%s' -c \"%s\"",
             url, sql);
    cr_assert_eq(system(command), 0, "%s", sql);
}

/* Until this part of an answer is what both give. */
static void wait_for_part(const struct house *house, const char *get,
                          const char *part)
{
    for (int i = 0; i < 2; i++) {
        char body[8192] = "";

        for (int j = 0; j < WAITS && !strstr(body, part); j++) {
            cr_assert_eq(ask_at(house->urls[i], get, NULL, body, sizeof(body)),
                         200);
            pause_ms(5);
        }
        cr_expect(strstr(body, part), "%s has no %s", body, part);
    }
}

static const char outside_writes[] = "\nportcullis_cache_outside_writes_total ";

static long noted(const struct house *house)
{
    return counted(house->urls[0], outside_writes) +
           counted(house->urls[1], outside_writes);
}

/* Until caches were on at that moment, so that somebody had to be told. */
static void expect_row_by_hand(const struct house *house, const char *id,
                               const char *get, const char *list)
{
    char sql[256], part[64];

    for (int i = 0; i < ROUNDS && noted(house) == 0; i++) {
        for (int j = 0; j < 2; j++) {
            wait_for_caches(house->urls[j], get);
            wait_for_lists(house->urls[j], list);
        }
        snprintf(part, sizeof(part), "\"title\":\"By hand %d\"", i);
        snprintf(sql, sizeof(sql),
                 "UPDATE bills SET title = 'By hand %d' WHERE id = '%s'", i,
                 id);
        run_sql(sql);
        wait_for_part(house, get, part);
        wait_for_part(house, list, part);
        pause_ms(100);
    }
    cr_expect_gt(noted(house), 0);
}

/* By psql: seen a moment later, whoever remembered what was before. */
static void expect_outsider(const struct house *house, const char *path,
                            const char *person)
{
    const char *id = strrchr(path, '/') + 1;
    char get[128], list[160], sql[256];

    snprintf(get, sizeof(get), "GET %s", path);
    snprintf(list, sizeof(list), "GET /v1/bills?id=%s&embed=cosponsors", id);
    expect_row_by_hand(house, id, get, list);
    snprintf(sql, sizeof(sql),
             "INSERT INTO bill_cosponsors (bill_id, person_id)"
             " VALUES ('%s', '%s')",
             id, person);
    run_sql(sql);
    wait_for_part(house, list, person);
    snprintf(sql, sizeof(sql),
             "DELETE FROM bill_cosponsors WHERE bill_id = '%s'", id);
    run_sql(sql);
    wait_for_part(house, list, "\"cosponsors\":[]");
    run_sql("UPDATE bills SET summary = 'Of all'");
    wait_for_part(house, get, "\"summary\":\"Of all\"");
}

/* By the command: read anew though nobody wrote it, and nothing else is. */
static void expect_flush(const struct house *house, const char *path)
{
    char get[128], command[256];
    struct wire wire;

    snprintf(get, sizeof(get), "GET %s", path);
    wait_for_caches(house->urls[0], get);
    snprintf(command, sizeof(command), "%s cache flush bills/%s",
             getenv("PORTCULLIS_PROGRAM"), strrchr(path, '/') + 1);
    cr_assert_eq(system(command), 0, "%s", command);
    expect_told(house, get, "portcullis; fwd=miss");
    cr_expect_neq(system("$PORTCULLIS_PROGRAM cache flush nothing/1 2>&1"), 0);
    cr_expect_neq(system("$PORTCULLIS_PROGRAM cache flush nothing 2>&1"), 0);
    wait_for_caches(house->urls[0], get);
    cr_assert_eq(system("$PORTCULLIS_PROGRAM cache flush bills"), 0);
    cr_expect_not(strstr(told_of(house, &wire, get), "hit"));
    wire_close(&wire);
    wait_for_caches(house->urls[0], get);
}

static void explain(const struct house *house, const char *path, char *ret_said,
                    size_t size)
{
    char command[512];
    FILE *said;
    size_t got;

    snprintf(command, sizeof(command),
             "PORTCULLIS_TOKEN=$ADMIN_TOKEN %s cache explain %s%s --json",
             getenv("PORTCULLIS_PROGRAM"), house->urls[0], path);
    said = popen(command, "r");
    cr_assert_not_null(said);
    got = fread(ret_said, 1, size - 1, said);
    ret_said[got] = '\0';
    cr_expect_eq(pclose(said), 0, "%s: %s", command, ret_said);
}

/* Until it says so: leases may end meanwhile. */
static void expect_explained(const struct house *house, const char *path,
                             const char *part)
{
    char said[1024] = "";

    for (int i = 0; i < WAITS && !strstr(said, part); i++)
        explain(house, path, said, sizeof(said));
    cr_expect(strstr(said, part), "%s: no %s in %s", path, part, said);
}

/* By the field itself, which the command sends. */
static void expect_reason(const struct house *house, const char *get)
{
    struct answer answer;
    struct wire wire;
    struct text told;

    turn_to(house->urls[0]);
    wire_open(&wire);
    answer = wire_step(&wire, &(struct step){ .request = get,
                                              .headers = "Cache-Explain: ?1\r\n"
                                                         "Consistency: any\r\n",
                                              .as_admin = true });
    told = answer_header(&answer, "Cache-Status");
    cr_expect(text_is(told, "portcullis; fwd=bypass; "
                            "detail=\"its Consistency\""),
              "%d %.*s", answer.status, TEXT_ARG(told));
    wire_close(&wire);
}

/* By the command: which caches were asked, and why none was. */
static void expect_explanations(const struct house *house, const char *path)
{
    char get[PATH_BYTES + 8], other[PATH_BYTES + 32];

    snprintf(get, sizeof(get), "GET %s", path);
    wait_for_caches(house->urls[0], get);
    expect_explained(house, path, "\"near\":\"hit\"");
    expect_explained(house, path, "\"key\":\"r:bills/");
    snprintf(other, sizeof(other), "%s?fields=title", path);
    expect_explained(house, other, "an object with fields= or embed=");
    expect_explained(house, "/v1/me", "no cache is asked on this path");
    snprintf(other, sizeof(other), "/v1/bills?id=%s", strrchr(path, '/') + 1);
    expect_explained(house, other, "\"near\":\"hit\"");
    expect_explained(house, other, "\"key\":\"r:bills?");
    expect_explained(house, "/v1/bills?deleted=only",
                     "the reader's rights to it");
    expect_explained(house, "/v1/audit", "this resource is not remembered");
    expect_reason(house, get);
}

/* Killed, started again empty; writes all the while. */
static void expect_outage(struct house *house, const char *path)
{
    char get[128], patch[128];

    snprintf(get, sizeof(get), "GET %s", path);
    snprintf(patch, sizeof(patch), "PATCH %s", path);
    wait_for_caches(house->urls[0], get);
    own_redis_kill(&house->redis);
    write_and_expect(house, 0, patch, "{\"title\":\"Gone\"}", 200, get, 200,
                     "\"title\":\"Gone\"");
    own_redis_run(&house->redis, "");
    write_and_expect(house, 1, patch, "{\"title\":\"Back\"}", 200, get, 200,
                     "\"title\":\"Back\"");
    wait_for_caches(house->urls[0], get);
    expect_both(house, get, 200, "\"title\":\"Back\"");
}

/* Stopped, so that it answers nobody, and let go on. */
static void expect_standstill(struct house *house, const char *path)
{
    char get[128], patch[128];

    snprintf(get, sizeof(get), "GET %s", path);
    snprintf(patch, sizeof(patch), "PATCH %s", path);
    own_redis_signal(&house->redis, SIGSTOP);
    write_and_expect(house, 1, patch, "{\"title\":\"Stopped\"}", 200, get, 200,
                     "\"title\":\"Stopped\"");
    own_redis_signal(&house->redis, SIGCONT);
    expect_both(house, get, 200, "\"title\":\"Stopped\"");
    wait_for_caches(house->urls[1], get);
    expect_both(house, get, 200, "\"title\":\"Stopped\"");
}

static void expect_where_it_came_from(const struct house *house,
                                      const char *path)
{
    char get[128], patch[128];

    snprintf(get, sizeof(get), "GET %s", path);
    snprintf(patch, sizeof(patch), "PATCH %s", path);
    cr_expect_eq(ask_at(house->urls[1], patch, "{\"title\":\"Told\"}", NULL, 0),
                 200);
    expect_told(house, get, "portcullis; hit; detail=redis");
    wait_for_told(house, get, "portcullis; hit; detail=near");
}

static const char sampled[] = "\nportcullis_cache_sampled_total ";
static void expect_sampled(const struct house *house, const char *get)
{
    ask_often(house->urls[0], get);
    for (int i = 0; i < WAITS && !counted(house->urls[0], sampled); i++)
        pause_ms(20);
    cr_expect_gt(counted(house->urls[0], sampled), 0);
    cr_expect_eq(counted(house->urls[0], STALE), 0);
    cr_expect_eq(counted(house->urls[1], STALE), 0);
}

/* One test for all: an epoch takes seconds to begin. */
Test(caches, whatever_is_written_anywhere_is_what_both_give_next,
     .timeout = 600)
{
    char path[PATH_BYTES], person[PATH_BYTES], get[PATH_BYTES + 8];
    struct house house;
    struct wire wire;

    house_open(&house);
    make_them(&house, path, person);
    snprintf(get, sizeof(get), "GET %s", path);
    wait_for_caches(house.urls[0], get);
    wait_for_caches(house.urls[1], get);
    expect_rounds(&house, path);
    cr_expect_gt(hits(house.urls[0]), ROUNDS);
    cr_expect_gt(hits(house.urls[1]), ROUNDS);
    expect_where_it_came_from(&house, path);
    expect_sampled(&house, get);
    expect_lists(&house, path, person);
    expect_links(&house);
    expect_absence(&house, &wire);
    expect_stranger(&house, path);
    expect_outsider(&house, path, person);
    expect_explanations(&house, path);
    expect_flush(&house, path);
    expect_outage(&house, path);
    expect_standstill(&house, path);
    expect_ways(&house, path, person);
    house_close(&house);
}
