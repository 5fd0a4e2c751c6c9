/* SPDX-License-Identifier: MIT */
#include "base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>

enum { V4_PREFIX = 12, BITS = 128 };

static const unsigned char v4_prefix[V4_PREFIX] = { [10] = 0xFF, [11] = 0xFF };

static bool is_v4(const struct ip *address)
{
    return memcmp(address->at, v4_prefix, V4_PREFIX) == 0;
}

bool ip_parse(struct text text, struct ip *ret)
{
    char copy[IP_TEXT_BYTES];

    if (text.len == 0 || text.len >= sizeof(copy) ||
        memchr(text.at, '\0', text.len))
        return false;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET6, copy, ret->at) == 1)
        return true;
    memcpy(ret->at, v4_prefix, V4_PREFIX);
    return inet_pton(AF_INET, copy, ret->at + V4_PREFIX) == 1;
}

bool ip_of_socket(const struct sockaddr *from, struct ip *ret)
{
    const struct sockaddr_in *v4 = (const void *)from;
    const struct sockaddr_in6 *v6 = (const void *)from;

    *ret = (struct ip){ 0 };
    if (from->sa_family == AF_INET6) {
        memcpy(ret->at, &v6->sin6_addr, sizeof(ret->at));
        return true;
    }
    if (from->sa_family != AF_INET)
        return false;
    memcpy(ret->at, v4_prefix, V4_PREFIX);
    memcpy(ret->at + V4_PREFIX, &v4->sin_addr, sizeof(v4->sin_addr));
    return true;
}

void ip_format(struct ip address, char ret_text[static IP_TEXT_BYTES])
{
    bool v4 = is_v4(&address);

    ret_text[0] = '\0';
    inet_ntop(v4 ? AF_INET : AF_INET6, address.at + (v4 ? V4_PREFIX : 0),
              ret_text, IP_TEXT_BYTES);
}

struct text ip_owner(const struct ip *address)
{
    return text_from((const char *)address->at,
                     is_v4(address) ? sizeof(address->at) : 8);
}

/* --- networks ------------------------------------------------------------ */

struct network {
    struct ip address;
    int64_t bits;
};

static bool parse_network(struct text text, struct network *ret)
{
    struct text bits = text_trim(text), address;
    int64_t most;

    text_cut(&bits, '/', &address);
    if (!ip_parse(address, &ret->address))
        return false;
    most = text_find(address, ':') < 0 ? 32 : BITS;
    ret->bits = most;
    if (!text_is_null(bits) &&
        (!text_to_int64(bits, &ret->bits) || ret->bits < 0 || ret->bits > most))
        return false;
    ret->bits += BITS - most;
    return true;
}

static bool has(const struct network *network, struct ip address)
{
    size_t bytes = (size_t)network->bits / 8, rest = (size_t)network->bits % 8;

    if (memcmp(network->address.at, address.at, bytes) != 0)
        return false;
    return rest == 0 ||
           (network->address.at[bytes] ^ address.at[bytes]) >> (8 - rest) == 0;
}

bool networks_are_valid(struct text list)
{
    struct network network;
    struct text item;

    if (list.len == 0)
        return true;
    while (text_cut(&list, ',', &item))
        if (!parse_network(item, &network))
            return false;
    return true;
}

bool networks_have(struct text list, struct ip address)
{
    struct network network;
    struct text item;

    while (list.len > 0 && text_cut(&list, ',', &item))
        if (parse_network(item, &network) && has(&network, address))
            return true;
    return false;
}
