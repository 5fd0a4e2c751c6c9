/* SPDX-License-Identifier: MIT */
#include "auth/jwt_impl.h"
#include "auth/key_impl.h"

/* Each would have the token itself say how it is to be checked or read. */
static int check_absent(struct jwt_reading *reading, const struct node *header)
{
    static const struct {
        const char *name, *why;
    } refused[] = {
        { "crit", "asks for what we do not know" },
        { "b64", "asks for another form of payload" },
        { "jwk", "brings a key along" },
        { "jku", "tells where to fetch a key" },
        { "x5u", "tells where to fetch a certificate" },
        { "x5c", "brings a certificate along" },
        { "cty", "says that a token is nested in it" },
        { "enc", "says that it is encrypted" },
        { "zip", "says that it is compressed" },
    };

    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (node_member(header, refused[i].name))
            return jwt__refuse(reading, JWT_FAULT_HEADER, "`%s` %s",
                               refused[i].name, refused[i].why);
    return 0;
}

/* A media type, whose `application/` may be left out (RFC 7515 § 4.1.9). */
static int check_type(struct jwt_reading *reading, const struct node *header)
{
    static const char prefix[] = "application/";
    const size_t len = sizeof(prefix) - 1;
    struct text type;
    int r = jwt__read_text(reading, JWT_FAULT_HEADER, header, "typ", &type);

    if (r < 0 || text_is_null(type))
        return r;
    if (type.len > len &&
        text_equal_nocase(text_from(type.at, len), text_from(prefix, len)))
        type = text_skip(type, len);
    if (text_equal_nocase(type, TEXT("JWT")) ||
        text_equal_nocase(type, TEXT("at+jwt")))
        return 0;
    return jwt__refuse(reading, JWT_FAULT_HEADER,
                       "`typ` is neither JWT nor at+jwt");
}

static int read_algorithm(struct jwt_reading *reading,
                          const struct node *header)
{
    struct text name;
    int r = jwt__read_text(reading, JWT_FAULT_ALGORITHM, header, "alg", &name);

    if (r < 0)
        return r;
    if (text_is_null(name))
        return jwt__refuse(reading, JWT_FAULT_ALGORITHM, "it has no `alg`");
    if (algorithm_find(name, &reading->algorithm))
        return 0;
    return jwt__refuse(reading, JWT_FAULT_ALGORITHM,
                       "`alg` is %.20s, which we do not verify", name.at);
}

static int read_kid(struct jwt_reading *reading, const struct node *header)
{
    int r =
        jwt__read_text(reading, JWT_FAULT_HEADER, header, "kid", &reading->kid);

    if (r < 0 || text_is_null(reading->kid))
        return r;
    if (reading->kid.len > 0 && reading->kid.len <= KEY_ID_MAX)
        return 0;
    return jwt__refuse(reading, JWT_FAULT_HEADER,
                       "`kid` has %zu bytes: must be 1 to %d", reading->kid.len,
                       KEY_ID_MAX);
}

int jwt__read_header(struct jwt_reading *reading, struct text bytes)
{
    CLEANUP(document_free) struct document *document = NULL;
    const struct node *header;
    int r = jwt__parse(reading, "header", bytes, &document);

    if (r < 0)
        return r;
    header = document_root(document);
    r = check_absent(reading, header);
    if (r == 0)
        r = check_type(reading, header);
    if (r == 0)
        r = read_algorithm(reading, header);
    if (r == 0)
        r = read_kid(reading, header);
    return r;
}
