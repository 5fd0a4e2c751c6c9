/* SPDX-License-Identifier: MIT */
#include "support/wire.h"

#include "base/buffer.h"
#include "base/escape.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MS = 20000, READ_BYTES = 65536, RECORDED_BYTES_MAX = 1 << 20 };

static const char *need_environment(const char *name)
{
    const char *value = getenv(name);

    cr_assert_not_null(value, "%s is not set: run me by ./dev test", name);
    return value;
}

bool wire_try_open(struct wire *wire, const char *url)
{
    const char *port = strrchr(url, ':');
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    cr_assert_not_null(port);
    at.sin_port = htons((uint16_t)atoi(port + 1));
    *wire = (struct wire){ .method = "GET" };
    arena_init(&wire->arena, 64 * 1024 * 1024);
    wire->unread_capacity = READ_BYTES;
    wire->unread = memory_resize(NULL, READ_BYTES);
    wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(wire->fd, (struct sockaddr *)&at, sizeof(at)) == 0)
        return true;
    wire_close(wire);
    return false;
}

void wire_open(struct wire *wire)
{
    const char *url = need_environment("SERVICE_URL");

    cr_assert(wire_try_open(wire, url), "nobody listens at %s", url);
}

void wire_close(struct wire *wire)
{
    close(wire->fd);
    arena_fini(&wire->arena);
    memory_free(&wire->unread);
}

void wire_send(struct wire *wire, struct text bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = wire->way
                           ? wire->way->send(wire, bytes.at, bytes.len)
                           : send(wire->fd, bytes.at, bytes.len, MSG_NOSIGNAL);

        if (sent <= 0)
            return; /* refused half-way: the answer tells */
        bytes = text_skip(bytes, (size_t)sent);
    }
}

void wire_send_string(struct wire *wire, const char *bytes)
{
    wire_send(wire, text_of(bytes));
}

/* --- answers ------------------------------------------------------------- */

static ssize_t receive(struct wire *wire, void *to, size_t room)
{
    return wire->way ? wire->way->recv(wire, to, room)
                     : recv(wire->fd, to, room, 0);
}

static void wait_for_bytes(const struct wire *wire)
{
    struct pollfd poll_fd = { .fd = wire->fd, .events = POLLIN };

    cr_assert_eq(poll(&poll_fd, 1, ANSWER_MS), 1, "no answer in %d ms",
                 ANSWER_MS);
}

static bool read_more(struct wire *wire)
{
    ssize_t got;

    if (!wire->way) /* which may have more than the socket has */
        wait_for_bytes(wire);
    if (wire->unread_capacity - wire->unread_len < READ_BYTES) {
        wire->unread_capacity += READ_BYTES;
        wire->unread = memory_resize(wire->unread, wire->unread_capacity);
    }
    got = receive(wire, wire->unread + wire->unread_len, READ_BYTES);
    if (got > 0)
        wire->unread_len += (size_t)got;
    return got > 0;
}

static struct text take(struct wire *wire, size_t len)
{
    struct text t =
        text_from(arena_copy(&wire->arena, text_from(wire->unread, len)), len);

    wire->unread_len -= len;
    memmove(wire->unread, wire->unread + len, wire->unread_len);
    return t;
}

static size_t head_length(const struct wire *wire)
{
    const char *end = memmem(wire->unread, wire->unread_len, "\r\n\r\n", 4);

    return end ? (size_t)(end - wire->unread) + 4 : 0;
}

struct text answer_header(const struct answer *answer, const char *name)
{
    struct text rest = answer->head, line;

    while (text_cut(&rest, '\n', &line)) {
        struct text value = line, field;

        text_cut(&value, ':', &field);
        if (!text_equal_nocase(field, text_of(name)) || text_is_null(value))
            continue;
        if (value.len > 0 && value.at[value.len - 1] == '\r')
            value.len--;
        return text_trim(value);
    }
    return TEXT_NULL;
}

bool answer_has(const struct answer *answer, const char *part)
{
    return answer->body.len > 0 && memmem(answer->body.at, answer->body.len,
                                          part, strlen(part)) != NULL;
}

static void add_json(struct buffer *line, const char *name, struct text value)
{
    size_t most = value.len * ESCAPE_JSON_GROWTH + 1;
    char *at;

    buffer_add_format(line, "%s\"%s\":\"", line->len > 1 ? "," : "", name);
    at = buffer_room(line, most);
    buffer_grew(line, (size_t)(escape_json(at, at + most, value, NULL) - at));
    buffer_add_byte(line, '"');
}

static void record(const struct wire *wire, const struct answer *answer)
{
    const char *path = getenv("WIRE_RECORD");
    struct buffer line;
    FILE *file = path ? fopen(path, "a") : NULL;

    if (!file)
        return;
    buffer_init(&line, 8 * RECORDED_BYTES_MAX);
    buffer_add_byte(&line, '{');
    add_json(&line, "method", text_of(wire->method));
    add_json(&line, "path", text_of(wire->path));
    add_json(&line, "head", answer->head);
    add_json(&line, "body", answer->body);
    buffer_add_format(&line, ",\"status\":%d}\n", answer->status);
    flock(fileno(file), LOCK_EX); /* tests run side by side */
    fwrite(line.at, 1, line.len, file);
    fclose(file);
    buffer_fini(&line);
}

/* --- chunks (RFC 9112 § 7.1) ---------------------------------------------- */

static size_t line_length(const struct wire *wire)
{
    const char *end = memmem(wire->unread, wire->unread_len, "\r\n", 2);

    return end ? (size_t)(end - wire->unread) + 2 : 0;
}

static void drop(struct wire *wire, size_t len)
{
    wire->unread_len -= len;
    memmove(wire->unread, wire->unread + len, wire->unread_len);
}

/* False where the connection ended in the middle of it. */
static bool take_chunk(struct wire *wire, struct buffer *body, bool *ret_last)
{
    size_t line, size;

    while ((line = line_length(wire)) == 0)
        if (!read_more(wire))
            return false;
    size = strtoul(wire->unread, NULL, 16);
    while (wire->unread_len < line + size + 2)
        if (!read_more(wire))
            return false;
    buffer_add(body, wire->unread + line, size);
    drop(wire, line + size + 2);
    *ret_last = size == 0;
    return true;
}

static void take_chunks(struct wire *wire, struct answer *answer)
{
    struct buffer body;
    bool last = false;

    buffer_init(&body, 1024 * 1024 * 1024);
    while (!last && !answer->cut)
        answer->cut = !take_chunk(wire, &body, &last);
    answer->body =
        text_from(arena_copy(&wire->arena, buffer_text(&body)), body.len);
    cr_assert_not_null(answer->body.at, "the body is longer than the arena");
    buffer_fini(&body);
}

static bool is_chunked(const struct answer *answer)
{
    return text_equal_nocase(answer_header(answer, "Transfer-Encoding"),
                             TEXT("chunked"));
}

static void take_body(struct wire *wire, struct answer *answer)
{
    int64_t length = 0;

    if (is_chunked(answer)) {
        take_chunks(wire, answer);
        return;
    }
    if (!text_to_int64(answer_header(answer, "Content-Length"), &length))
        cr_assert(answer->status == 204, "no Content-Length in %s",
                  answer->head.at);
    while (wire->unread_len < (size_t)length)
        cr_assert(read_more(wire), "the body ends early");
    answer->body = take(wire, (size_t)length);
}

/* --- whole answers -------------------------------------------------------- */

bool wire_wait_for(struct wire *wire, size_t bytes)
{
    while (wire->unread_len < bytes)
        if (!read_more(wire))
            return false;
    return true;
}

struct answer wire_read(struct wire *wire, bool without_body)
{
    struct answer answer = { 0 };

    while (head_length(wire) == 0)
        if (!read_more(wire)) {
            answer.closed = true;
            return answer;
        }
    answer.head = take(wire, head_length(wire));
    answer.status = atoi(answer.head.at + strlen("HTTP/1.1 "));
    if (answer.status == 100)
        return wire_read(wire, without_body);
    if (!without_body && answer.status != 304)
        take_body(wire, &answer);
    answer.closed =
        text_equal_nocase(answer_header(&answer, "Connection"), TEXT("close"));
    if (!without_body && wire->path && answer.body.len <= RECORDED_BYTES_MAX)
        record(wire, &answer);
    return answer;
}

bool wire_is_closed(struct wire *wire)
{
    struct pollfd poll_fd = { .fd = wire->fd, .events = POLLIN };
    char byte;

    return poll(&poll_fd, 1, 1000) == 1 &&
           recv(wire->fd, &byte, 1, MSG_PEEK) <= 0;
}

/* --- scenarios ----------------------------------------------------------- */

static void split_request(struct wire *wire, const char *request)
{
    const char *space = strchr(request, ' ');

    cr_assert_not_null(space, "\"%s\" is no request", request);
    wire->method =
        arena_copy(&wire->arena, text_from(request, (size_t)(space - request)));
    wire->path = arena_copy(&wire->arena, text_of(space + 1));
}

struct answer wire_step(struct wire *wire, const struct step *step)
{
    struct buffer out;
    struct answer answer;

    split_request(wire, step->request);
    buffer_init(&out, 64 * 1024 * 1024);
    buffer_add_format(&out, "%s HTTP/1.1\r\nHost: test\r\n%s", step->request,
                      step->headers ? step->headers : "");
    if (step->as_admin)
        buffer_add_format(&out, "Authorization: Bearer %s\r\n",
                          need_environment("ADMIN_TOKEN"));
    if (step->body && !(step->headers && strstr(step->headers, "Content-Type")))
        buffer_add_string(&out, "Content-Type: application/json\r\n");
    if (step->body)
        buffer_add_format(&out, "Content-Length: %zu\r\n", strlen(step->body));
    buffer_add_format(&out, "\r\n%s", step->body ? step->body : "");
    wire_send(wire, buffer_text(&out));
    buffer_fini(&out);
    answer = wire_read(wire, strcmp(wire->method, "HEAD") == 0);
    return answer;
}

static void judge(const char *scenario, const struct step *step,
                  const struct answer *answer)
{
    char code[80];

    cr_expect_eq(answer->status, step->expect,
                 "%s: %s: status %d, not %d\n%.*s", scenario, step->request,
                 answer->status, step->expect, TEXT_ARG(answer->body));
    if (step->code) {
        snprintf(code, sizeof(code), "\"code\":\"%s\"", step->code);
        cr_expect(answer_has(answer, code), "%s: %s: no %s in\n%.*s", scenario,
                  step->request, code, TEXT_ARG(answer->body));
    }
    if (step->has)
        cr_expect(answer_has(answer, step->has), "%s: %s: no %s in\n%.*s",
                  scenario, step->request, step->has, TEXT_ARG(answer->body));
    if (step->header) {
        struct text name, value = text_of(step->header);

        text_cut(&value, ':', &name);
        cr_expect(text_equal(answer_header(answer, strndupa(name.at, name.len)),
                             text_trim(value)),
                  "%s: %s: no %s in\n%.*s", scenario, step->request,
                  step->header, TEXT_ARG(answer->head));
    }
}

void run_steps(const char *scenario, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct answer answer;
        struct wire wire;

        wire_open(&wire);
        answer = wire_step(&wire, &steps[i]);
        judge(scenario, &steps[i], &answer);
        wire_close(&wire);
    }
}
