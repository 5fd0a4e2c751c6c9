/* SPDX-License-Identifier: MIT */
#include "http/head.h"

#include "base/check.h"

/* The next line without its CRLF; the gate has seen to it that there is one. */
static struct text take_line(struct text *rest)
{
    const char *end = memchr(rest->at, '\r', rest->len);
    struct text line;

    CHECK(end != NULL);
    line = text_from(rest->at, (size_t)(end - rest->at));
    *rest = text_skip(*rest, line.len + 2);
    return line;
}

static struct header split_field(struct text line)
{
    struct header header;
    struct text value = line;

    text_cut(&value, ':', &header.name);
    header.value = text_trim(value);
    return header;
}

static size_t count_fields(struct text rest)
{
    size_t lines = 0;

    for (const char *at = rest.at;
         (at = memchr(at, '\n', (size_t)(rest.at + rest.len - at))); at++)
        lines++;
    return lines - 1; /* the last line is empty */
}

int head_parse(struct request *request, struct text head)
{
    struct text line = take_line(&head), target = line, method;
    size_t count = count_fields(head);
    struct header *headers;

    text_cut(&target, ' ', &method);
    target.len -= strlen(" HTTP/1.1");
    request->method = method_parse(method);
    request->target = request->query = target;
    text_cut(&request->query, '?', &request->path);
    if (text_is_null(request->query))
        request->query = TEXT("");
    headers = ARENA_ARRAY(&request->arena, struct header, count ? count : 1);
    if (!headers)
        return -ERR_TOO_LARGE;
    for (size_t i = 0; i < count; i++)
        headers[i] = split_field(take_line(&head));
    request->headers = headers;
    request->header_count = count;
    return 0;
}

/* --- reducing ------------------------------------------------------------ */

static bool has_token(struct text list, struct text token)
{
    struct text item;

    while (text_cut(&list, ',', &item))
        if (text_equal_nocase(text_trim(item), token))
            return true;
    return false;
}

struct writer {
    char *end;
};

static void put(struct writer *w, struct text t)
{
    memmove(w->end, t.at, t.len); /* it may move down within the head */
    w->end += t.len;
}

static void put_field(struct writer *w, struct text name, struct text value)
{
    put(w, name);
    put(w, TEXT(":"));
    put(w, value);
    put(w, TEXT("\r\n"));
}

/* Fields are read before they are written over: each ends where it began. */
static void reduce_field(struct writer *w, struct header field, bool persists)
{
    static const struct text kept[] = { { "Content-Length", 14 },
                                        { "Transfer-Encoding", 17 },
                                        { "Expect", 6 } };

    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        if (text_equal_nocase(field.name, kept[i]))
            put_field(w, kept[i], field.value);
    if (text_equal_nocase(field.name, TEXT("Host")))
        put_field(w, TEXT("Host"), TEXT(""));
    if (!text_equal_nocase(field.name, TEXT("Connection")))
        return;
    if (has_token(field.value, TEXT("close")))
        put_field(w, TEXT("Connection"), TEXT("close"));
    else if (!persists && has_token(field.value, TEXT("keep-alive")))
        put_field(w, TEXT("Connection"), TEXT("keep-alive"));
}

size_t head_reduce(char *head, size_t len)
{
    struct text rest = text_from(head, len), line = take_line(&rest);
    struct text target = line, method;
    struct writer w = { head };
    bool persists = line.at[line.len - 1] == '1'; /* RFC 9112 § 9.3 */

    text_cut(&target, ' ', &method);
    w.end += method.len;
    put(&w, TEXT(" / "));
    put(&w, text_skip(line, line.len - strlen("HTTP/1.1")));
    put(&w, TEXT("\r\n"));
    while ((line = take_line(&rest)).len > 0)
        reduce_field(&w, split_field(line), persists);
    put(&w, TEXT("\r\n"));
    return (size_t)(w.end - head);
}

size_t head_plain(struct text passed)
{
    static const char plain[] = "GET / HTTP/1.1\r\nHost:\r\n\r\n";

    return text_starts_with(passed, plain) ? strlen(plain) : 0;
}
