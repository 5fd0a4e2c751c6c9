/* SPDX-License-Identifier: MIT */
#include "http/client.h"

#include <criterion/criterion.h>

#define PROXIES TEXT("10.0.0.0/8, 2001:db8:ff::/48")

static struct ip made(const char *text)
{
    struct ip address;

    cr_assert(ip_parse(text_of(text), &address), "%s", text);
    return address;
}

/* Whom a request from `peer` with these fields comes from. */
static void expect(const char *peer, const char *first, const char *second,
                   const char *client)
{
    const struct header headers[] = {
        { TEXT("Host"), TEXT("192.0.2.99") },
        { TEXT("x-forwarded-for"), text_of(first) },
        { TEXT("X-Forwarded-For"), text_of(second) },
    };
    struct request request = { .headers = headers,
                               .header_count = second  ? 3
                                               : first ? 2
                                                       : 1 };
    char found[IP_TEXT_BYTES];

    ip_format(client_address(&request, made(peer), PROXIES), found);
    cr_expect_str_eq(found, client, "%s, %s", first, second);
}

Test(client, is_the_peer_without_a_proxy)
{
    expect("192.0.2.1", NULL, NULL, "192.0.2.1");
    expect("10.0.0.1", NULL, NULL, "10.0.0.1");
}

Test(client, cannot_say_who_it_is_itself)
{
    expect("192.0.2.1", "203.0.113.5", NULL, "192.0.2.1");
    expect("192.0.2.1", "10.0.0.1", NULL, "192.0.2.1");
    expect("2001:db8:fe::1", "203.0.113.5", NULL, "2001:db8:fe::1");
}

Test(client, is_whom_a_trusted_proxy_names)
{
    expect("10.0.0.1", "203.0.113.5", NULL, "203.0.113.5");
    expect("2001:db8:ff::1", "2001:db8::7", NULL, "2001:db8::7");
    expect("10.0.0.1", "203.0.113.5:4711", NULL, "203.0.113.5");
    expect("10.0.0.1", "[2001:db8::7]:4711", NULL, "2001:db8::7");
    expect("10.0.0.1", "[2001:db8::7]", NULL, "2001:db8::7");
}

Test(client, is_searched_from_the_right_through_trusted_proxies_only)
{
    expect("10.0.0.1", "1.2.3.4, 203.0.113.5", NULL, "203.0.113.5");
    expect("10.0.0.1", "1.2.3.4, 203.0.113.5 , 10.0.0.2,10.9.9.9", NULL,
           "203.0.113.5");
    expect("10.0.0.1", "1.2.3.4", "203.0.113.5, 10.0.0.2", "203.0.113.5");
    expect("10.0.0.1", "203.0.113.5", "10.0.0.2", "203.0.113.5");
    expect("10.0.0.1", "10.0.0.3, 10.0.0.2", NULL, "10.0.0.3");
}

Test(client, is_the_last_proxy_when_what_it_says_is_no_address)
{
    expect("10.0.0.1", "203.0.113.5, unknown", NULL, "10.0.0.1");
    expect("10.0.0.1", "203.0.113.5, nonsense, 10.0.0.2", NULL, "10.0.0.2");
    expect("10.0.0.1", "203.0.113.5,", NULL, "10.0.0.1");
    expect("10.0.0.1", "", NULL, "10.0.0.1");
    expect("10.0.0.1", "[", NULL, "10.0.0.1");
    expect("10.0.0.1", "[]", NULL, "10.0.0.1");
    expect("10.0.0.1", "203.0.113.5", ":80", "10.0.0.1");
}
