/* SPDX-License-Identifier: MIT */
#include "support/fault_proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

/* Both ends of a connection through a proxy. */
struct ends {
    struct fault_proxy proxy;
    int listener, client, server;
};

static struct sockaddr_in loopback(unsigned port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    return at;
}

static int connect_to(unsigned port)
{
    struct sockaddr_in at = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (void *)&at, sizeof(at)) == 0)
        return fd;
    close(fd);
    return -1;
}

static void connect_ends(struct ends *e)
{
    e->client = connect_to(e->proxy.port);
    cr_assert_geq(e->client, 0);
    e->server = accept4(e->listener, NULL, NULL, SOCK_CLOEXEC);
    cr_assert_geq(e->server, 0);
}

static struct ends begin(void)
{
    struct sockaddr_in at = loopback(0);
    socklen_t len = sizeof(at);
    char target[64];
    struct ends e;

    e.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(e.listener, (void *)&at, sizeof(at)), 0);
    cr_assert_eq(listen(e.listener, 16), 0);
    cr_assert_eq(getsockname(e.listener, (void *)&at, &len), 0);
    snprintf(target, sizeof(target), "127.0.0.1:%u", ntohs(at.sin_port));
    e.proxy = fault_proxy_start(target);
    connect_ends(&e);
    return e;
}

static void end(struct ends *e)
{
    close(e->client);
    close(e->server);
    close(e->listener);
    fault_proxy_stop(&e->proxy);
}

static void say(int fd, const char *words)
{
    cr_assert_eq(send(fd, words, strlen(words), MSG_NOSIGNAL),
                 (ssize_t)strlen(words));
}

/* Waits for exactly these bytes. */
static void hear(int fd, const char *words)
{
    char got[256] = "";

    cr_assert_eq(recv(fd, got, strlen(words), MSG_WAITALL),
                 (ssize_t)strlen(words));
    cr_expect_str_eq(got, words);
}

static bool hears_nothing(int fd, int ms)
{
    struct pollfd polled = { .fd = fd, .events = POLLIN };

    return poll(&polled, 1, ms) == 0;
}

/* Waits for the end, and tells how many bytes came before it. */
static size_t hear_end(int fd, int *ret_error)
{
    char got[256];
    size_t all = 0;
    ssize_t n;

    while ((n = recv(fd, got, sizeof(got), 0)) > 0)
        all += (size_t)n;
    *ret_error = n < 0 ? errno : 0;
    return all;
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

TestSuite(fault_proxy, .timeout = 30);

Test(fault_proxy, passes_both_ways_and_counts)
{
    struct ends e = begin();

    say(e.client, "question");
    hear(e.server, "question");
    say(e.server, "answer");
    hear(e.client, "answer");
    cr_expect_eq(fault_proxy_count(&e.proxy, "accepted"), 1);
    cr_expect_eq(fault_proxy_count(&e.proxy, "bytes_up"), 8);
    cr_expect_eq(fault_proxy_count(&e.proxy, "bytes_down"), 6);
    cr_expect_eq(fault_proxy_count(&e.proxy, "open"), 1);
    end(&e);
}

Test(fault_proxy, passes_the_end_of_each_side_on)
{
    struct ends e = begin();
    int error;

    say(e.client, "last words");
    cr_assert_eq(shutdown(e.client, SHUT_WR), 0);
    cr_expect_eq(hear_end(e.server, &error), 10);
    say(e.server, "still here");
    hear(e.client, "still here");
    close(e.server);
    cr_expect_eq(hear_end(e.client, &error), 0);
    cr_expect_eq(error, 0);
    e.server = dup(e.client);
    end(&e);
}

Test(fault_proxy, delays)
{
    struct ends e = begin();
    uint64_t since = now_ms();

    fault_proxy_tell(&e.proxy, "latency 60 10");
    say(e.client, "late");
    hear(e.server, "late");
    cr_expect_geq(now_ms() - since, 50);
    cr_expect_eq(fault_proxy_count(&e.proxy, "delayed"), 1);
    end(&e);
}

Test(fault_proxy, keeps_the_order_whatever_the_jitter)
{
    struct ends e = begin();

    fault_proxy_tell(&e.proxy, "latency 5 5");
    fault_proxy_tell(&e.proxy, "slice 1");
    say(e.client, "abcdefghijklmnopqrstuvwxyz");
    hear(e.server, "abcdefghijklmnopqrstuvwxyz");
    end(&e);
}

Test(fault_proxy, swallows_until_it_is_healed)
{
    struct ends e = begin();
    int second;

    fault_proxy_tell(&e.proxy, "blackhole");
    say(e.client, "held");
    second = connect_to(e.proxy.port);
    cr_expect_geq(second, 0, "taken, and never answered");
    cr_expect(hears_nothing(e.server, 50));
    cr_expect_geq(fault_proxy_count(&e.proxy, "held"), 1);
    fault_proxy_tell(&e.proxy, "heal");
    hear(e.server, "held");
    close(second);
    end(&e);
}

Test(fault_proxy, swallows_one_way_only)
{
    struct ends e = begin();

    fault_proxy_tell(&e.proxy, "blackhole down");
    say(e.client, "heard");
    hear(e.server, "heard");
    say(e.server, "not heard");
    cr_expect(hears_nothing(e.client, 50));
    fault_proxy_tell(&e.proxy, "heal");
    hear(e.client, "not heard");
    end(&e);
}

Test(fault_proxy, swallows_what_only_the_marked_are_told)
{
    struct ends e = begin();
    struct ends other = e;

    fault_proxy_tell(&e.proxy, "mark SUBSCRIBE");
    say(e.client, "SUBSCRIBE");
    hear(e.server, "SUBSCRIBE");
    connect_ends(&other);
    fault_proxy_tell(&e.proxy, "blackhole marked");
    cr_expect_eq(fault_proxy_count(&e.proxy, "held"), 1);
    say(e.server, "not heard");
    say(other.server, "heard");
    hear(other.client, "heard");
    cr_expect(hears_nothing(e.client, 50));
    fault_proxy_tell(&e.proxy, "heal");
    hear(e.client, "not heard");
    close(other.client);
    close(other.server);
    end(&e);
}

Test(fault_proxy, resets_what_is_open)
{
    struct ends e = begin();
    int error;

    fault_proxy_tell(&e.proxy, "reset");
    hear_end(e.client, &error);
    cr_expect_eq(error, ECONNRESET);
    hear_end(e.server, &error);
    cr_expect_eq(error, ECONNRESET);
    cr_expect_eq(fault_proxy_count(&e.proxy, "resets"), 1);
    cr_expect_eq(fault_proxy_count(&e.proxy, "open"), 0);
    connect_ends(&e);
    say(e.client, "the next one lives");
    hear(e.server, "the next one lives");
    end(&e);
}

Test(fault_proxy, resets_by_chance)
{
    struct ends e = begin();
    int error;

    fault_proxy_tell(&e.proxy, "reset 1.0");
    say(e.client, "once");
    hear_end(e.client, &error);
    cr_expect_eq(error, ECONNRESET);
    cr_expect_eq(fault_proxy_count(&e.proxy, "resets"), 1);
    end(&e);
}

Test(fault_proxy, cuts_after_so_many_bytes)
{
    struct ends e = begin();
    int error;

    fault_proxy_tell(&e.proxy, "cut 5 up");
    say(e.client, "1234567890");
    cr_expect_eq(hear_end(e.server, &error), 5);
    cr_expect_eq(error, ECONNRESET);
    cr_expect_eq(fault_proxy_count(&e.proxy, "cuts"), 1);
    end(&e);
}

Test(fault_proxy, cuts_behind_a_word_or_before_it)
{
    struct ends e = begin();
    int error;

    fault_proxy_tell(&e.proxy, "cut after COMMIT");
    say(e.client, "BEGIN");
    hear(e.server, "BEGIN");
    say(e.client, "x COMMIT x");
    cr_expect_eq(hear_end(e.server, &error), 10);
    connect_ends(&e);
    fault_proxy_tell(&e.proxy, "cut before COMMIT");
    say(e.client, "COMMIT");
    cr_expect_eq(hear_end(e.server, &error), 0);
    cr_expect_eq(fault_proxy_count(&e.proxy, "cuts"), 2);
    connect_ends(&e);
    say(e.client, "COMMIT");
    hear(e.server, "COMMIT");
    end(&e);
}

Test(fault_proxy, slices)
{
    struct ends e = begin();

    fault_proxy_tell(&e.proxy, "slice 3");
    say(e.client, "1234567890");
    hear(e.server, "1234567890");
    cr_expect_eq(fault_proxy_count(&e.proxy, "slices"), 4);
    end(&e);
}

Test(fault_proxy, corrupts)
{
    struct ends e = begin();
    char got[11] = "";

    fault_proxy_tell(&e.proxy, "corrupt 1.0");
    say(e.client, "0000000000");
    cr_assert_eq(recv(e.server, got, 10, MSG_WAITALL), 10);
    for (int i = 0; i < 10; i++)
        cr_expect_neq(got[i], '0');
    cr_expect_eq(fault_proxy_count(&e.proxy, "corrupted"), 10);
    end(&e);
}

Test(fault_proxy, refuses_new_connections_until_it_is_healed)
{
    struct ends e = begin();

    fault_proxy_tell(&e.proxy, "refuse");
    cr_expect_eq(connect_to(e.proxy.port), -1);
    cr_expect_eq(errno, ECONNREFUSED);
    say(e.client, "old ones live");
    hear(e.server, "old ones live");
    fault_proxy_tell(&e.proxy, "heal");
    close(e.client);
    close(e.server);
    connect_ends(&e);
    say(e.client, "and new ones again");
    hear(e.server, "and new ones again");
    end(&e);
}

Test(fault_proxy, counts_those_its_target_did_not_take)
{
    struct fault_proxy proxy = fault_proxy_start("/nowhere/at/all");
    int client = connect_to(proxy.port), error;

    hear_end(client, &error);
    cr_expect_eq(fault_proxy_count(&proxy, "refused"), 1);
    close(client);
    fault_proxy_stop(&proxy);
}

Test(fault_proxy, says_what_it_does_not_understand)
{
    struct ends e = begin();

    cr_expect_str_eq(fault_proxy_ask(&e.proxy, "explode"),
                     "error: no such command");
    cr_expect_str_eq(fault_proxy_ask(&e.proxy, "slice"), "error: slice N");
    end(&e);
}
