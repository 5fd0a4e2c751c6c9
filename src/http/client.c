/* SPDX-License-Identifier: MIT */
#include "http/client.h"

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80" */
static bool parse_item(struct text item, struct ip *ret)
{
    ptrdiff_t end;

    item = text_trim(item);
    if (text_starts_with(item, "[")) {
        end = text_find(item, ']');
        return end > 0 &&
               ip_parse(text_from(item.at + 1, (size_t)end - 1), ret);
    }
    end = text_find(item, ':');
    if (end > 0 && text_find(text_skip(item, (size_t)end + 1), ':') < 0)
        item.len = (size_t)end;
    return ip_parse(item, ret);
}

/* Takes the last item off; false when there is none left. */
static bool cut_last(struct text *list, struct text *ret_item)
{
    size_t at = list->len;

    if (text_is_null(*list))
        return false;
    while (at > 0 && list->at[at - 1] != ',')
        at--;
    *ret_item = text_skip(*list, at);
    if (at > 0)
        list->len = at - 1;
    else
        *list = TEXT_NULL;
    return true;
}

/* Goes on to the left; false: here the way ends. */
static bool follow(struct text list, struct text trusted, struct ip *address)
{
    struct text item;
    struct ip next;

    while (cut_last(&list, &item)) {
        if (!networks_have(trusted, *address) || !parse_item(item, &next))
            return false;
        *address = next;
    }
    return true;
}

struct ip client_address(const struct request *request, struct ip peer,
                         struct text trusted)
{
    struct ip address = peer;

    if (!networks_have(trusted, peer))
        return peer;
    for (size_t i = request->header_count; i > 0; i--) {
        const struct header *header = &request->headers[i - 1];

        if (text_equal_nocase(header->name, TEXT("X-Forwarded-For")) &&
            !follow(header->value, trusted, &address))
            break;
    }
    return address;
}
