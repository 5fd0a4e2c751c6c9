/* SPDX-License-Identifier: MIT */
#include "http/request.h"

#include "base/check.h"

struct text request_find(const struct request *request, struct text name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (text_equal_nocase(request->headers[i].name, name))
            return request->headers[i].value;
    return TEXT_NULL;
}

unsigned request_header_count(const struct request *request, const char *name)
{
    struct text wanted = text_of(name);
    unsigned count = 0;

    for (size_t i = 0; i < request->header_count; i++)
        count += text_equal_nocase(request->headers[i].name, wanted);
    return count;
}

int request_no_room(struct request *request)
{
    return REQUEST_FAIL(request, ERR_TOO_LARGE, "the request is too large");
}

struct text request_param(const struct request *request, const char *name)
{
    const struct route_match *match = &request->match;
    size_t i = 0;

    while (i < match->param_count && !text_is(match->params[i].name, name))
        i++;
    CHECK(i < match->param_count);
    return match->params[i].value;
}

int request_uuid(struct request *request, const char *name, struct uuid *ret_id)
{
    if (uuid_parse(request_param(request, name), ret_id))
        return 0;
    return REQUEST_FAIL(request, ERR_NOT_FOUND, "no object has this id");
}

static void fault_unknown(struct request *request, struct text name,
                          const char *known)
{
    const char *pointer = text_label(name).at;

    if (known)
        diag_violation(&request->diag, pointer, "unknown_parameter",
                       "is not known here, where %s is", known);
    else
        diag_violation(&request->diag, pointer, "unknown_parameter",
                       "is not known here, where no parameter is");
}

int request_parameters(struct request *request, const char *known)
{
    bool given = false;

    for (size_t i = 0; i < request->parameters.count; i++) {
        struct text name = request->parameters.items[i].name;

        if (!known || !text_is(name, known))
            fault_unknown(request, name, known);
        else if (given)
            diag_violation(&request->diag, known, "repeated",
                           "may be given only once");
        else
            given = true;
    }
    return diag_invalid(&request->diag, ERR_INVALID_PARAMETER);
}

static bool is_utf8_charset(struct text parameters)
{
    struct text piece;

    while (text_cut(&parameters, ';', &piece)) {
        struct text name, value = piece;

        text_cut(&value, '=', &name);
        if (!text_equal_nocase(text_trim(name), TEXT("charset")))
            continue;
        value = text_trim(value);
        if (value.len >= 2 && value.at[0] == '"')
            value = text_from(value.at + 1, value.len - 2);
        return text_equal_nocase(value, TEXT("utf-8"));
    }
    return true;
}

/* "application/json, application/merge-patch+json" */
static const char *list_types(struct request *request,
                              const char *const types[])
{
    const char *list = types[0];

    for (unsigned i = 1; types[i] && list; i++)
        list = arena_format(&request->arena, "%s, %s", list, types[i]);
    return list ? list : types[0];
}

int request_body_of(struct request *request, const char *const types[],
                    unsigned *ret_which, struct text *ret_body)
{
    struct text rest = request_header(request, "Content-Type"), type;
    unsigned which = 0;

    if (!text_is_null(request_header(request, "Content-Encoding")))
        return REQUEST_FAIL(request, ERR_UNSUPPORTED_MEDIA_TYPE,
                            "a body with a Content-Encoding is not taken");
    if (text_is_null(rest))
        return REQUEST_FAIL(request, ERR_UNSUPPORTED_MEDIA_TYPE,
                            "Content-Type is missing: send %s",
                            list_types(request, types));
    text_cut(&rest, ';', &type);
    while (types[which] &&
           !text_equal_nocase(text_trim(type), text_of(types[which])))
        which++;
    if (!types[which])
        return REQUEST_FAIL(request, ERR_UNSUPPORTED_MEDIA_TYPE,
                            "Content-Type must be %s",
                            list_types(request, types));
    if (!is_utf8_charset(rest))
        return REQUEST_FAIL(request, ERR_UNSUPPORTED_MEDIA_TYPE,
                            "the charset must be utf-8");
    *ret_which = which;
    *ret_body = request->body;
    return 0;
}

int request_body(struct request *request, const char *media_type,
                 struct text *ret_body)
{
    const char *const types[] = { media_type, NULL };
    unsigned which;

    return request_body_of(request, types, &which, ret_body);
}

/* Is the weight of these parameters zero ("q=0", "q=0.000")? */
static bool is_excluded(struct text parameters)
{
    struct text piece;

    while (text_cut(&parameters, ';', &piece)) {
        piece = text_trim(piece);
        if (piece.len < 3 || (piece.at[0] | 0x20) != 'q' || piece.at[1] != '=')
            continue;
        for (size_t i = 2; i < piece.len; i++)
            if (piece.at[i] != '0' && piece.at[i] != '.')
                return false;
        return true;
    }
    return false;
}

/* 3 for the type itself, 2 for its whole family, 1 for all, 0 for others. */
static int specificity(struct text range, struct text type, struct text subtype)
{
    struct text major, minor = range;

    text_cut(&minor, '/', &major);
    if (text_is(major, "*") && text_is(minor, "*"))
        return 1;
    if (!text_equal_nocase(major, type))
        return 0;
    if (text_is(minor, "*"))
        return 2;
    return text_equal_nocase(minor, subtype) ? 3 : 0;
}

bool request_accepts(const struct request *request, struct text type,
                     struct text subtype)
{
    struct text rest = request_header(request, "Accept"), item;
    bool accepted = false;
    int best = 0;

    if (text_is_null(rest) || text_trim(rest).len == 0)
        return true;
    while (text_cut(&rest, ',', &item)) {
        struct text range, parameters = item;
        int s;

        text_cut(&parameters, ';', &range);
        s = specificity(text_trim(range), type, subtype);
        if (s <= best)
            continue;
        best = s;
        accepted = text_is_null(parameters) || !is_excluded(parameters);
    }
    return accepted;
}
