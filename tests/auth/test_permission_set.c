/* SPDX-License-Identifier: MIT */
#include "auth/permission_set.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(permission_set);

enum { NOW = 1000 };

/* "bills:read" allows, "-bills:read" denies; words between spaces. */
static struct permission_set *set_of(const char *words)
{
    struct permission_grant grants[16];
    struct text rest = text_of(words), word;
    size_t count = 0;

    while (text_cut(&rest, ' ', &word)) {
        bool deny = text_starts_with(word, "-");

        if (word.len == 0)
            continue;
        cr_assert_lt(count, ARRAY_LEN(grants));
        grants[count++] =
            (struct permission_grant){ text_skip(word, deny), deny,
                                       PERMISSION_NEVER_EXPIRES };
    }
    return permission_set_new(grants, count, NOW);
}

static struct permission_set *narrow(const char *words, const char *scopes)
{
    struct permission_set *whole = set_of(words), *narrowed;
    struct text keys[16], rest = text_of(scopes), word;
    size_t count = 0;

    while (text_cut(&rest, ' ', &word))
        if (word.len > 0)
            keys[count++] = word;
    narrowed = permission_set_narrow(whole, keys, count);
    permission_set_unref(&whole);
    return narrowed;
}

static void expect_may(struct permission_set *set, const char *key,
                       enum may want)
{
    cr_expect_eq(permission_set_may_key(set, text_of(key)), want, "%s: %d", key,
                 (int)permission_set_may_key(set, text_of(key)));
}

static void expect(const char *words, const char *key, enum may want)
{
    struct permission_set *set = set_of(words);

    expect_may(set, key, want);
    permission_set_unref(&set);
}

/* --- patterns ------------------------------------------------------------- */

Test(permission_set, nothing_granted_is_nothing_allowed)
{
    expect("", "bills:read", MAY_NOT);
    expect("", "*:*", MAY_NOT);
}

Test(permission_set, a_key_allows_itself_and_nothing_else)
{
    expect("bills:read", "bills:read", MAY_ANY);
    expect("bills:read", "bills:update", MAY_NOT);
    expect("bills:read", "people:read", MAY_NOT);
    expect("bills:read", "*:*", MAY_NOT);
}

Test(permission_set, a_star_allows_every_resource_or_action)
{
    expect("bills:*", "bills:purge", MAY_ANY);
    expect("bills:*", "people:purge", MAY_NOT);
    expect("*:read", "audit:read", MAY_ANY);
    expect("*:read", "audit:purge", MAY_NOT);
    expect("*:*", "audit:read", MAY_ANY);
    expect("*:*", "*:*", MAY_ANY);
}

Test(permission_set, own_allows_what_is_ones_own)
{
    expect("bills:update:own", "bills:update", MAY_OWN);
    expect("bills:update:own", "bills:update:own", MAY_OWN);
    expect("bills:update:own", "bills:delete", MAY_NOT);
    expect("*:*:own", "bills:update", MAY_OWN);
    expect("*:*:own", "*:*", MAY_OWN);
}

Test(permission_set, who_may_do_it_to_all_may_do_it_to_their_own)
{
    expect("bills:update", "bills:update:own", MAY_OWN);
    expect("*:*", "bills:update:own", MAY_OWN);
}

Test(permission_set, keys_outside_of_the_catalogue_are_matched_too)
{
    expect("todos:create", "todos:create", MAY_ANY);
    expect("todos:*:own", "todos:close", MAY_OWN);
    expect("todos:create -*:create", "todos:create", MAY_NOT);
    expect("bills:*", "todos:create", MAY_NOT);
}

Test(permission_set, what_is_no_key_is_never_allowed)
{
    expect("*:*", "bills", MAY_NOT);
    expect("*:*", "", MAY_NOT);
    expect("*:*", "bills:read:all", MAY_NOT);
    expect("*:*", "BILLS:READ", MAY_NOT);
}

Test(permission_set, a_grant_that_is_no_key_grants_nothing)
{
    expect("bills", "bills:read", MAY_NOT);
    expect("*", "bills:read", MAY_NOT);
}

Test(permission_set, a_denial_that_is_no_key_denies_everything)
{
    expect("*:* -nonsense", "bills:read", MAY_NOT);
}

/* --- denying -------------------------------------------------------------- */

Test(permission_set, a_deny_wins_over_every_allow)
{
    expect("bills:read -bills:read", "bills:read", MAY_NOT);
    expect("-bills:read bills:read", "bills:read", MAY_NOT);
    expect("*:* bills:* -bills:read", "bills:read", MAY_NOT);
    expect("bills:read -*:*", "bills:read", MAY_NOT);
    expect("bills:read -bills:*", "bills:read", MAY_NOT);
    expect("bills:read -*:read", "bills:read", MAY_NOT);
    expect("bills:read -bills:update", "bills:read", MAY_ANY);
}

Test(permission_set, a_deny_takes_away_own_too)
{
    expect("bills:update:own -bills:update", "bills:update", MAY_NOT);
    expect("bills:update:own -bills:update", "bills:update:own", MAY_NOT);
}

Test(permission_set, a_deny_of_own_takes_away_only_own)
{
    expect("bills:update:own -bills:update:own", "bills:update", MAY_NOT);
    expect("bills:update -bills:update:own", "bills:update", MAY_OTHERS);
    expect("bills:update -bills:update:own", "bills:update:own", MAY_NOT);
    expect("bills:update bills:update:own -*:*:own", "bills:update",
           MAY_OTHERS);
}

Test(permission_set, a_star_is_not_held_when_a_part_of_it_is_denied)
{
    expect("*:* -bills:purge", "*:*", MAY_NOT);
    expect("*:* -bills:purge", "bills:*", MAY_NOT);
    expect("*:* -bills:purge", "people:*", MAY_ANY);
    expect("*:* -bills:purge:own", "*:*", MAY_OTHERS);
}

Test(permission_set, own_and_others_are_told_apart)
{
    cr_expect(may_touch(MAY_OWN, true));
    cr_expect_not(may_touch(MAY_OWN, false));
    cr_expect(may_touch(MAY_OTHERS, false));
    cr_expect_not(may_touch(MAY_OTHERS, true));
    cr_expect(may_touch(MAY_ANY, true) && may_touch(MAY_ANY, false));
    cr_expect_not(may_touch(MAY_NOT, true) || may_touch(MAY_NOT, false));
}

/* --- time ----------------------------------------------------------------- */

Test(permission_set, a_grant_past_its_time_grants_nothing)
{
    const struct permission_grant grants[] = {
        { TEXT("bills:read"), false, NOW },
        { TEXT("people:read"), false, NOW + 1 },
    };
    struct permission_set *set =
        permission_set_new(grants, ARRAY_LEN(grants), NOW);

    expect_may(set, "bills:read", MAY_NOT);
    expect_may(set, "people:read", MAY_ANY);
    permission_set_unref(&set);
}

Test(permission_set, it_ends_with_the_first_of_its_grants)
{
    const struct permission_grant grants[] = {
        { TEXT("bills:read"), false, NOW + 50 },
        { TEXT("people:read"), true, NOW + 20 },
        { TEXT("users:read"), false, NOW - 5 },
    };
    struct permission_set *set =
        permission_set_new(grants, ARRAY_LEN(grants), NOW);

    cr_expect_eq(permission_set_until_ns(set), NOW + 20, "a denial ends too");
    permission_set_unref(&set);
}

Test(permission_set, without_an_end_it_never_ends)
{
    struct permission_set *set = set_of("bills:read");

    cr_expect_eq(permission_set_until_ns(set), PERMISSION_NEVER_EXPIRES);
    permission_set_unref(&set);
}

/* --- scopes --------------------------------------------------------------- */

static void expect_narrow(const char *words, const char *scopes,
                          const char *key, enum may want)
{
    struct permission_set *set = narrow(words, scopes);

    expect_may(set, key, want);
    permission_set_unref(&set);
}

Test(permission_set, scopes_take_away)
{
    expect_narrow("*:*", "bills:read", "bills:read", MAY_ANY);
    expect_narrow("*:*", "bills:read", "bills:update", MAY_NOT);
    expect_narrow("*:*", "bills:*", "bills:update", MAY_ANY);
    expect_narrow("*:*", "", "bills:read", MAY_NOT);
}

Test(permission_set, scopes_never_give)
{
    expect_narrow("bills:read", "*:*", "bills:update", MAY_NOT);
    expect_narrow("bills:read", "*:*", "bills:read", MAY_ANY);
    expect_narrow("bills:read", "*:*", "*:*", MAY_NOT);
    expect_narrow("*:* -bills:read", "bills:read", "bills:read", MAY_NOT);
    expect_narrow("todos:read", "*:*", "todos:write", MAY_NOT);
}

Test(permission_set, scopes_and_rights_may_both_be_of_own)
{
    expect_narrow("bills:update", "bills:update:own", "bills:update", MAY_OWN);
    expect_narrow("bills:update:own", "bills:update", "bills:update", MAY_OWN);
    expect_narrow("todos:*:own", "todos:close", "todos:close", MAY_OWN);
    expect_narrow("bills:update -bills:update:own", "bills:update:own",
                  "bills:update", MAY_NOT);
}

Test(permission_set, a_scope_that_is_no_key_gives_nothing)
{
    expect_narrow("*:*", "everything", "bills:read", MAY_NOT);
}

Test(permission_set, a_narrowed_set_ends_when_the_whole_does)
{
    const struct permission_grant grant = { TEXT("*:*"), false, NOW + 7 };
    const struct text scope = TEXT("bills:read");
    struct permission_set *whole = permission_set_new(&grant, 1, NOW);
    struct permission_set *set = permission_set_narrow(whole, &scope, 1);

    cr_expect_eq(permission_set_until_ns(set), NOW + 7);
    permission_set_unref(&whole);
    expect_may(set, "bills:read", MAY_ANY);
    permission_set_unref(&set);
}

static void expect_holds(const char *words, const char *key, bool want)
{
    struct permission_set *set = set_of(words);

    cr_expect_eq(permission_set_holds(set, text_of(key)), want, "%s", key);
    permission_set_unref(&set);
}

Test(permission_set, only_what_is_held_whole_may_be_handed_on)
{
    expect_holds("*:*", "*:*", true);
    expect_holds("*:*", "bills:*", true);
    expect_holds("*:* -bills:purge", "bills:*", false);
    expect_holds("bills:read bills:update", "bills:*", false);
    expect_holds("bills:update:own", "bills:update:own", true);
    expect_holds("bills:update:own", "bills:update", false);
    expect_holds("bills:update -bills:update:own", "bills:update", false);
    expect_holds("*:*", "everything", false);
}

/* --- the text ------------------------------------------------------------- */

static void expect_text(struct permission_set *set, const char *want)
{
    cr_expect_str_eq(permission_set_text(set).at, want);
    cr_expect_eq(permission_set_text(set).len, strlen(want));
    permission_set_unref(&set);
}

Test(permission_set, its_text_names_what_may_be_done)
{
    expect_text(set_of(""), "");
    expect_text(set_of("people:read bills:read"), "people:read bills:read");
    expect_text(set_of("bills:update:own"), "bills:update:own");
    expect_text(set_of("bills:update bills:update:own"), "bills:update");
    expect_text(set_of("todos:create"), "");
}

Test(permission_set, stars_are_written_out_unless_all_is_held)
{
    expect_text(set_of("audit:*"), "audit:read");
    expect_text(set_of("*:purge"), "users:purge roles:purge permissions:purge"
                                   " people:purge bills:purge");
    expect_text(set_of("*:*"), "*:*");
    expect_text(narrow("*:*", "*:*"), "*:*");
    expect_text(narrow("*:*", "audit:read bills:update:own"),
                "bills:update:own audit:read");
}

Test(permission_set, the_text_of_one_to_whom_something_is_denied_has_no_star)
{
    struct permission_set *set = set_of("*:* -bills:purge");

    cr_expect_null(strstr(permission_set_text(set).at, "*"));
    cr_expect_null(strstr(permission_set_text(set).at, "bills:purge"));
    cr_expect_not_null(strstr(permission_set_text(set).at, "bills:delete "));
    permission_set_unref(&set);
}

/* --- a naive model -------------------------------------------------------- */

/*
 * All there is: three resources, three actions, one's own and others' things.
 * No pattern names the last of the resources and actions, so it stands for all
 * that nobody thought of. What a key names is written out thing by thing.
 */
enum { KINDS = 3, THINGS = KINDS * KINDS * 2 };

static const char *const resources[] = { "bills", "todos", "*" };
static const char *const actions[] = { "read", "close", "*" };

struct naive_key {
    unsigned resource, action; /* KINDS - 1: `*` */
    bool own;
};

static unsigned things_named(struct naive_key key)
{
    unsigned named = 0;

    for (unsigned i = 0; i < THINGS; i++) {
        unsigned resource = i / (KINDS * 2), action = i / 2 % KINDS;
        bool own = i % 2;

        if ((key.resource == KINDS - 1 || key.resource == resource) &&
            (key.action == KINDS - 1 || key.action == action) &&
            (!key.own || own))
            named |= 1u << i;
    }
    return named;
}

static const unsigned own_things = 0x2aaaa; /* every other of them */

static enum may naive_may(unsigned held, struct naive_key asked)
{
    unsigned named = things_named(asked);
    unsigned own = named & own_things, others = named & ~own_things;
    unsigned may = MAY_NOT;

    if ((held & own) == own)
        may |= MAY_OWN;
    if (others && (held & others) == others)
        may |= MAY_OTHERS;
    return (enum may)may;
}

static uint32_t dice = 4;

static unsigned roll(unsigned sides)
{
    dice = dice * 1664525 + 1013904223;
    return (dice >> 16) % sides;
}

static struct naive_key roll_key(void)
{
    return (struct naive_key){ roll(KINDS), roll(KINDS), roll(3) == 0 };
}

static struct text write_key(struct naive_key key, char text[static 32])
{
    int len = snprintf(text, 32, "%s:%s%s", resources[key.resource],
                       actions[key.action], key.own ? ":own" : "");

    return text_from(text, (size_t)len);
}

enum { GRANTS_MAX = 6 };

/* A set of dice, and what the model says is in it. */
static struct permission_set *roll_set(unsigned *ret_held)
{
    struct permission_grant grants[GRANTS_MAX];
    unsigned count = roll(GRANTS_MAX + 1), allowed = 0, denied = 0;
    char texts[GRANTS_MAX][32];

    for (unsigned i = 0; i < count; i++) {
        struct naive_key key = roll_key();
        bool past = roll(8) == 0;

        grants[i] =
            (struct permission_grant){ write_key(key, texts[i]), roll(3) == 0,
                                       past ? NOW : NOW + 1 };
        if (!past)
            *(grants[i].deny ? &denied : &allowed) |= things_named(key);
    }
    *ret_held = allowed & ~denied;
    return permission_set_new(grants, count, NOW);
}

static struct permission_set *roll_scopes(struct permission_set *set,
                                          unsigned *held)
{
    unsigned count = roll(4), named = 0;
    struct text scopes[4];
    char texts[4][32];

    for (unsigned i = 0; i < count; i++) {
        struct naive_key key = roll_key();

        scopes[i] = write_key(key, texts[i]);
        named |= things_named(key);
    }
    *held &= named;
    return permission_set_narrow(set, scopes, count);
}

static void expect_as_the_model(struct permission_set *set, unsigned held)
{
    for (unsigned i = 0; i < THINGS; i++) {
        struct naive_key asked = { i / (KINDS * 2), i / 2 % KINDS, i % 2 };
        char text[32];
        struct text key = write_key(asked, text);

        cr_assert_eq(permission_set_may_key(set, key), naive_may(held, asked),
                     "%s of %05x: %d, not %d", text, held,
                     (int)permission_set_may_key(set, key),
                     (int)naive_may(held, asked));
    }
}

Test(permission_set, agrees_with_a_naive_model, .timeout = 60)
{
    for (uint32_t round = 0; round < 20000; round++) {
        unsigned held;
        struct permission_set *set = roll_set(&held), *narrowed;

        expect_as_the_model(set, held);
        narrowed = roll_scopes(set, &held);
        permission_set_unref(&set);
        expect_as_the_model(narrowed, held);
        permission_set_unref(&narrowed);
    }
}
