/* SPDX-License-Identifier: MIT */
/*
 * Random requests of callers who have no business there. Whatever they may not
 * see holds a mark, which no answer may ever hold; whatever names it must not
 * succeed, unless it reads what everybody may; and at the end all of it is as
 * it was. PROBES is how many (`./dev test --probes N`), TEST_SEED which.
 */
#include "base/buffer.h"
#include "wire/authorizing.h"

enum {
    PROBES = 20000,
    PIPELINED = 16,     /* requests that leave together */
    ARENA_PROBES = 480, /* then the connection is a new one, and its arena */
    REQUEST_BYTES = 4096,
};

/* --- chance --------------------------------------------------------------- */

static uint64_t chance_state;

static uint32_t chance(uint32_t below)
{
    chance_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = chance_state;

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) >> 32) % below;
}

#define ONE_OF(list) ((list)[chance(sizeof(list) / sizeof((list)[0]))])

static unsigned number_from(const char *variable, unsigned preset)
{
    const char *text = getenv(variable);

    return text ? (unsigned)strtoul(text, NULL, 10) : preset;
}

/* --- what is theirs, and who is at it ---------------------------------------
 */

enum thing {
    USER,
    ROLE,
    PERMISSION,
    KEY,
    BILL,
    LOST_BILL,
    LOST_PERSON,
    THINGS
};

/* What stands for the id in the paths below. */
static const char marks[THINGS] = { 'u', 'r', 'm', 'k', 'b', 'd', 'p' };

enum { CALLERS = 9 };

struct scene {
    const char *mark;
    const char *ids[THINGS], *paths[THINGS];
    const char *callers[CALLERS]; /* credentials; NULL: none */
};

static const char *first_key(struct wire *wire, const char *token,
                             const char *body)
{
    struct answer made = ask_as(wire, token, "POST /v1/api-keys", body);

    cr_assert_eq(made.status, 201, "%.*s", TEXT_ARG(made.body));
    return SAY(wire, "%.*s", TEXT_ARG(member(&made, "secret")));
}

static void set_thing(struct scene *scene, enum thing thing, const char *path)
{
    scene->paths[thing] = path;
    scene->ids[thing] = id_of(path);
}

/* A user with a role, a permission, a key; and what was deleted. */
static void make_theirs(struct wire *wire, struct scene *scene)
{
    const char *mark = scene->mark = some_key(wire);
    struct answer key;
    const char *token;

    set_thing(scene, USER,
              make(wire, "users",
                   SAY(wire,
                       "{\"email\":\"%s@tests\",\"display_name\":\"%s\","
                       "\"external_id\":\"x-%s\",\"profile\":"
                       "{\"bio\":\"%s\"}}",
                       mark, mark, mark, mark)));
    set_thing(scene, ROLE,
              make(wire, "roles",
                   SAY(wire, "{\"key\":\"%s\",\"name\":\"%s\"}", mark, mark)));
    set_thing(
        scene, PERMISSION,
        make(wire, "permissions", SAY(wire, "{\"key\":\"%s:read\"}", mark)));
    give(wire,
         SAY(wire, "%s/permissions/%s", scene->paths[ROLE],
             scene->ids[PERMISSION]),
         NULL);
    give(wire, SAY(wire, "%s/roles/%s", scene->paths[USER], scene->ids[ROLE]),
         "{}");
    token = token_of(wire, scene->ids[USER]);
    key = ask_as(wire, token, "POST /v1/api-keys",
                 SAY(wire, "{\"name\":\"%s\"}", mark));
    set_thing(scene, KEY,
              SAY(wire, "/v1/api-keys/%.*s", TEXT_ARG(member(&key, "id"))));
    set_thing(scene, BILL, make(wire, "bills", bill(wire, some_key(wire), "")));
    set_thing(scene, LOST_BILL,
              make(wire, "bills",
                   bill(wire, some_key(wire),
                        SAY(wire, ",\"summary\":\"%s\"", mark))));
    set_thing(scene, LOST_PERSON,
              make(wire, "people",
                   SAY(wire, "{\"bioguide\":\"%s\",\"full_name\":\"%s\"}",
                       some_key(wire), mark)));
    EXPECT(drop(wire, scene->paths[LOST_BILL]), 200, NULL);
    EXPECT(drop(wire, scene->paths[LOST_PERSON]), 200, NULL);
}

/* Each has other rights, and none to what is theirs. */
static void make_callers(struct wire *wire, struct scene *scene)
{
    struct signed_in nobody = sign_in(wire, NULL);
    struct signed_in viewer = sign_in(wire, "viewer");
    struct signed_in author = sign_in(wire, "viewer");
    struct signed_in gone = sign_in(wire, "admin");
    struct signed_in denied = sign_in(wire, "viewer");

    give_directly(wire, &author, "bills:update:own", "allow");
    give_directly(wire, &author, "bills:delete:own", "allow");
    give_directly(wire, &author, "bills:restore:own", "allow");
    give_directly(wire, &author, "bills:purge:own", "allow");
    give_directly(wire, &denied, "users:read", "allow");
    give_directly(wire, &denied, "users:read", "deny");
    scene->callers[0] = NULL;
    scene->callers[1] = nobody.token;
    scene->callers[2] = viewer.token;
    scene->callers[3] = author.token;
    scene->callers[4] = denied.token;
    scene->callers[5] = first_key(wire, viewer.token, "{\"name\":\"k\"}");
    scene->callers[6] = first_key(
        wire, token_of(wire, "tests-admin"),
        "{\"name\":\"k\",\"scopes\":[\"bills:read\",\"people:read\"]}");
    scene->callers[7] = gone.token;
    scene->callers[8] = "pck_AAAAAAAA_notakeyatallbutsomethingthatlookslikeone";
    EXPECT(ask(wire, SAY(wire, "PATCH %s", gone.path), NULL,
               "{\"status\":\"suspended\"}"),
           200, NULL);
}

/* --- a probe -------------------------------------------------------------- */

static const char *const methods[] = { "GET",  "GET",   "GET", "HEAD",
                                       "POST", "PATCH", "PUT", "DELETE" };

/* `{x}` is an id of theirs, `{x'}` the same as somebody might write it. */
static const char *const paths[] = {
    "/v1/users",
    "/v1/users/{u}",
    "/v1/users/{u}/roles",
    "/v1/users/{u}/roles/{r}",
    "/v1/users/{u}/permissions",
    "/v1/users/{u}/permissions/{m}",
    "/v1/users/{u}/effective-permissions",
    "/v1/users/{u}/restore",
    "/v1/roles",
    "/v1/roles/{r}",
    "/v1/roles/{r}/permissions",
    "/v1/roles/{r}/permissions/{m}",
    "/v1/roles/{r}/parents",
    "/v1/roles/{r}/parents/{r}",
    "/v1/roles/{r}/restore",
    "/v1/permissions",
    "/v1/permissions/{m}",
    "/v1/permissions/{m}/restore",
    "/v1/api-keys",
    "/v1/api-keys/{k}",
    "/v1/audit",
    "/v1/audit?resource_id={u}",
    "/v1/bills",
    "/v1/bills/{b}",
    "/v1/bills/{b}/actions",
    "/v1/bills/{b}/cosponsors/{p}",
    "/v1/bills/{d}",
    "/v1/bills/{d}/actions",
    "/v1/bills/{d}/cosponsors",
    "/v1/bills/{d}/restore",
    "/v1/bills/facets?by=status&session={u}",
    "/v1/analytics/bills?group_by=status&created_by={u}",
    "/v1/people",
    "/v1/people/{p}",
    "/v1/people/{p}/restore",
    "/v1/me",
    "/v1/batch",
    "/access/v1/evaluation",
    "/access/v1/evaluations",
    "/access/v1/search/subject",
    "/access/v1/search/resource",
    "/access/v1/search/action",
    "/v1/users/..%2fusers/{u}",
    "/v1//users/{u}",
    "/v1/users/{u}/",
    "/v1/users/{u}%00",
    "/V1/users/{u}",
};

static const char *const parameters[] = {
    "deleted=include",
    "deleted=only",
    "purge=true",
    "limit=200",
    "offset=0&limit=200",
    "range=[0,199]",
    "fields=id,title",
    "fields=email",
    "fields=*",
    "embed=roles",
    "embed=permissions,parents",
    "embed=sponsor,cosponsors,actions",
    "sort=-created_at",
    "id={u}",
    "id_in={u},{r},{k}",
    "user_id={u}",
    "created_by={u}",
    "actor_id={u}",
    "sponsor_id={p}",
    "email_like=%25",
    "email_prefix=k",
    "status=active",
    "q=tests",
    "filter={\"deleted\":\"include\"}",
    "filter={\"id\":\"{u}\"}",
    "user_id=' or 1=1 --",
    "cursor=AAAA",
    "app.rights=*:*",
};

static const char *const fields[] = {
    "X-Forwarded-For: 127.0.0.1",
    "X-User-Id: {u}",
    "X-Original-URL: /v1/users/{u}",
    "X-HTTP-Method-Override: DELETE",
    "X-Request-Id: {u}",
    "Prefer: count=exact",
    "Prefer: return=minimal",
    "Accept: application/json",
    "If-None-Match: *",
    "If-Match: *",
    "Consistency: any",
    "Cookie: user={u}; admin=true",
    "Range: bytes=0-10",
    "Origin: https://evil.example",
    "Authorization: Basic YWRtaW46YWRtaW4=",
};

static const char *const bodies[] = {
    "{}",
    "{\"status\":\"suspended\"}",
    "{\"display_name\":\"mine now\"}",
    "{\"name\":\"x\",\"user_id\":\"{u}\"}",
    "{\"name\":\"x\",\"user_id\":\"{u}\",\"scopes\":[\"*:*\"]}",
    "{\"effect\":\"allow\"}",
    "{\"expires_at\":null}",
    "{\"created_by\":\"{u}\",\"deleted_at\":null}",
    "[{\"op\":\"replace\",\"path\":\"/title\",\"value\":\"mine now\"}]",
    "[{\"method\":\"PATCH\",\"path\":\"/v1/users/{u}\",\"body\":{}}]",
    "[{\"method\":\"DELETE\",\"path\":\"/v1/bills/{b}\"}]",
    "[{\"method\":\"PUT\",\"path\":\"/v1/users/{u}/roles/{r}\"}]",
    "{\"subject\":{\"type\":\"user\",\"id\":\"{u}\"},\"action\":{\"name\":"
    "\"read\"},\"resource\":{\"type\":\"bill\",\"id\":\"{b}\"},\"context\":"
    "{\"reason\":true}}",
    "{\"subject\":{\"type\":\"user\",\"id\":\"{u}\"},\"resource\":{\"type\":"
    "\"bill\",\"id\":\"{b}\"}}",
    "{\"subject\":{\"type\":\"user\"},\"action\":{\"name\":\"read\"},"
    "\"resource\":{\"type\":\"user\",\"id\":\"{u}\"}}",
    "{\"subject\":{\"type\":\"user\",\"id\":\"{u}\"},\"action\":{\"name\":"
    "\"read\"},\"resource\":{\"type\":\"user\"}}",
    "{\"subject\":{\"type\":\"user\",\"id\":\"{u}\"},\"evaluations\":[{"
    "\"action\":{\"name\":\"read\"},\"resource\":{\"type\":\"bill\",\"id\":"
    "\"{b}\"}}]}",
    "nonsense",
};

struct probe {
    const char *method, *path; /* its row */
    bool is_head;
    char line[512]; /* to tell of it */
};

/* Bytes that a target may hold as they are; else escaped. */
static void add_escaped(struct buffer *out, char c)
{
    if (strchr(" \"<>\\^`{}|[]'*", c))
        buffer_add_format(out, "%%%02X", (unsigned char)c);
    else
        buffer_add_byte(out, c);
}

static void add_id(struct buffer *out, const char *id)
{
    bool shout = chance(16) == 0;

    for (; *id; id++)
        buffer_add_byte(out, shout && *id >= 'a' ? (char)(*id - 32) : *id);
}

static void add_filled(struct buffer *out, const struct scene *scene,
                       const char *text, bool in_target)
{
    for (; *text; text++) {
        const char *mark = text[0] == '{' && text[1] && text[2] == '}'
                               ? memchr(marks, text[1], THINGS)
                               : NULL;

        if (mark) {
            add_id(out, scene->ids[mark - marks]);
            text += 2;
        } else if (in_target) {
            add_escaped(out, *text);
        } else {
            buffer_add_byte(out, *text);
        }
    }
}

static void add_target(struct buffer *out, const struct scene *scene,
                       struct probe *probe)
{
    char before = strchr(probe->path, '?') ? '&' : '?';

    add_filled(out, scene, probe->path, true);
    for (unsigned i = chance(3); i > 0; i--, before = '&') {
        buffer_add_byte(out, before);
        add_filled(out, scene, ONE_OF(parameters), true);
    }
}

static void add_probe(struct buffer *out, const struct scene *scene,
                      struct probe *probe)
{
    const char *caller = scene->callers[chance(CALLERS)];
    size_t begin = out->len;

    *probe = (struct probe){ .method = ONE_OF(methods), .path = ONE_OF(paths) };
    probe->is_head = strcmp(probe->method, "HEAD") == 0;
    buffer_add_format(out, "%s ", probe->method);
    add_target(out, scene, probe);
    snprintf(probe->line, sizeof(probe->line), "%.*s as %s",
             (int)(out->len - begin), out->at + begin,
             caller ? caller : "nobody");
    buffer_add_string(out, " HTTP/1.1\r\nHost: gate\r\n");
    if (caller)
        buffer_add_format(out, "Authorization: Bearer %s\r\n", caller);
    for (unsigned i = chance(2); i > 0; i--) {
        add_filled(out, scene, ONE_OF(fields), false);
        buffer_add_string(out, "\r\n");
    }
    if (strcmp(probe->method, "GET") != 0 && !probe->is_head &&
        strcmp(probe->method, "DELETE") != 0) {
        CLEANUP(buffer_fini) struct buffer body = { .limit = REQUEST_BYTES };

        add_filled(&body, scene, ONE_OF(bodies), false);
        buffer_add_format(out,
                          "Content-Type: application/json\r\n"
                          "Content-Length: %zu\r\n",
                          body.len);
        buffer_add_string(out, "\r\n");
        buffer_add_text(out, buffer_text(&body));
        return;
    }
    buffer_add_string(out, "\r\n");
}

/* --- judging -------------------------------------------------------------- */

/* Reads of what is everybody's, though the target names something of theirs. */
static bool may_succeed(const struct probe *probe)
{
    static const char *const everybodys[] = {
        "/v1/bills/{b}", "/v1/bills/{b}/actions",
        "/v1/bills/facets?by=status&session={u}",
        "/v1/analytics/bills?group_by=status&created_by={u}"
    };

    if (strcmp(probe->method, "GET") != 0 && !probe->is_head)
        return false;
    for (size_t i = 0; i < sizeof(everybodys) / sizeof(everybodys[0]); i++)
        if (strcmp(probe->path, everybodys[i]) == 0)
            return true;
    return strchr(probe->path, '{') == NULL;
}

struct found {
    unsigned leaks, allowed, faults;
    unsigned by_status[6];
};

static void judge(struct found *found, const struct scene *scene,
                  const struct probe *probe, const struct answer *answer)
{
    bool leaks = answer_has(answer, scene->mark) ||
                 memmem(answer->head.at, answer->head.len, scene->mark,
                        strlen(scene->mark)) != NULL;
    bool is_allowed = answer->status < 300 && !may_succeed(probe);

    found->by_status[answer->status / 100 % 6]++;
    found->leaks += leaks;
    found->allowed += is_allowed;
    found->faults += answer->status >= 500;
    cr_expect_not(leaks, "a leak: %s\n%.*s", probe->line,
                  TEXT_ARG(answer->body));
    cr_expect_not(is_allowed, "allowed: %s\n%.*s", probe->line,
                  TEXT_ARG(answer->body));
    cr_expect_lt(answer->status, 500, "%s\n%.*s", probe->line,
                 TEXT_ARG(answer->body));
}

/* How many were answered before the connection was closed. */
static unsigned probe_together(struct wire *wire, const struct scene *scene,
                               struct found *found)
{
    CLEANUP(buffer_fini) struct buffer out = { .limit = 1 << 20 };
    struct probe probes[PIPELINED];

    for (size_t i = 0; i < PIPELINED; i++)
        add_probe(&out, scene, &probes[i]);
    cr_assert_not(buffer_overflown(&out));
    wire_send(wire, buffer_text(&out));
    for (unsigned i = 0; i < PIPELINED; i++) {
        struct answer answer = wire_read(wire, probes[i].is_head);

        if (answer.status == 0)
            return i;
        judge(found, scene, &probes[i], &answer);
        if (text_equal_nocase(answer_header(&answer, "Connection"),
                              TEXT("close")))
            return i + 1;
    }
    return PIPELINED;
}

static void probe_all(const struct scene *scene, unsigned wanted,
                      struct found *found)
{
    for (unsigned done = 0; done < wanted;) {
        struct wire wire;
        unsigned answered = PIPELINED;

        wire_open(&wire);
        for (unsigned i = 0; i < ARENA_PROBES / PIPELINED && done < wanted &&
                             answered == PIPELINED;
             i++) {
            answered = probe_together(&wire, scene, found);
            done += answered;
        }
        wire_close(&wire);
    }
}

/* --- what they have, as it is ----------------------------------------------
 */

/* As the administrator sees it. */
static const char *look_at_all(struct wire *wire, const struct scene *scene)
{
    const char *seen = "";

    for (enum thing thing = 0; thing < THINGS; thing++) {
        bool is_lost = thing == LOST_BILL || thing == LOST_PERSON;
        const char *collection = thing == LOST_BILL ? "bills" : "people";
        struct answer answer =
            get(wire, is_lost ? SAY(wire, "/v1/%s?deleted=only&id=%s",
                                    collection, scene->ids[thing])
                              : scene->paths[thing]);

        cr_assert_eq(answer.status, 200);
        seen = SAY(wire, "%s%.*s\n", seen, TEXT_ARG(answer.body));
    }
    for (int i = 0; i < 2; i++) {
        struct answer answer = get(wire, SAY(wire, "%s/%s", scene->paths[USER],
                                             i ? "permissions" : "roles"));

        seen = SAY(wire, "%s%.*s\n", seen, TEXT_ARG(answer.body));
    }
    return seen;
}

Test(probes, of_strangers_see_and_change_nothing, .timeout = 7200)
{
    unsigned wanted = number_from("PROBES", PROBES);
    unsigned seed = number_from("TEST_SEED", 4);
    struct found found = { 0 };
    struct scene scene = { 0 };
    struct wire wire, later; /* the first has all texts */
    const char *before;

    unsetenv("WIRE_RECORD"); /* the contract is held elsewhere */
    chance_state = seed;
    wire_open(&wire);
    make_theirs(&wire, &scene);
    make_callers(&wire, &scene);
    before = look_at_all(&wire, &scene);
    probe_all(&scene, wanted, &found);
    wire_open(&later);
    cr_expect_str_eq(look_at_all(&later, &scene), before);
    wire_close(&later);
    wire_close(&wire);
    cr_log_info("%u probes: %u leaks, %u allowed; 2xx %u, 3xx %u, 4xx %u, 5xx "
                "%u",
                wanted, found.leaks, found.allowed, found.by_status[2],
                found.by_status[3], found.by_status[4], found.by_status[5]);
    cr_expect_gt(found.by_status[2], 0, "nothing was answered at all");
    cr_expect_gt(found.by_status[4], 0);
}
