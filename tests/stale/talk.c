/* SPDX-License-Identifier: MIT */
#include "stale/talk.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { MESSAGE_MAX = 1 << 20, READ_BYTES = 16 << 10, ANSWER_S = 10 };

bool talk_init(struct talk *talk, const char *url)
{
    const char *port = strrchr(url, ':');

    *talk = (struct talk){ .fd = -1 };
    buffer_init(&talk->out, MESSAGE_MAX);
    buffer_init(&talk->in, MESSAGE_MAX);
    talk->at.sin_family = AF_INET;
    talk->at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    talk->at.sin_port =
        htons((uint16_t)(port ? strtoul(port + 1, NULL, 10) : 0));
    return text_starts_with(text_of(url), "http://127.0.0.1:") &&
           talk->at.sin_port != 0;
}

static struct said broken(struct talk *talk)
{
    if (talk->fd >= 0)
        close(talk->fd);
    talk->fd = -1;
    return (struct said){ .version = -1 };
}

void talk_fini(struct talk *talk)
{
    broken(talk);
    buffer_fini(&talk->out);
    buffer_fini(&talk->in);
}

static bool connected(struct talk *talk)
{
    const struct timeval limit = { .tv_sec = ANSWER_S };
    int on = 1;

    if (talk->fd >= 0)
        return true;
    talk->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(talk->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(talk->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(talk->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    return connect(talk->fd, (struct sockaddr *)&talk->at, sizeof(talk->at)) ==
           0;
}

static bool send_all(struct talk *talk)
{
    struct text rest = buffer_text(&talk->out);

    while (rest.len > 0) {
        ssize_t sent = send(talk->fd, rest.at, rest.len, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        rest = text_skip(rest, (size_t)sent);
    }
    return true;
}

static bool read_more(struct talk *talk)
{
    char *room = buffer_room(&talk->in, READ_BYTES);
    ssize_t got = room ? recv(talk->fd, room, READ_BYTES, 0) : 0;

    if (got > 0)
        buffer_grew(&talk->in, (size_t)got);
    return got > 0;
}

static void write_request(struct talk *talk, const struct asked *asked)
{
    buffer_clear(&talk->out);
    buffer_add_format(&talk->out, "%s %s HTTP/1.1\r\nHost: stale\r\n%s",
                      asked->method, asked->path, asked->fields);
    if (asked->body)
        buffer_add_format(&talk->out,
                          "Content-Type: application/json\r\n"
                          "Content-Length: %zu\r\n",
                          strlen(asked->body));
    buffer_add_format(&talk->out, "\r\n%s", asked->body ? asked->body : "");
}

struct text said_field(const struct said *said, const char *name)
{
    struct text rest = said->head, line;

    while (text_cut(&rest, '\n', &line)) {
        struct text value = line, field;

        if (text_cut(&value, ':', &field) && !text_is_null(value) &&
            text_equal_nocase(field, text_of(name))) {
            value.len -= value.len > 0 && value.at[value.len - 1] == '\r';
            return text_trim(value);
        }
    }
    return TEXT_NULL;
}

/* "17" of ETag: "17" */
static int64_t version_of(const struct said *said)
{
    struct text tag = said_field(said, "ETag");
    int64_t version;

    if (tag.len < 3 ||
        !text_to_int64(text_from(tag.at + 1, tag.len - 2), &version))
        return -1;
    return version;
}

static bool read_answer(struct talk *talk, struct said *said)
{
    const char *end;
    int64_t length = 0;
    size_t head;

    buffer_clear(&talk->in);
    while (!(end = talk->in.len
                       ? memmem(talk->in.at, talk->in.len, "\r\n\r\n", 4)
                       : NULL))
        if (!read_more(talk))
            return false;
    head = (size_t)(end - talk->in.at) + 4;
    said->head = text_from(talk->in.at, head);
    said->status = atoi(talk->in.at + strlen("HTTP/1.1 "));
    if (said->status != 204 && said->status != 304 &&
        !text_to_int64(said_field(said, "Content-Length"), &length))
        return false;
    while (talk->in.len < head + (size_t)length)
        if (!read_more(talk))
            return false;
    said->head = text_from(talk->in.at, head); /* it may have moved */
    said->body = text_from(talk->in.at + head, (size_t)length);
    said->version = version_of(said);
    return true;
}

struct said talk_ask(struct talk *talk, const struct asked *asked)
{
    struct said said = { .version = -1 };

    write_request(talk, asked);
    if (!connected(talk) || !send_all(talk) || !read_answer(talk, &said))
        return broken(talk);
    if (text_equal_nocase(said_field(&said, "Connection"), TEXT("close"))) {
        close(talk->fd);
        talk->fd = -1;
    }
    return said;
}
