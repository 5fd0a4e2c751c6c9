/* SPDX-License-Identifier: MIT */
#include "auth/token_memory.h"

#include "base/buffer.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { FIRST_KEYS = 1, NEXT_KEYS = 2 };

static struct token_memory *memory;

static void set_up(void)
{
    memory = token_memory_new(4);
}

static void tear_down(void)
{
    token_memory_free(&memory);
}

TestSuite(token_memory, .init = set_up, .fini = tear_down);

/* Alice's, good until second 100. */
static const struct jwt alice = {
    .subject = { "alice", 5 },
    .key_id = { "a", 1 },
    .scope = { "bills:read", 10 },
    .expires_at_s = 100,
};

static const struct jwt *find(const char *token, int64_t now_s)
{
    return token_memory_find(memory, text_of(token), FIRST_KEYS, now_s);
}

static void keep(const char *token)
{
    token_memory_keep(memory, text_of(token), FIRST_KEYS, &alice);
}

Test(token_memory, finds_what_was_kept_and_nothing_else)
{
    const struct jwt *jwt;

    keep("token");
    jwt = find("token", 0);
    cr_assert_not_null(jwt);
    cr_expect(text_is(jwt->subject, "alice"));
    cr_expect(text_is(jwt->scope, "bills:read"));
    cr_expect(text_is_null(jwt->issuer), "absent stays absent");
    cr_expect_eq(jwt->expires_at_s, 100);
    cr_expect_null(find("token2", 0));
    cr_expect_null(find("toke", 0));
}

Test(token_memory, holds_copies)
{
    char name[] = "alice";
    struct jwt jwt = { .subject = text_of(name), .expires_at_s = 100 };

    token_memory_keep(memory, TEXT("token"), FIRST_KEYS, &jwt);
    memset(name, 'x', sizeof(name) - 1);
    cr_expect(text_is(find("token", 0)->subject, "alice"));
}

Test(token_memory, forgets_a_token_when_it_expires)
{
    keep("token");
    cr_expect_not_null(find("token", 99));
    cr_expect_null(find("token", 100));
    cr_expect_eq(token_memory_count(memory), 0);
    cr_expect_null(find("token", 99), "for good");
}

Test(token_memory, forgets_all_when_the_keys_change)
{
    keep("one");
    keep("two");
    cr_expect_null(token_memory_find(memory, TEXT("one"), NEXT_KEYS, 0));
    cr_expect_eq(token_memory_count(memory), 0);
    cr_expect_null(find("two", 0), "the old keys bring nothing back");
}

Test(token_memory, forgets_what_is_unused_for_longest_when_it_is_full)
{
    keep("a");
    keep("b");
    keep("c");
    keep("d");
    cr_expect_not_null(find("a", 0));
    keep("e");
    cr_expect_eq(token_memory_count(memory), 4);
    cr_expect_null(find("b", 0));
    cr_expect(find("a", 0) && find("c", 0) && find("d", 0) && find("e", 0));
}

Test(token_memory, keeps_a_token_once)
{
    keep("token");
    keep("token");
    cr_expect_eq(token_memory_count(memory), 1);
}

Test(token_memory, keeps_no_claims_of_unusual_length)
{
    char scope[TOKEN_MEMORY_TEXT_BYTES];
    struct jwt jwt = { .scope = { scope, sizeof(scope) }, .expires_at_s = 100 };

    memset(scope, 'x', sizeof(scope));
    token_memory_keep(memory, TEXT("token"), FIRST_KEYS, &jwt);
    cr_expect_eq(token_memory_count(memory), 0);
    jwt.scope.len -= 4;
    token_memory_keep(memory, TEXT("token"), FIRST_KEYS, &jwt);
    cr_expect_eq(token_memory_count(memory), 1);
}

/* Against a memory of one entry for each token that never forgets. */
Test(token_memory, holds_its_limit_over_many_tokens)
{
    struct token_memory *large = token_memory_new(100);
    char token[32];

    for (int i = 0; i < 10000; i++) {
        snprintf(token, sizeof(token), "token %d", i * 7 % 1000);
        if (!token_memory_find(large, text_of(token), FIRST_KEYS, 0))
            token_memory_keep(large, text_of(token), FIRST_KEYS, &alice);
        cr_assert_leq(token_memory_count(large), 100);
        cr_assert_not_null(
            token_memory_find(large, text_of(token), FIRST_KEYS, 0));
    }
    cr_expect_eq(token_memory_count(large), 100);
    token_memory_free(&large);
}
