/* SPDX-License-Identifier: MIT */
#include "auth/jwt_impl.h"

/* 9999-12-31T23:59:59Z: later times are a mistake, in milliseconds say. */
#define TIME_MAX INT64_C(253402300799)

/* Whole seconds, or -1 when there is no such claim. */
static int read_time(struct jwt_reading *reading, const struct node *claims,
                     const char *name, int64_t *ret_s)
{
    const struct node *member = node_member(claims, name);

    *ret_s = -1;
    if (!member)
        return 0;
    if (node_type(member) == NODE_REAL)
        return jwt__refuse(reading, JWT_FAULT_CLAIM,
                           "`%s` is not a whole number of seconds", name);
    if (node_type(member) != NODE_INTEGER)
        return jwt__refuse(reading, JWT_FAULT_CLAIM, "`%s` is no number", name);
    if (node_integer(member) < 0 || node_integer(member) > TIME_MAX)
        return jwt__refuse(reading, JWT_FAULT_CLAIM,
                           "`%s` is not between the years 1970 and 9999", name);
    *ret_s = node_integer(member);
    return 0;
}

static int check_beginning(struct jwt_reading *reading,
                           const struct node *claims, const char *name)
{
    int64_t at_s;
    int r = read_time(reading, claims, name, &at_s);

    if (r < 0)
        return r;
    if (at_s > reading->now_s + reading->rules->leeway_s)
        return jwt__refuse(reading, JWT_FAULT_NOT_YET,
                           "`%s` is %lld s in the future", name,
                           (long long)(at_s - reading->now_s));
    if (at_s > reading->jwt->expires_at_s)
        return jwt__refuse(reading, JWT_FAULT_CLAIM, "`%s` is after `exp`",
                           name);
    return 0;
}

static int check_times(struct jwt_reading *reading, const struct node *claims)
{
    int64_t expires_at_s;
    int r = read_time(reading, claims, "exp", &expires_at_s);

    if (r < 0)
        return r;
    if (expires_at_s < 0)
        return jwt__refuse(reading, JWT_FAULT_CLAIM, "it has no `exp`");
    reading->jwt->expires_at_s = expires_at_s;
    r = check_beginning(reading, claims, "nbf");
    if (r == 0)
        r = check_beginning(reading, claims, "iat");
    if (r < 0)
        return r;
    if (reading->now_s >= expires_at_s + reading->rules->leeway_s)
        return jwt__refuse(reading, JWT_FAULT_EXPIRED, "it expired %lld s ago",
                           (long long)(reading->now_s - expires_at_s));
    return 0;
}

static int check_issuer(struct jwt_reading *reading, const struct node *claims)
{
    struct text want = reading->rules->issuer;
    struct text issuer;
    int r = jwt__read_text(reading, JWT_FAULT_ISSUER, claims, "iss", &issuer);

    if (r < 0)
        return r;
    if (!text_is_null(want) && text_is_null(issuer))
        return jwt__refuse(reading, JWT_FAULT_ISSUER, "it has no `iss`");
    if (!text_is_null(want) && !text_equal(issuer, want))
        return jwt__refuse(reading, JWT_FAULT_ISSUER,
                           "`iss` is not the issuer we trust");
    reading->jwt->issuer = issuer;
    return 0;
}

/* One text, or a list of texts. */
static bool read_audience(const struct node *audience, struct text want,
                          bool *ret_found)
{
    bool found = false;

    if (node_type(audience) == NODE_TEXT) {
        *ret_found = text_equal(node_text(audience), want);
        return true;
    }
    if (node_type(audience) != NODE_LIST)
        return false;
    for (size_t i = 0; i < node_count(audience); i++) {
        if (node_type(node_item(audience, i)) != NODE_TEXT)
            return false;
        found |= text_equal(node_text(node_item(audience, i)), want);
    }
    *ret_found = found;
    return true;
}

/* RFC 7519 § 4.1.3: a token that is for somebody is for nobody else. */
static int check_audience(struct jwt_reading *reading,
                          const struct node *claims)
{
    const struct node *audience = node_member(claims, "aud");
    struct text want = reading->rules->audience;
    bool found = false;

    if (!audience && text_is_null(want))
        return 0;
    if (!audience)
        return jwt__refuse(reading, JWT_FAULT_AUDIENCE, "it has no `aud`");
    if (!read_audience(audience, want, &found))
        return jwt__refuse(reading, JWT_FAULT_AUDIENCE,
                           "`aud` is neither text nor a list of texts");
    if (text_is_null(want))
        return jwt__refuse(reading, JWT_FAULT_AUDIENCE,
                           "it is for an audience, and we have no name");
    if (!found)
        return jwt__refuse(reading, JWT_FAULT_AUDIENCE,
                           "`aud` does not name us");
    return 0;
}

static int read_subject(struct jwt_reading *reading, const struct node *claims)
{
    struct text subject;
    size_t len;
    int r = jwt__read_text(reading, JWT_FAULT_CLAIM, claims, "sub", &subject);

    if (r < 0)
        return r;
    if (text_is_null(subject))
        return jwt__refuse(reading, JWT_FAULT_CLAIM, "it has no `sub`");
    len = text_code_points(subject);
    if (len < 1 || len > JWT_SUBJECT_MAX)
        return jwt__refuse(reading, JWT_FAULT_CLAIM,
                           "`sub` has %zu characters: must be 1 to %d", len,
                           JWT_SUBJECT_MAX);
    reading->jwt->subject = subject;
    return 0;
}

int jwt__read_claims(struct jwt_reading *reading, struct text bytes)
{
    CLEANUP(document_free) struct document *document = NULL;
    const struct node *claims;
    int r = jwt__parse(reading, "payload", bytes, &document);

    if (r < 0)
        return r;
    claims = document_root(document);
    r = check_issuer(reading, claims);
    if (r == 0)
        r = check_audience(reading, claims);
    if (r == 0)
        r = read_subject(reading, claims);
    if (r == 0)
        r = jwt__read_text(reading, JWT_FAULT_CLAIM, claims, "scope",
                           &reading->jwt->scope);
    if (r == 0)
        r = check_times(reading, claims);
    return r;
}
