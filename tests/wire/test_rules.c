/* SPDX-License-Identifier: MIT */
/* The rules of each resource (api.md § 6), by what breaks them. */
#include "made.h"

#define ANY_ID "018f0000-0000-7000-8000-000000000000"
#define REFUSED(resource, members, pointer, why)                          \
    {                                                                     \
        "PUT /v1/" resource "/" ANY_ID,                                   \
            .headers = "If-None-Match: *\r\n", .as_admin = true,          \
            .body = "{" members "}", .expect = 422, .code = "validation", \
            .has = "{\"pointer\":\"" pointer "\",\"code\":\"" why "\""    \
    }

/* clang-format off */
#define BILL(members) \
    "\"session\":\"r\",\"type\":\"hr\",\"number\":1,\"chamber\":\"house\"," \
    "\"title\":\"t\",\"introduced_on\":\"2026-01-01\"," members

SCENARIO(rules, of_bills,
    REFUSED("bills", "\"session\":\"\"", "/session", "too_short"),
    REFUSED("bills", "\"session\":\"123456789012345678901\"", "/session",
            "too_long"),
    REFUSED("bills", "\"session\":119", "/session", "wrong_type"),
    REFUSED("bills", "\"session\":null", "/session", "not_null"),
    REFUSED("bills", "\"type\":\"HR\"", "/type", "not_allowed"),
    REFUSED("bills", "\"number\":0", "/number", "out_of_range"),
    REFUSED("bills", "\"number\":2147483648", "/number", "out_of_range"),
    REFUSED("bills", "\"number\":1.5", "/number", "wrong_type"),
    REFUSED("bills", "\"number\":\"1\"", "/number", "wrong_type"),
    REFUSED("bills", "\"chamber\":null", "/chamber", "not_null"),
    REFUSED("bills", "\"title\":\"\"", "/title", "too_short"),
    REFUSED("bills", "\"status\":\"lost\"", "/status", "not_allowed"),
    REFUSED("bills", "\"status\":null", "/status", "not_null"),
    REFUSED("bills", "\"sponsor_id\":\"7\"", "/sponsor_id", "invalid_format"),
    REFUSED("bills", "\"introduced_on\":\"2026-02-29\"", "/introduced_on",
            "invalid_format"),
    REFUSED("bills", "\"introduced_on\":\"2026-1-1\"", "/introduced_on",
            "invalid_format"),
    REFUSED("bills", "\"subjects\":\"a\"", "/subjects", "wrong_type"),
    REFUSED("bills", "\"subjects\":[1]", "/subjects/0", "wrong_type"),
    REFUSED("bills", "\"subjects\":[\"a\",null]", "/subjects/1", "wrong_type"),
    REFUSED("bills", "\"url\":\"ftp://a.example\"", "/url", "invalid_format"),
    REFUSED("bills", "\"url\":\"https://\"", "/url", "invalid_format"))

SCENARIO(rules, of_people,
    REFUSED("people", "\"full_name\":\"x\"", "/bioguide", "required"),
    REFUSED("people", "\"bioguide\":\"x\"", "/full_name", "required"),
    REFUSED("people", "\"bioguide\":\"123456789012345678901\"", "/bioguide",
            "too_long"),
    REFUSED("people", "\"district\":-1", "/district", "out_of_range"),
    REFUSED("people", "\"current\":1", "/current", "wrong_type"),
    REFUSED("people", "\"current\":null", "/current", "not_null"),
    REFUSED("people", "\"chamber\":\"\"", "/chamber", "not_allowed"))

SCENARIO(rules, of_users,
    REFUSED("users", "\"display_name\":\"x\"", "/email", "required"),
    REFUSED("users", "\"email\":\"a@b\"", "/display_name", "required"),
    REFUSED("users", "\"email\":\"nobody\"", "/email", "invalid_format"),
    REFUSED("users", "\"email\":\"a@b@c\"", "/email", "invalid_format"),
    REFUSED("users", "\"email\":\"a b@c\"", "/email", "invalid_format"),
    REFUSED("users", "\"display_name\":\"\"", "/display_name", "too_short"),
    REFUSED("users", "\"status\":\"gone\"", "/status", "not_allowed"),
    REFUSED("users", "\"external_id\":\"\"", "/external_id", "too_short"),
    REFUSED("users", "\"password\":\"x\"", "/password", "unknown_field"),
    REFUSED("users", "\"profile\":null", "/profile", "not_null"),
    REFUSED("users", "\"profile\":[]", "/profile", "wrong_type"),
    REFUSED("users", "\"profile\":{\"age\":1}", "/profile/age",
            "unknown_field"),
    REFUSED("users", "\"profile\":{\"locale\":\"english!\"}",
            "/profile/locale", "invalid_format"),
    REFUSED("users", "\"profile\":{\"time_zone\":\"/\"}",
            "/profile/time_zone", "invalid_format"),
    REFUSED("users", "\"profile\":{\"avatar_url\":\"javascript:1\"}",
            "/profile/avatar_url", "invalid_format"),
    REFUSED("users", "\"profile\":{\"bio\":7}", "/profile/bio", "wrong_type"))

SCENARIO(rules, of_roles,
    REFUSED("roles", "\"name\":\"x\"", "/key", "required"),
    REFUSED("roles", "\"key\":\"ab\"", "/name", "required"),
    REFUSED("roles", "\"key\":\"a\"", "/key", "too_short"),
    REFUSED("roles", "\"key\":\"Ab\"", "/key", "invalid_format"),
    REFUSED("roles", "\"key\":\"1b\"", "/key", "invalid_format"),
    REFUSED("roles", "\"key\":\"a b\"", "/key", "invalid_format"),
    REFUSED("roles", "\"key\":\"é1\"", "/key", "invalid_format"),
    REFUSED("roles",
            "\"key\":\"a12345678901234567890123456789"
            "0123456789012345678901234567890123\"",
            "/key", "too_long"),
    REFUSED("roles", "\"name\":\"\"", "/name", "too_short"))

SCENARIO(rules, of_permissions,
    REFUSED("permissions", "\"description\":\"x\"", "/key", "required"),
    REFUSED("permissions", "\"key\":\"bills\"", "/key", "invalid_format"),
    REFUSED("permissions", "\"key\":\"bills:\"", "/key", "invalid_format"),
    REFUSED("permissions", "\"key\":\":read\"", "/key", "invalid_format"),
    REFUSED("permissions", "\"key\":\"a:b:\"", "/key", "invalid_format"),
    REFUSED("permissions", "\"key\":\"a:b:all\"", "/key", "invalid_format"),
    REFUSED("permissions", "\"key\":\"a:b:own:own\"", "/key",
            "invalid_format"),
    REFUSED("permissions", "\"key\":\"Bills:read\"", "/key",
            "invalid_format"),
    REFUSED("permissions", "\"key\":\"b*:read\"", "/key", "invalid_format"))

SCENARIO(rules, a_nul_is_no_text,
    REFUSED("bills", BILL("\"summary\":\"a\\u0000b\""), "/summary", "nul"),
    REFUSED("bills", BILL("\"subjects\":[\"\\u0000\"]"), "/subjects/0",
            "nul"),
    REFUSED("users", "\"profile\":{\"bio\":\"\\u0000\"}", "/profile/bio",
            "nul"),
    REFUSED("roles", "\"key\":\"ab\\u0000\"", "/key", "nul"))
/* clang-format on */

/* --- what is right ------------------------------------------------------- */

Test(rules, a_permission_tells_the_parts_of_its_key)
{
    static const struct {
        char form[24], resource[12], action[12], scope[4];
    } keys[] = {
        { "%s:read", "", "read", "any" },
        { "%s:read:own", "", "read", "own" },
        { "%s:*", "", "*", "any" },
        { "*:%s", "*", "", "any" },
        { "%s:a_b-c:own", "", "a_b-c", "own" },
    };
    struct wire wire;

    wire_open(&wire);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *part = some_key(&wire);
        const char *percent = strchr(keys[i].form, '%');
        const char *key = SAY(&wire, "%.*s%s%s", (int)(percent - keys[i].form),
                              keys[i].form, part, percent + 2);
        const char *path = SAY(&wire, "/v1/permissions/%s", some_id(&wire));
        struct answer made =
            put_new(&wire, path, SAY(&wire, "{\"key\":\"%s\"}", key));

        EXPECT(made, 201, SAY(&wire, "\"key\":\"%s\"", key));
        cr_expect(text_is(member(&made, "resource"),
                          *keys[i].resource ? keys[i].resource : part));
        cr_expect(text_is(member(&made, "action"),
                          *keys[i].action ? keys[i].action : part));
        cr_expect(text_is(member(&made, "scope"), keys[i].scope));
    }
    wire_close(&wire);
}

Test(rules, the_parts_follow_a_changed_key)
{
    const char *key, *path;
    struct answer after;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    path = make(&wire, "permissions", SAY(&wire, "{\"key\":\"%s:a\"}", key));
    after = put(&wire, path,
                SAY(&wire, "{\"key\":\"%s:b:own\",\"action\":\"a\"}", key));
    EXPECT(after, 200, "\"action\":\"b\",\"scope\":\"own\"");
    wire_close(&wire);
}

Test(rules, a_client_makes_no_system_role)
{
    const char *key, *path;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    path = make(
        &wire, "roles",
        SAY(&wire, "{\"key\":\"%s\",\"name\":\"R\",\"system\":true}", key));
    answer =
        put(&wire, path, SAY(&wire, "{\"key\":\"%s\",\"name\":\"R\"}", key));
    EXPECT(answer, 200, "\"system\":false");
    wire_close(&wire);
}

Test(rules, an_email_is_taken_in_any_case)
{
    const char *key, *path;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    make(&wire, "users",
         SAY(&wire, "{\"email\":\"%s@Mail.example\",\"display_name\":\"A\"}",
             key));
    answer = put_new(
        &wire, SAY(&wire, "/v1/users/%s", some_id(&wire)),
        SAY(&wire, "{\"email\":\"K%s@mail.EXAMPLE\",\"display_name\":\"B\"}",
            key + 1));
    EXPECT(answer, 409, "\"code\":\"duplicate\"");
    EXPECT(answer, 409, "\"errors\":{\"email\":\"is taken\"}");
    path =
        make(&wire, "users",
             SAY(&wire, "{\"email\":\"x%s@a.example\",\"display_name\":\"C\"}",
                 key));
    answer =
        put(&wire, path,
            SAY(&wire, "{\"email\":\"X%s@A.example\",\"display_name\":\"C\"}",
                key));
    EXPECT(answer, 200, SAY(&wire, "\"email\":\"X%s@A.example\"", key));
    wire_close(&wire);
}

Test(rules, an_external_id_is_one_users_or_nobodys)
{
    static const char form[] = "{\"email\":\"%s@a.example\","
                               "\"display_name\":\"A\",\"external_id\":%s}";
    const char *key;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    key = SAY(&wire, "\"%s\"", some_key(&wire));
    make(&wire, "users", SAY(&wire, form, some_key(&wire), key));
    answer = put_new(&wire, SAY(&wire, "/v1/users/%s", some_id(&wire)),
                     SAY(&wire, form, some_key(&wire), key));
    EXPECT(answer, 409, "\"errors\":{\"external_id\":\"is taken\"}");
    make(&wire, "users", SAY(&wire, form, some_key(&wire), "null"));
    make(&wire, "users", SAY(&wire, form, some_key(&wire), "null"));
    wire_close(&wire);
}

static void expect_profile(const struct answer *answer)
{
    static const char *const members[][2] = {
        { "locale", "pt-BR" },
        { "time_zone", "America/Argentina/Ushuaia" },
        { "avatar_url", "https://a.example/ž.png?s=1#x" },
        { "bio", "Zeile 1\\nZeile 2 🐎" },
        { "phone", "null" },
    };

    EXPECT(*answer, 200, NULL);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        cr_expect(text_is(member(answer, members[i][0]), members[i][1]),
                  "%s\n%.*s", members[i][0], TEXT_ARG(answer->body));
}

Test(rules, a_profile_comes_back_as_it_was_given)
{
    static const char profile[] =
        ",\"profile\":{\"locale\":\"pt-BR\","
        "\"time_zone\":\"America/Argentina/Ushuaia\","
        "\"avatar_url\":\"https://a.example/ž.png?s=1#x\","
        "\"bio\":\"Zeile 1\\nZeile 2 🐎\",\"phone\":null}";
    static const char form[] =
        "{\"email\":\"%s@a.example\",\"display_name\":\"A\"%s}";
    const char *key, *path;
    struct answer after, again;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    path = make(&wire, "users", SAY(&wire, form, key, ""));
    after = put(&wire, path, SAY(&wire, form, key, profile));
    expect_profile(&after);
    again = put(&wire, path, SAY(&wire, form, key, profile));
    cr_expect(text_equal(again.body, after.body), "the same is no change");
    EXPECT(put(&wire, path, SAY(&wire, form, key, "")), 200, "\"profile\":{}");
    wire_close(&wire);
}

/* --- how long ------------------------------------------------------------ */

Test(rules, lengths_count_code_points)
{
    const char *key, *horses;
    struct answer answer;
    struct wire wire;
    char many[201 * 4 + 1];

    wire_open(&wire);
    for (size_t i = 0; i < 201; i++)
        memcpy(many + 4 * i, "🐎", 5);
    key = some_key(&wire);
    horses = many + 4;
    answer = put_new(&wire, SAY(&wire, "/v1/users/%s", some_id(&wire)),
                     SAY(&wire,
                         "{\"email\":\"%s@a.example\",\"display_name\":\"%s\"}",
                         key, many));
    EXPECT(answer, 422, "\"pointer\":\"/display_name\",\"code\":\"too_long\"");
    make(&wire, "users",
         SAY(&wire, "{\"email\":\"%s@a.example\",\"display_name\":\"%s\"}", key,
             horses));
    wire_close(&wire);
}

Test(rules, every_fault_is_told_at_once)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = put_new(&wire, "/v1/users/" ANY_ID,
                     "{\"email\":\"x\",\"status\":\"y\",\"z\":1,"
                     "\"profile\":{\"bio\":1,\"q\":2}}");
    EXPECT(answer, 422, "\"pointer\":\"/email\"");
    EXPECT(answer, 422, "\"pointer\":\"/display_name\"");
    EXPECT(answer, 422, "\"pointer\":\"/status\"");
    EXPECT(answer, 422, "\"pointer\":\"/z\"");
    EXPECT(answer, 422, "\"pointer\":\"/profile/bio\"");
    EXPECT(answer, 422, "\"pointer\":\"/profile/q\"");
    EXPECT(answer, 422, "\"detail\":\"6 members are invalid\"");
    wire_close(&wire);
}
