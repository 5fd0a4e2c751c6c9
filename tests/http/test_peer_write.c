/* SPDX-License-Identifier: MIT */
/* How a reply's fields get into its head, whatever the socket takes at once. */
#include "http/peer_impl.h"

#include <criterion/criterion.h>
#include <errno.h>

#define STATUS "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
#define FIELDS "Date: now\r\nX-Request-Id: 1\r\n"
#define BODY   "body"

static struct peers peers;
static struct exchange exchange;
static struct peer peer = { .peers = &peers, .exchange = &exchange };
static struct buffer taken; /* by the socket */
static size_t room;         /* for so many bytes at once */

static void set_up(void)
{
    buffer_init(&taken, SIZE_MAX);
    buffer_init(&exchange.fields, SIZE_MAX);
    buffer_add_string(&exchange.fields, FIELDS);
    exchange.sent = 0;
}

static void tear_down(void)
{
    buffer_fini(&taken);
    buffer_fini(&exchange.fields);
}

TestSuite(peer_write, .init = set_up, .fini = tear_down);

/* Every other time the socket is full. */
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags)
{
    static bool full;
    size_t before = taken.len;

    (void)fd, (void)flags;
    full = !full;
    if (full) {
        errno = EAGAIN;
        return -1;
    }
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        const struct iovec *part = &message->msg_iov[i];
        size_t left = room - (taken.len - before);

        buffer_add(&taken, part->iov_base,
                   part->iov_len < left ? part->iov_len : left);
    }
    return (ssize_t)(taken.len - before);
}

/* As libmicrohttpd does it: by what it is told was sent of its own bytes. */
static void send_reply(struct text head, struct text body)
{
    while (head.len + body.len > 0) {
        struct iovec parts[] = { { (char *)(uintptr_t)head.at, head.len },
                                 { (char *)(uintptr_t)body.at, body.len } };
        size_t first = head.len == 0, last = body.len == 0 ? 1 : 2;
        const struct msghdr message = { .msg_iov = parts + first,
                                        .msg_iovlen = last - first };
        ssize_t sent = peer__write(&peer, &message, 0);
        size_t of_head;

        if (sent < 0) {
            cr_assert_eq(errno, EAGAIN);
            continue;
        }
        cr_assert_leq((size_t)sent, head.len + body.len);
        of_head = (size_t)sent < head.len ? (size_t)sent : head.len;
        head = text_skip(head, of_head);
        body = text_skip(body, (size_t)sent - of_head);
    }
}

static void expect_taken(const char *bytes)
{
    cr_expect(text_is(buffer_text(&taken), bytes), "%zu at once: %.*s", room,
              TEXT_ARG(buffer_text(&taken)));
}

Test(peer_write, a_reply_in_pieces_of_any_length_is_the_same)
{
    for (room = 1; room <= strlen(STATUS FIELDS "\r\n" BODY) + 1; room++) {
        tear_down();
        set_up();
        send_reply(TEXT(STATUS "\r\n"), TEXT(BODY));
        expect_taken(STATUS FIELDS "\r\n" BODY);
    }
}

Test(peer_write, a_head_alone_has_its_fields_and_what_follows_has_none)
{
    for (room = 1; room <= strlen(STATUS FIELDS "\r\n") + 1; room++) {
        tear_down();
        set_up();
        send_reply(TEXT(STATUS "\r\n"), TEXT(""));
        send_reply(TEXT("4\r\n" BODY "\r\n"), TEXT(""));
        expect_taken(STATUS FIELDS "\r\n4\r\n" BODY "\r\n");
    }
}

Test(peer_write, what_goes_out_before_the_reply_is_left_as_it_is)
{
    buffer_clear(&exchange.fields);
    room = 10;
    send_reply(TEXT("HTTP/1.1 100 Continue\r\n\r\n"), TEXT(""));
    expect_taken("HTTP/1.1 100 Continue\r\n\r\n");
}

Test(peer_write, a_part_of_a_head_is_a_move_though_nobody_is_told)
{
    struct iovec head = { (char[]){ STATUS "\r\n" }, strlen(STATUS "\r\n") };
    const struct msghdr message = { .msg_iov = &head, .msg_iovlen = 1 };
    uint64_t before = peers.moves;

    room = 3;
    while (peers.moves == before)
        cr_assert_eq(peer__write(&peer, &message, 0), -1);
    cr_expect_eq(taken.len, 3);
}
