/* SPDX-License-Identifier: MIT */
#include "redis/link_impl.h"

#include "base/check.h"
#include "base/fault.h"
#include "base/memory.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024, READS_A_TURN = 16 };

/* --- commands ------------------------------------------------------------- */

static void free_command(struct command **command)
{
    timer_stop(&(*command)->timer);
    list_remove(&(*command)->line);
    redis_reply_free(&(*command)->reply);
    memory_free(command);
}

static void tell(struct command *command)
{
    struct redis_reply *reply = command->reply;

    command->reply = NULL;
    command->answered(command->arg, command->result, reply);
}

static void answer(struct command *command, int result,
                   struct redis_reply *reply)
{
    command->result = result;
    command->reply = reply;
    command->link = NULL;
    timer_stop(&command->timer);
    list_remove(&command->line);
    if (command->waiter)
        fiber_wake(command->waiter);
    if (command->answered)
        tell(command);
    if (command->released)
        free_command(&command);
}

static void on_late(void *arg)
{
    struct command *command = arg;

    link_fail(command->link, -ERR_DEADLINE, "it did not answer in time");
}

static void add_count(struct buffer *out, char of, size_t count)
{
    buffer_add_byte(out, of);
    buffer_add_int(out, (int64_t)count);
    buffer_add(out, "\r\n", 2);
}

static void add_words(struct buffer *out, const struct text *words,
                      unsigned count)
{
    add_count(out, '*', count);
    for (unsigned i = 0; i < count; i++) {
        add_count(out, '$', words[i].len);
        buffer_add_text(out, words[i]);
        buffer_add(out, "\r\n", 2);
    }
}

struct command *link_send(struct link *link, const struct text *words,
                          unsigned count, struct deadline until)
{
    struct command *command = NEW(struct command);

    OBJ_CHECK(link, LINK_MAGIC);
    list_init(&command->line);
    timer_init(&command->timer, link->loop, on_late, command);
    if (link->dead) {
        command->result = -ERR_LINK_LOST;
        return command;
    }
    command->link = link;
    list_push_back(&link->line, &command->line);
    timer_set(&command->timer, until);
    add_words(&link->out, words, count);
    if (buffer_overflown(&link->out))
        link_fail(link, -ERR_LINK_LOST, "it does not take what is sent");
    else
        turn_hook_ask(link->loop, &link->hook);
    return command;
}

/* The timer ends the wait. */
int command_wait(struct command **command_at, struct redis_reply **ret_reply)
{
    struct command *command = *command_at;
    int r = 0;

    *command_at = NULL;
    command->waiter = fiber_self();
    while (command->link && r == 0)
        r = fiber_wait(DEADLINE_NEVER);
    command->waiter = NULL;
    if (command->link) {
        command->released = true;
        return r;
    }
    r = command->result;
    if (ret_reply) {
        *ret_reply = command->reply;
        command->reply = NULL;
    }
    free_command(&command);
    return r;
}

void command_hand_over(struct command **command, answered_fn *answered,
                       void *arg)
{
    (*command)->answered = answered;
    (*command)->arg = arg;
    if (!(*command)->link)
        tell(*command);
    command_release(command);
}

void command_release(struct command **command)
{
    if (!*command)
        return;
    if ((*command)->link)
        (*command)->released = true;
    else
        free_command(command);
    *command = NULL;
}

/* --- its end -------------------------------------------------------------- */

static void lose(struct link *link, int code)
{
    struct list lost;

    list_init(&lost);
    list_append_all(&lost, &link->line);
    list_each_safe (&lost, struct command, command, line)
        answer(command, code, NULL);
}

void link_fail(struct link *link, int code, const char *why)
{
    OBJ_CHECK(link, LINK_MAGIC);
    if (link->dead)
        return;
    link->dead = true;
    turn_hook_cancel(&link->hook);
    watch_free(&link->watch);
    close(link->fd);
    if (link->listener.lost)
        link->listener.lost(link->listener.arg, code, why);
    lose(link, code);
}

bool link_is_dead(const struct link *link)
{
    return link->dead;
}

/* --- writing -------------------------------------------------------------- */

/* sendto() and recvfrom(), as recv() and send() are the edge's (http/peer.h).
 */
static void send_all(void *arg)
{
    struct link *link = arg;
    ssize_t n =
        sendto(link->fd, link->out.at, link->out.len, MSG_NOSIGNAL, NULL, 0);

    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        link_fail(link, -ERR_LINK_LOST, "the connection was lost in sending");
        return;
    }
    if (n > 0)
        buffer_consume(&link->out, (size_t)n);
    watch_change(link->watch,
                 link->out.len > 0 ? WATCH_READ | WATCH_WRITE : WATCH_READ);
}

/* --- reading -------------------------------------------------------------- */

/* RESP2 tells messages from answers by their first word alone. */
static bool is_message(const struct redis_reply *reply)
{
    return reply->kind == REDIS_LIST && reply->count == 3 &&
           text_is(redis_reply_text(reply, 0), "message");
}

static void take(struct link *link, struct redis_reply *reply)
{
    struct command *command = list_first(&link->line, struct command, line);

    if (link->listener.message && is_message(reply)) {
        link->listener.message(link->listener.arg, redis_reply_text(reply, 1),
                               redis_reply_text(reply, 2));
        redis_reply_free(&reply);
    } else if (command) {
        answer(command, 0, reply);
    } else {
        redis_reply_free(&reply);
        link_fail(link, -ERR_LINK_LOST, "it said what it was not asked");
    }
}

static void take_all(struct link *link)
{
    struct redis_reply *reply = NULL;
    bool sound;

    do {
        sound = reply_reader_next(link->reader, &reply);
        if (sound && reply)
            take(link, reply);
    } while (sound && reply && !link->dead);
    if (!sound)
        link_fail(link, -ERR_LINK_LOST, "it does not speak as Redis does");
}

static bool read_once(struct link *link)
{
    char bytes[READ_BYTES];
    ssize_t n = recvfrom(link->fd, bytes, sizeof(bytes), 0, NULL, NULL);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) {
        link_fail(link, -ERR_LINK_LOST, "the connection was lost");
        return false;
    }
    if (!reply_reader_feed(link->reader, text_from(bytes, (size_t)n)))
        link_fail(link, -ERR_LINK_LOST, "an answer is too large");
    else
        take_all(link);
    return !link->dead && (size_t)n == sizeof(bytes);
}

static void on_ready(void *arg, int events)
{
    struct link *link = arg;

    if (fault_hit(FAULT_REDIS_LINK)) {
        link_fail(link, -ERR_LINK_LOST, "the fault redis_link is armed");
        return;
    }
    if (events & WATCH_WRITE)
        turn_hook_ask(link->loop, &link->hook);
    for (int i = 0; events & WATCH_READ && i < READS_A_TURN; i++)
        if (!read_once(link))
            return;
}

/* --- life ----------------------------------------------------------------- */

struct link *link__new(struct loop *loop, int fd,
                       const struct link_listener *listener)
{
    struct link *link = NEW(struct link);

    link->magic = LINK_MAGIC;
    link->loop = loop;
    link->fd = fd;
    link->listener = *listener;
    list_init(&link->line);
    buffer_init(&link->out, LINK_OUT_MAX);
    link->reader = reply_reader_new();
    turn_hook_init(&link->hook, TURN_FLUSH, send_all, link);
    CHECK(watch_new(loop, fd, WATCH_READ, on_ready, link, &link->watch) == 0);
    return link;
}

void link_free(struct link **link_at)
{
    struct link *link = *link_at;

    if (!link)
        return;
    OBJ_CHECK(link, LINK_MAGIC);
    link->listener.lost = NULL;
    link_fail(link, -ERR_LINK_LOST, "it was closed");
    buffer_fini(&link->out);
    reply_reader_free(&link->reader);
    link->magic = 0;
    memory_free(link_at);
}
