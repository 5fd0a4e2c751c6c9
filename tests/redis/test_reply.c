/* SPDX-License-Identifier: MIT */
#include "redis/reply.h"

#include <criterion/criterion.h>
#include <stdio.h>

static bool take(struct reply_reader *reader, const char *bytes,
                 struct redis_reply **ret_reply)
{
    *ret_reply = NULL;
    return reply_reader_feed(reader, text_of(bytes)) &&
           reply_reader_next(reader, ret_reply);
}

Test(redis_reply, answers_become_trees)
{
    CLEANUP(reply_reader_free) struct reply_reader *reader = reply_reader_new();
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;

    cr_assert(take(
        reader, "*5\r\n$2\r\nab\r\n:17\r\n$-1\r\n+OK\r\n*1\r\n:3\r\n", &reply));
    cr_assert_not_null(reply);
    cr_assert_eq(reply->kind, REDIS_LIST);
    cr_assert_eq(reply->count, 5);
    cr_expect(text_is(redis_reply_text(reply, 0), "ab"));
    cr_expect_eq(redis_reply_integer(reply, 1), 17);
    cr_expect_eq(reply->items[2].kind, REDIS_NIL);
    cr_expect_eq(reply->items[3].kind, REDIS_STATUS);
    cr_expect_eq(redis_reply_integer(&reply->items[4], 0), 3);
    cr_expect(text_is_null(redis_reply_text(reply, 5)), "there is no sixth");
}

Test(redis_reply, an_answer_may_come_byte_by_byte)
{
    CLEANUP(reply_reader_free) struct reply_reader *reader = reply_reader_new();
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;
    const char *bytes = "$3\r\nabc\r\n";

    for (size_t i = 0; bytes[i]; i++) {
        cr_assert_null(reply);
        cr_assert(reply_reader_feed(reader, text_from(bytes + i, 1)));
        cr_assert(reply_reader_next(reader, &reply));
    }
    cr_assert_not_null(reply);
    cr_expect(text_is(reply->text, "abc"));
}

Test(redis_reply, errors_are_told_by_their_first_word)
{
    CLEANUP(reply_reader_free) struct reply_reader *reader = reply_reader_new();
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;

    cr_assert(take(reader, "-NOSCRIPT no matching script\r\n", &reply));
    cr_expect(redis_reply_is_error(reply, "NOSCRIPT"));
    cr_expect_not(redis_reply_is_error(reply, "OOM"));
}

Test(redis_reply, a_list_of_a_thousand_million_items_is_refused_unread)
{
    CLEANUP(reply_reader_free) struct reply_reader *reader = reply_reader_new();
    struct redis_reply *reply;

    cr_expect_not(take(reader, "*1000000000\r\n", &reply));
}

Test(redis_reply, lists_nest_only_so_deep)
{
    CLEANUP(reply_reader_free) struct reply_reader *reader = reply_reader_new();
    struct redis_reply *reply;

    cr_expect_not(take(reader, "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", &reply));
}

Test(redis_reply, what_is_no_resp_is_refused)
{
    CLEANUP(reply_reader_free) struct reply_reader *reader = reply_reader_new();
    struct redis_reply *reply;

    cr_expect_not(take(reader, "HTTP/1.1 400 Bad Request\r\n", &reply));
}

Test(redis_reply, an_answer_that_never_ends_is_cut_off)
{
    CLEANUP(reply_reader_free) struct reply_reader *reader = reply_reader_new();
    static char block[1 << 20];
    struct redis_reply *reply;
    size_t fed = 0;

    memset(block, 'x', sizeof(block));
    cr_assert(take(reader, "$1000000000\r\n", &reply));
    while (reply_reader_feed(reader, text_from(block, sizeof(block)))) {
        fed += sizeof(block);
        cr_assert_leq(fed, REDIS_REPLY_BYTES_MAX);
        cr_assert(reply_reader_next(reader, &reply));
        cr_assert_null(reply);
    }
}
