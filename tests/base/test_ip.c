/* SPDX-License-Identifier: MIT */
#include "base/ip.h"

#include <criterion/criterion.h>

static struct ip made(const char *text)
{
    struct ip address;

    cr_assert(ip_parse(text_of(text), &address), "%s", text);
    return address;
}

static bool in(const char *list, const char *address)
{
    cr_assert(networks_are_valid(text_of(list)), "%s", list);
    return networks_have(text_of(list), made(address));
}

Test(ip, is_written_as_it_was_read)
{
    static const char texts[][40] = { "192.0.2.1", "2001:db8::1", "::1",
                                      "255.255.255.255", "::" };
    char text[IP_TEXT_BYTES];

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ip_format(made(texts[i]), text);
        cr_expect_str_eq(text, texts[i]);
    }
    ip_format(made("::ffff:192.0.2.1"), text);
    cr_expect_str_eq(text, "192.0.2.1", "a mapped one is the IPv4 one");
}

Test(ip, is_nothing_else)
{
    static const char others[][56] = {
        "",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.1 ",
        "192.0.2.01",
        "[::1]",
        "::1%eth0",
        "192.0.2.1:80",
        "unknown",
        "1:2:3:4:5:6:7",
        "127.1",
        "0x7f.0.0.1",
        "::ffff:1.2.3",
        ":::",
        "localhost",
        "2001:db8::1::2",
        "00000000000000000000000000000000000000000001",
    };
    struct ip address;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        cr_expect_not(ip_parse(text_of(others[i]), &address), "%s", others[i]);
    cr_expect_not(ip_parse(text_from("::1\0x", 5), &address));
}

Test(ip, belongs_to_the_same_customer_within_an_ipv6_64)
{
    struct ip a = made("2001:db8:1:2::1"), b = made("2001:db8:1:2:ffff::9"),
              c = made("2001:db8:1:3::1");

    cr_expect(text_equal(ip_owner(&a), ip_owner(&b)));
    cr_expect_not(text_equal(ip_owner(&a), ip_owner(&c)));
    a = made("192.0.2.1"), b = made("192.0.2.2");
    cr_expect_not(text_equal(ip_owner(&a), ip_owner(&b)));
}

Test(ip, is_in_a_network_by_its_first_bits)
{
    cr_expect(in("10.0.0.0/8", "10.255.0.1"));
    cr_expect_not(in("10.0.0.0/8", "11.0.0.1"));
    cr_expect(in("192.0.2.64/26", "192.0.2.127"));
    cr_expect_not(in("192.0.2.64/26", "192.0.2.128"));
    cr_expect(in("192.0.2.1", "192.0.2.1"));
    cr_expect_not(in("192.0.2.1", "192.0.2.2"));
    cr_expect(in("192.0.2.1, 2001:db8::/33 ,::1", "2001:db8:7fff::1"));
    cr_expect_not(in("192.0.2.1,2001:db8::/33", "2001:db8:8000::1"));
    cr_expect(in("0.0.0.0/0", "203.0.113.9"));
    cr_expect_not(in("0.0.0.0/0", "2001:db8::1"));
    cr_expect(in("::/0", "2001:db8::1"));
    cr_expect_not(in("", "192.0.2.1"));
}

Test(ip, networks_that_are_none_are_refused)
{
    static const char others[][32] = { "10.0.0.0/33", "::/129", "10.0.0.0/",
                                       "10.0.0.0/-1", "10/8",   "a,b",
                                       "10.0.0.1,",   "/8",     " " };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        cr_expect_not(networks_are_valid(text_of(others[i])), "%s", others[i]);
}
