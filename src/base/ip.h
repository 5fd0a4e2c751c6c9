/* SPDX-License-Identifier: MIT */
/* Internet addresses and networks as values: to be compared, never looked up.
 */
#pragma once

#include "base/text.h"

#include <sys/socket.h>

/* Of either kind; one of IPv4 as ::ffff:a.b.c.d (RFC 4291 § 2.5.5.2). */
struct ip {
    unsigned char at[16];
};

enum { IP_TEXT_BYTES = 46 };

/* "192.0.2.1", "2001:db8::1"; nothing else. */
bool ip_parse(struct text text, struct ip *ret);

/* Of a socket's peer; false when that is no internet address. */
bool ip_of_socket(const struct sockaddr *from, struct ip *ret);

/* As it is written, one of IPv4 in its own way; NUL-terminated. */
void ip_format(struct ip address, char ret_text[static IP_TEXT_BYTES]);

/*
 * Whom it belongs to, as bytes to look up by: all of an IPv4 address, of IPv6
 * the /64, as that is what one customer gets (RFC 6177).
 */
struct text ip_owner(const struct ip *address);

/*
 * Networks: "10.0.0.0/8, 2001:db8::/32, 192.0.2.1", commas between. An empty
 * list is one; bits behind the prefix do not matter.
 */
bool networks_are_valid(struct text list);

/* Is the address in one of them? */
bool networks_have(struct text list, struct ip address);
