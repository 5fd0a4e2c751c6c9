/* SPDX-License-Identifier: MIT */
/* API keys by heart: never past what was revoked, and told when used. */
#include "auth/api_key.h"
#include "instances.h"
#include "store/key_memory.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

struct keys {
    struct instance instance;
    struct key_memory *memory;
    struct mac hash;
};

static void make_key(struct world *world, const struct mac *hash,
                     const char *more)
{
    char hex[2 * MAC_BYTES + 1];

    hex_format(hash->bytes, MAC_BYTES, hex);
    world_script(world,
                 arena_format(&world->arena,
                              "INSERT INTO api_keys (user_id, name, secret_hash"
                              ", scopes) SELECT id, 'k', '\\x%s', %s FROM users"
                              " WHERE external_id = 'ext-ann'",
                              hex, more));
}

static void keys_start(struct world *world, struct keys *keys,
                       unsigned entries_max, uint64_t lease_ms)
{
    make_ann(world);
    keys->hash = api_key_make().hash;
    make_key(world, &keys->hash, "'{bills:read,todos:read}'");
    instance_start(&keys->instance);
    keys->memory = key_memory_new(keys->instance.nobodys,
                                  &keys->instance.freshness, entries_max);
    freshness_lease(&keys->instance.freshness,
                    test_now_ns + lease_ms * NS_PER_MS);
}

static void keys_stop(struct keys *keys)
{
    key_memory_free(&keys->memory);
    instance_stop(&keys->instance);
}

/* 0, or the error. */
static int sign_in(struct keys *keys, const struct mac *hash)
{
    CLEANUP(key_holder_unref) struct key_holder *holder = NULL;
    struct diag diag;

    diag_init(&diag, NULL);
    return key_memory_get(keys->memory, hash, after_ms(10000), &holder, &diag);
}

/* Nobody can be asked while the table is locked. */
static bool is_known(struct world *world, struct keys *keys)
{
    int r;

    world_script(world, "BEGIN; LOCK TABLE api_keys");
    {
        CLEANUP(key_holder_unref) struct key_holder *holder = NULL;

        r = key_memory_get(keys->memory, &keys->hash, after_ms(200), &holder,
                           NULL);
    }
    world_script(world, "ROLLBACK");
    return r == 0;
}

static void revoke(struct world *world)
{
    world_script(world, "UPDATE api_keys SET deleted_at = now()");
}

/* As a beat does. */
static void hear_of_a_change(struct keys *keys)
{
    struct freshness *freshness = &keys->instance.freshness;

    freshness_note(freshness, freshness_newest(freshness),
                   freshness_generation(freshness_newest(freshness)) + 1);
}

ON_OWN_STORE(key_memory, what_is_known_is_not_asked_again)
{
    struct keys keys;

    keys_start(world, &keys, 8, 1000);
    cr_expect_eq(sign_in(&keys, &keys.hash), 0);
    cr_expect(is_known(world, &keys));
    keys_stop(&keys);
}

ON_OWN_STORE(key_memory, without_a_lease_everyone_asks)
{
    struct keys keys;

    keys_start(world, &keys, 8, 0);
    cr_expect_eq(sign_in(&keys, &keys.hash), 0);
    cr_expect_not(is_known(world, &keys));
    revoke(world);
    cr_expect_eq(sign_in(&keys, &keys.hash), -ERR_NOT_FOUND);
    keys_stop(&keys);
}

ON_OWN_STORE(key_memory, a_revoked_key_is_none_once_the_change_is_known)
{
    struct keys keys;

    keys_start(world, &keys, 8, 1000);
    cr_expect_eq(sign_in(&keys, &keys.hash), 0);
    revoke(world);
    cr_expect_eq(sign_in(&keys, &keys.hash), 0, "nobody has told us");
    hear_of_a_change(&keys);
    cr_expect_eq(sign_in(&keys, &keys.hash), -ERR_NOT_FOUND);
    keys_stop(&keys);
}

ON_OWN_STORE(key_memory, nothing_is_used_past_its_end)
{
    struct keys keys;

    keys_start(world, &keys, 8, 2 * 3600 * 1000);
    world_script(world,
                 "UPDATE api_keys SET expires_at = now() + interval '1 hour'");
    cr_expect_eq(sign_in(&keys, &keys.hash), 0);
    test_pass_ms(3500 * 1000);
    cr_expect(is_known(world, &keys));
    test_pass_ms(100 * 1000);
    cr_expect_not(is_known(world, &keys));
    keys_stop(&keys);
}

ON_OWN_STORE(key_memory, the_one_unused_for_longest_makes_room)
{
    struct mac others[2] = { api_key_make().hash, api_key_make().hash };
    struct keys keys;

    keys_start(world, &keys, 2, 1000);
    cr_expect_eq(sign_in(&keys, &keys.hash), 0);
    for (size_t i = 0; i < 2; i++) {
        make_key(world, &others[i], "NULL");
        cr_expect_eq(sign_in(&keys, &others[i]), 0);
        if (i == 0)
            cr_expect_eq(sign_in(&keys, &keys.hash), 0);
    }
    cr_expect(is_known(world, &keys), "the first of the others made room");
    keys_stop(&keys);
}

ON_OWN_STORE(key_memory, a_key_may_what_its_owner_and_its_scopes_say)
{
    CLEANUP(permission_set_unref) struct permission_set *may = NULL;
    CLEANUP(key_holder_unref) struct key_holder *holder = NULL;
    CLEANUP(rights_unref) struct rights *ann = NULL;
    struct keys keys;

    keys_start(world, &keys, 8, 1000);
    expect_ok(world, key_memory_get(keys.memory, &keys.hash, after_ms(30000),
                                    &holder, &world->diag));
    expect_ok(world,
              rights_get(keys.instance.memory, RIGHTS_BY_EXTERNAL_ID,
                         TEXT("ext-ann"), after_ms(30000), &ann, &world->diag));
    cr_expect_str_eq(holder->user_id, ann->user_id);
    may = key_holder_may(holder, ann->set);
    cr_expect_eq(permission_set_may_key(may, TEXT("todos:read")), MAY_ANY);
    cr_expect_eq(permission_set_may_key(may, TEXT("bills:read")), MAY_NOT,
                 "its owner may not");
    permission_set_unref(&may);
    may = key_holder_may(holder, ann->set);
    cr_expect_eq(may, holder->narrowed, "the same is not made twice");
    keys_stop(&keys);
}

/* --- uses ----------------------------------------------------------------- */

static void write_uses(struct world *world, struct keys *keys)
{
    const struct actor actor = { .rights = TEXT("service:keys") };
    struct store store = store_as(keys->instance.nobodys, &actor);

    expect_ok(world, key_memory_write_uses(keys->memory, &store,
                                           after_ms(30000), &world->diag));
}

static const char *used(struct world *world)
{
    return world_ask(world,
                     "SELECT coalesce(last_used_at::text, 'never') || ' ' ||"
                     " version || ' ' || updated_at FROM api_keys");
}

ON_OWN_STORE(key_memory, a_use_is_told_and_is_no_change_of_the_key)
{
    const char *const count =
        "SELECT count(*)::text FROM audit WHERE resource_type = 'api-keys'";
    const char *made, *audited;
    struct keys keys;

    keys_start(world, &keys, 8, 1000);
    made =
        world_ask(world, "SELECT version || ' ' || updated_at FROM api_keys");
    audited = world_ask(world, count);
    write_uses(world, &keys);
    cr_expect(text_starts_with(text_of(used(world)), "never"));
    cr_expect_eq(sign_in(&keys, &keys.hash), 0);
    write_uses(world, &keys);
    cr_expect_not(text_starts_with(text_of(used(world)), "never"));
    cr_expect(text_ends_with(text_of(used(world)), made), "%s", used(world));
    cr_expect_str_eq(world_ask(world, count), audited);
    cr_expect(is_known(world, &keys), "and moves no generation");
    keys_stop(&keys);
}

ON_OWN_STORE(key_memory, it_is_told_once_a_minute_at_the_most)
{
    const char *first;
    struct keys keys;

    keys_start(world, &keys, 8, 3600 * 1000);
    cr_expect_eq(sign_in(&keys, &keys.hash), 0);
    write_uses(world, &keys);
    world_script(world, "UPDATE api_keys SET last_used_at = '2026-01-01'");
    first = used(world);
    cr_expect_eq(sign_in(&keys, &keys.hash), 0);
    write_uses(world, &keys);
    cr_expect_str_eq(used(world), first);
    test_pass_ms(KEY_USE_S * 1000);
    cr_expect_eq(sign_in(&keys, &keys.hash), 0);
    write_uses(world, &keys);
    cr_expect_str_neq(used(world), first);
    keys_stop(&keys);
}

ON_OWN_STORE(key_memory, who_tells_of_uses_may_change_nothing_else)
{
    static const char *const changes[] = {
        "UPDATE api_keys SET scopes = NULL",
        "UPDATE api_keys SET deleted_at = now()",
        "UPDATE api_keys SET expires_at = now() + interval '1 day',"
        " last_used_at = now()",
        "UPDATE api_keys SET name = 'other', last_used_at = now()",
    };
    struct keys keys;

    keys_start(world, &keys, 8, 1000);
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        struct diag diag;
        int r;

        diag_init(&diag, NULL);
        world_script(world, "BEGIN; SET LOCAL app.rights = 'service:keys'");
        r = connection_script(world->owner, text_of(changes[i]),
                              after_ms(30000), &diag);
        cr_expect_eq(r, -ERR_FORBIDDEN, "%d: %s", r, changes[i]);
        world_script(world, "ROLLBACK");
    }
    keys_stop(&keys);
}
