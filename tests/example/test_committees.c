/* SPDX-License-Identifier: MIT */
/* The resource of docs/adding-a-resource.md does all that the others do. */
#include "wire/made.h"

#include <stdlib.h>

#define COMMITTEES "/v1/committees"

/* The object that the page shows. */
static const char *shown(struct wire *wire)
{
    char body[1024];
    FILE *file = fopen("docs/examples/committees/committee.json", "r");
    size_t len;

    cr_assert_not_null(file);
    len = fread(body, 1, sizeof(body) - 1, file);
    fclose(file);
    return SAY(wire, "%.*s", (int)len, body);
}

static const char *committee(struct wire *wire, const char *code,
                             const char *more)
{
    return SAY(wire,
               "{\"code\":\"%s\",\"name\":\"Committee %s\","
               "\"chamber\":\"senate\"%s}",
               code, code, more);
}

/* The path of a new one with a code of its own. */
static const char *some_committee(struct wire *wire, const char *more)
{
    return make(wire, "committees", committee(wire, some_key(wire), more));
}

Test(committees, are_made_and_read_again)
{
    struct answer made, read;
    struct wire wire;

    wire_open(&wire);
    made = post(&wire, COMMITTEES, shown(&wire));
    cr_assert_eq(made.status, 201, "%.*s", TEXT_ARG(made.body));
    read = get(&wire,
               SAY(&wire, "%.*s", TEXT_ARG(answer_header(&made, "Location"))));
    cr_expect_eq(read.status, 200);
    cr_expect(text_equal(read.body, made.body), "%.*s", TEXT_ARG(read.body));
    cr_expect(answer_has(&read, "\"parent_id\":null"));
    cr_expect(text_equal(tag_of(&read), tag_of(&made)));
    wire_close(&wire);
}

Test(committees, are_listed_by_filter_sort_and_words)
{
    const char *key, *list;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    make(&wire, "committees", committee(&wire, SAY(&wire, "%s1", key), ""));
    make(&wire, "committees", committee(&wire, SAY(&wire, "%s2", key), ""));
    list = SAY(&wire, COMMITTEES "?code_prefix=%s&sort=-code&fields=code", key);
    EXPECT(get(&wire, list), 200,
           SAY(&wire, "[{\"code\":\"%s2\"},{\"code\":\"%s1\"}]", key, key));
    EXPECT(get(&wire, SAY(&wire, COMMITTEES "?q=%s2&fields=code", key)), 200,
           SAY(&wire, "[{\"code\":\"%s2\"}]", key));
    EXPECT(get(&wire, SAY(&wire, "%s&chamber=joint", list)), 200, "[]");
    EXPECT(get(&wire, COMMITTEES "?chamber=lords"), 400, "house, senate");
    wire_close(&wire);
}

Test(committees, embed_their_parent)
{
    const char *parent, *child;
    struct wire wire;

    wire_open(&wire);
    parent = some_committee(&wire, "");
    child = some_committee(&wire,
                           SAY(&wire, ",\"parent_id\":\"%s\"", id_of(parent)));
    EXPECT(get(&wire, SAY(&wire, "%s?embed=parent", child)), 200,
           SAY(&wire, "\"parent\":{\"id\":\"%s\"", id_of(parent)));
    EXPECT(drop(&wire, SAY(&wire, "%s?purge=true", parent)), 409,
           "\"code\":\"referenced\"");
    EXPECT(post(&wire, COMMITTEES,
                committee(&wire, some_key(&wire),
                          SAY(&wire, ",\"parent_id\":\"%s\"", some_id(&wire)))),
           422, "\"code\":\"unknown_reference\"");
    wire_close(&wire);
}

Test(committees, have_no_parent_that_is_deleted)
{
    const char *parent, *child, *new_parent;
    struct wire wire;

    wire_open(&wire);
    parent = some_committee(&wire, "");
    child = some_committee(&wire,
                           SAY(&wire, ",\"parent_id\":\"%s\"", id_of(parent)));
    new_parent = SAY(&wire, "\"parent_id\":\"%s\"", id_of(parent));
    EXPECT(drop(&wire, parent), 200, NULL);
    EXPECT(
        ask(&wire, SAY(&wire, "PATCH %s", child), NULL, "{\"name\":\"Kept\"}"),
        200, new_parent);
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", some_committee(&wire, "")), NULL,
               SAY(&wire, "{%s}", new_parent)),
           422, "\"pointer\":\"/parent_id\",\"code\":\"unknown_reference\"");
    EXPECT(
        post(&wire, COMMITTEES,
             committee(&wire, some_key(&wire), SAY(&wire, ",%s", new_parent))),
        422, "\"code\":\"unknown_reference\"");
    EXPECT(post(&wire, SAY(&wire, "%s/restore", parent), NULL), 200, NULL);
    wire_close(&wire);
}

Test(committees, are_changed_in_both_dialects_of_patch)
{
    const char *path;
    struct wire wire;

    wire_open(&wire);
    path = some_committee(&wire, "");
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", path), NULL,
               "{\"chamber\":\"joint\"}"),
           200, "\"chamber\":\"joint\"");
    EXPECT(wire_step(&wire,
                     &(struct step){
                         .request = SAY(&wire, "PATCH %s", path),
                         .headers = "Content-Type: "
                                    "application/json-patch+json\r\n",
                         .body = "[{\"op\":\"test\",\"path\":\"/chamber\","
                                 "\"value\":\"joint\"},{\"op\":\"replace\","
                                 "\"path\":\"/name\",\"value\":\"Ours\"}]",
                         .as_admin = true }),
           200, "\"name\":\"Ours\"");
    wire_close(&wire);
}

Test(committees, are_replaced_as_a_whole)
{
    const char *path;
    struct wire wire;

    wire_open(&wire);
    path = some_committee(&wire, ",\"url\":\"https://committees.example/1\"");
    EXPECT(put(&wire, path, committee(&wire, some_key(&wire), "")), 200,
           "\"url\":null");
    wire_close(&wire);
}

Test(committees, are_deleted_and_restored)
{
    const char *path;
    struct wire wire;

    wire_open(&wire);
    path = some_committee(&wire, "");
    EXPECT(drop(&wire, path), 200, id_of(path));
    EXPECT(get(&wire, path), 404, NULL);
    EXPECT(drop(&wire, path), 404, NULL);
    EXPECT(post(&wire, SAY(&wire, "%s/restore", path), NULL), 200,
           "\"deleted_at\":null");
    EXPECT(get(&wire, path), 200, NULL);
    wire_close(&wire);
}

Test(committees, are_told_every_fault)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = post(&wire, COMMITTEES,
                  "{\"code\":\"\",\"chamber\":\"lords\",\"url\":\"x\"}");
    cr_expect_eq(answer.status, 422);
    cr_expect(answer_has(&answer, "\"pointer\":\"/code\""));
    cr_expect(answer_has(&answer, "\"pointer\":\"/name\""));
    cr_expect(answer_has(&answer, "\"pointer\":\"/chamber\""));
    cr_expect(answer_has(&answer, "\"pointer\":\"/url\""));
    wire_close(&wire);
}

Test(committees, have_one_code_each)
{
    const char *body;
    struct wire wire;

    wire_open(&wire);
    body = committee(&wire, some_key(&wire), "");
    EXPECT(post(&wire, COMMITTEES, body), 201, NULL);
    EXPECT(post(&wire, COMMITTEES, body), 409, "\"errors\":{\"code\":");
    wire_close(&wire);
}

Test(committees, take_part_in_a_batch)
{
    const char *key;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    EXPECT(
        post(&wire, "/v1/batch",
             SAY(&wire,
                 "[{\"method\":\"POST\",\"path\":\"" COMMITTEES
                 "\",\"body\":%s},{\"method\":\"POST\",\"path\":\"" COMMITTEES
                 "\",\"body\":%s}]",
                 committee(&wire, key, ""),
                 committee(&wire, SAY(&wire, "%s2", key),
                           ",\"parent_id\":\"$0.id\""))),
        200, NULL);
    wire_close(&wire);
}

Test(committees, have_permissions_that_the_seed_made)
{
    struct wire wire;

    wire_open(&wire);
    EXPECT(get(&wire, "/v1/permissions?key_prefix=committees:&sort=key"
                      "&fields=key"),
           200, "[{\"key\":\"committees:create\"},");
    wire_close(&wire);
}
