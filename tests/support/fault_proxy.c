/* SPDX-License-Identifier: MIT */
/*
 * A network that can be broken: fault_proxy LISTEN TARGET
 *
 * Forwards every connection at LISTEN to TARGET, each "HOST:PORT" (IPv4) or
 * the path of a unix socket. Says "ready HOST:PORT" on standard output, then
 * takes one command a line from standard input and answers each by a line, "ok"
 * or "error …"; it ends with its input. What a command says holds, for the
 * connections there are and those to come, until `heal`.
 *
 *     latency MS [JITTER]    every run of bytes arrives MS ± JITTER later
 *     mark TEXT              whose client sends this from now on is marked
 *     blackhole [up|down]    nothing arrives; what was sent does when healed
 *     blackhole marked       the same for those that are marked
 *     reset [RATE]           all connections now, or each run by this chance
 *     cut N up|down          each when N more bytes have passed that way
 *     cut after TEXT         once: when the client has sent this, and it passed
 *     cut before TEXT        once: instead of passing it on
 *     slice N                in runs of at most N bytes
 *     corrupt RATE           each byte is another by this chance
 *     refuse                 no new connections
 *     heal                   none of these any more
 *     stats                  "name=count …": what passed, what was injected
 *
 * "up" is from client to target. One thread, poll(), nothing but libc.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LINKS_MAX = 1024, RUN_BYTES = 16 * 1024, HELD_MAX = 1024 * 1024 };
enum way { UP, DOWN, WAYS };

/* Bytes on their way, not before their time. */
struct run {
    struct run *next;
    uint64_t due_ms;
    size_t len, sent;
    char bytes[];
};

struct half {
    int from, to;
    struct run *first, **last;
    size_t held;
    uint64_t due_ms; /* the last one's */
    uint64_t passed; /* bytes since the last `cut N` */
    bool ended;      /* the sender has closed */
};

struct link {
    bool open, marked;
    struct half ways[WAYS];
};

static struct link links[LINKS_MAX];
static struct pollfd polled[2 + 2 * LINKS_MAX];
static int listener = -1;
static struct sockaddr_storage listen_at, target_at;
static socklen_t listen_len, target_len;
static char mark_text[256]; /* stays when all is healed */

static struct {
    unsigned latency_ms, jitter_ms;
    bool blackhole[WAYS], blackhole_marked, refuse;
    double reset, corrupt;
    uint64_t cut_at[WAYS]; /* 0: not at all */
    char cut_text[256];
    bool cut_before;
    size_t slice;
} faults;

enum figure {
    ACCEPTED,
    REFUSED,
    BYTES_UP,
    BYTES_DOWN,
    DELAYED,
    HELD,
    RESETS,
    CUTS,
    SLICES,
    CORRUPTED,
    STATS
};
static const char *const stat_names[STATS] = {
    "accepted", "refused", "bytes_up", "bytes_down", "delayed",
    "held",     "resets",  "cuts",     "slices",     "corrupted",
};
static unsigned long long stats[STATS];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool chance(double rate)
{
    return rate > 0 && drand48() < rate;
}

/* --- addresses ----------------------------------------------------------- */

static socklen_t parse_address(const char *text, struct sockaddr_storage *ret)
{
    struct sockaddr_un *local = (struct sockaddr_un *)(void *)ret;
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)ret;
    const char *colon = strrchr(text, ':');
    char host[64];

    memset(ret, 0, sizeof(*ret));
    if (text[0] == '/') {
        local->sun_family = AF_UNIX;
        snprintf(local->sun_path, sizeof(local->sun_path), "%s", text);
        return sizeof(*local);
    }
    snprintf(host, sizeof(host), "%.*s",
             colon ? (int)(colon - text) : (int)strlen(text), text);
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)(colon ? atoi(colon + 1) : 0));
    if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
        die(text);
    return sizeof(*in);
}

static void start_listening(void)
{
    struct sockaddr_un *local = (struct sockaddr_un *)(void *)&listen_at;
    int on = 1;

    if (local->sun_family == AF_UNIX)
        unlink(local->sun_path);
    listener = socket(listen_at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(listener, (void *)&listen_at, listen_len) < 0 ||
        listen(listener, 128) < 0)
        die("listen");
    getsockname(listener, (void *)&listen_at, &listen_len);
}

static void tell_address(void)
{
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)&listen_at;

    if (in->sin_family == AF_INET)
        printf("ready 127.0.0.1:%u\n", ntohs(in->sin_port));
    else
        printf("ready %s\n",
               ((struct sockaddr_un *)(void *)&listen_at)->sun_path);
}

/* --- links --------------------------------------------------------------- */

static void drop_runs(struct half *half)
{
    while (half->first) {
        struct run *run = half->first;

        half->first = run->next;
        free(run);
    }
}

static void close_link(struct link *link)
{
    close(link->ways[UP].from);
    close(link->ways[DOWN].from);
    drop_runs(&link->ways[UP]);
    drop_runs(&link->ways[DOWN]);
    link->open = false;
}

/* Both sides get a reset; a unix socket, which has none, its end. */
static void reset_link(struct link *link)
{
    struct linger at_once = { .l_onoff = 1 };

    for (enum way way = UP; way < WAYS; way++)
        setsockopt(link->ways[way].from, SOL_SOCKET, SO_LINGER, &at_once,
                   sizeof(at_once));
    close_link(link);
}

static void cut_link(struct link *link)
{
    stats[CUTS]++;
    reset_link(link);
}

static void init_half(struct half *half, int from, int to)
{
    *half = (struct half){ .from = from, .to = to };
    half->last = &half->first;
}

static void open_link(struct link *link, int client, int target)
{
    int on = 1;

    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(target, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    fcntl(client, F_SETFL, O_NONBLOCK);
    init_half(&link->ways[UP], client, target);
    init_half(&link->ways[DOWN], target, client);
    link->open = true;
    link->marked = false;
}

static struct link *free_link(void)
{
    for (int i = 0; i < LINKS_MAX; i++)
        if (!links[i].open)
            return &links[i];
    return NULL;
}

/* A target that does not take it yet may take it later. */
static bool reach(int target)
{
    return connect(target, (void *)&target_at, target_len) == 0 ||
           errno == EINPROGRESS;
}

static void accept_one(void)
{
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    int target = socket(target_at.ss_family,
                        SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct link *link = free_link();

    if (client >= 0 && link && reach(target)) {
        stats[ACCEPTED]++;
        stats[HELD] += faults.blackhole[UP] || faults.blackhole[DOWN];
        open_link(link, client, target);
        return;
    }
    stats[REFUSED]++;
    close(client);
    close(target);
}

/* --- bytes --------------------------------------------------------------- */

static void corrupt(char *at, size_t len)
{
    for (size_t i = 0; i < len && faults.corrupt > 0; i++) {
        if (!chance(faults.corrupt))
            continue;
        at[i] = (char)(at[i] ^ (1 + lrand48() % 255));
        stats[CORRUPTED]++;
    }
}

static uint64_t due_time(struct half *half)
{
    double spread = (drand48() * 2 - 1) * faults.jitter_ms;
    double delay = faults.latency_ms + spread;
    uint64_t due = now_ms() + (delay > 0 ? (uint64_t)delay : 0);

    if (faults.latency_ms == 0)
        return 0;
    stats[DELAYED]++;
    half->due_ms = due > half->due_ms ? due : half->due_ms;
    return half->due_ms; /* nothing overtakes */
}

static void add_run(struct half *half, const char *at, size_t len)
{
    struct run *run = malloc(sizeof(*run) + len);

    if (!run)
        die("memory");
    *run = (struct run){ .due_ms = due_time(half), .len = len };
    memcpy(run->bytes, at, len);
    corrupt(run->bytes, len);
    *half->last = run;
    half->last = &run->next;
    half->held += len;
}

/* In slices, each a run; the last one ends where the bytes do. */
static void add_bytes(struct half *half, const char *at, size_t len)
{
    while (len > 0) {
        size_t n = faults.slice && faults.slice < len ? faults.slice : len;

        stats[SLICES] += faults.slice > 0;
        add_run(half, at, n);
        at += n;
        len -= n;
    }
}

/* How many of these bytes may pass before the link is cut; -1: no cut here. */
static ssize_t cut_place(struct half *half, enum way way, const char *at,
                         size_t len)
{
    const char *found =
        way == UP && faults.cut_text[0]
            ? memmem(at, len, faults.cut_text, strlen(faults.cut_text))
            : NULL;

    if (found) {
        faults.cut_text[0] = '\0';
        return faults.cut_before ? 0 : (ssize_t)len;
    }
    half->passed += len;
    if (faults.cut_at[way] == 0 || half->passed < faults.cut_at[way])
        return -1;
    return (ssize_t)(len - (half->passed - faults.cut_at[way]));
}

/* Writes what is due; false when the other side is gone. */
static bool flush_half(struct half *half)
{
    while (half->first && half->first->due_ms <= now_ms()) {
        struct run *run = half->first;
        ssize_t n = send(half->to, run->bytes + run->sent, run->len - run->sent,
                         MSG_NOSIGNAL);

        if (n < 0)
            return errno == EAGAIN;
        run->sent += (size_t)n;
        if (run->sent < run->len)
            return true;
        half->held -= run->len;
        half->first = run->next;
        if (!half->first)
            half->last = &half->first;
        free(run);
        if (faults.slice)
            return true; /* the next one by itself */
    }
    return true;
}

static void pass(struct link *link, enum way way, const char *at, size_t len)
{
    struct half *half = &link->ways[way];
    ssize_t until = cut_place(half, way, at, len);
    size_t n = until < 0 ? len : (size_t)until;

    link->marked |= way == UP && mark_text[0] &&
                    memmem(at, len, mark_text, strlen(mark_text));
    stats[way == UP ? BYTES_UP : BYTES_DOWN] += n;
    add_bytes(half, at, n);
    if (until >= 0) {
        while (half->first && flush_half(half) && half->first)
            ;
        cut_link(link);
    } else if (chance(faults.reset)) {
        stats[RESETS]++;
        reset_link(link);
    }
}

static void read_some(struct link *link, enum way way)
{
    struct half *half = &link->ways[way];
    char bytes[RUN_BYTES];
    ssize_t n = recv(half->from, bytes, sizeof(bytes), 0);

    if (n > 0)
        pass(link, way, bytes, (size_t)n);
    else if (n == 0)
        half->ended = true;
    else if (errno != EAGAIN)
        reset_link(link);
}

/* The end of one side follows its bytes. */
static void end_half(struct link *link, enum way way)
{
    struct half *half = &link->ways[way];

    if (!half->ended || half->first || half->to < 0)
        return;
    shutdown(half->to, SHUT_WR);
    half->to = -1;
    if (link->ways[UP].to < 0 && link->ways[DOWN].to < 0)
        close_link(link);
}

static bool is_held(const struct link *link, enum way way)
{
    return faults.blackhole[way] || (faults.blackhole_marked && link->marked);
}

static void work_on(struct link *link, enum way way, short events)
{
    if (!link->open || is_held(link, way))
        return;
    if (events & (POLLIN | POLLHUP | POLLERR) && !link->ways[way].ended)
        read_some(link, way);
    if (link->open && !flush_half(&link->ways[way]))
        reset_link(link);
    if (link->open)
        end_half(link, way);
}

/* --- commands ------------------------------------------------------------ */

static const char *set_latency(const char *args)
{
    faults.jitter_ms = 0;
    return sscanf(args, "%u %u", &faults.latency_ms, &faults.jitter_ms) >= 1
               ? "ok"
               : "error: latency MS [JITTER]";
}

static const char *set_blackhole(const char *args)
{
    bool marked = strcmp(args, "marked") == 0;
    bool up = strcmp(args, "down") != 0, down = strcmp(args, "up") != 0;

    faults.blackhole_marked |= marked;
    faults.blackhole[UP] |= up && !marked;
    faults.blackhole[DOWN] |= down && !marked;
    for (int i = 0; i < LINKS_MAX; i++)
        stats[HELD] += links[i].open && (!marked || links[i].marked);
    return "ok";
}

static const char *set_mark(const char *args)
{
    return sscanf(args, "%255[^\n]", mark_text) == 1 ? "ok"
                                                     : "error: mark TEXT";
}

static const char *set_reset(const char *args)
{
    if (sscanf(args, "%lf", &faults.reset) == 1)
        return "ok";
    for (int i = 0; i < LINKS_MAX; i++) {
        if (!links[i].open)
            continue;
        stats[RESETS]++;
        reset_link(&links[i]);
    }
    return "ok";
}

static const char *set_cut(const char *args)
{
    unsigned long long bytes;
    char way[8], when[8];

    if (sscanf(args, "%llu %7s", &bytes, way) == 2 && bytes > 0) {
        enum way w = strcmp(way, "up") == 0 ? UP : DOWN;

        faults.cut_at[w] = bytes;
        for (int i = 0; i < LINKS_MAX; i++)
            links[i].ways[w].passed = 0;
        return "ok";
    }
    if (sscanf(args, "%7s %255[^\n]", when, faults.cut_text) != 2)
        return "error: cut N up|down, cut after TEXT, cut before TEXT";
    faults.cut_before = strcmp(when, "before") == 0;
    return "ok";
}

static const char *set_slice(const char *args)
{
    return sscanf(args, "%zu", &faults.slice) == 1 ? "ok" : "error: slice N";
}

static const char *set_corrupt(const char *args)
{
    return sscanf(args, "%lf", &faults.corrupt) == 1 ? "ok"
                                                     : "error: corrupt RATE";
}

static const char *set_refuse(const char *args)
{
    (void)args;
    faults.refuse = true;
    if (listener >= 0)
        close(listener);
    listener = -1;
    return "ok";
}

static const char *heal(const char *args)
{
    (void)args;
    memset(&faults, 0, sizeof(faults));
    if (listener < 0)
        start_listening();
    return "ok";
}

static const char *tell_stats(const char *args)
{
    static char line[512];
    size_t len = 0, open = 0;

    (void)args;
    for (int i = 0; i < STATS; i++)
        len += (size_t)snprintf(line + len, sizeof(line) - len, "%s=%llu ",
                                stat_names[i], stats[i]);
    for (int i = 0; i < LINKS_MAX; i++)
        open += links[i].open;
    snprintf(line + len, sizeof(line) - len, "open=%zu", open);
    return line;
}

static const struct {
    const char *name;
    const char *(*run)(const char *args);
} commands[] = {
    { "latency", set_latency }, { "blackhole", set_blackhole },
    { "reset", set_reset },     { "cut", set_cut },
    { "slice", set_slice },     { "corrupt", set_corrupt },
    { "refuse", set_refuse },   { "heal", heal },
    { "mark", set_mark },       { "stats", tell_stats },
};

static const char *run_command(const char *line)
{
    size_t len = strcspn(line, " ");

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strlen(commands[i].name) == len &&
            strncmp(line, commands[i].name, len) == 0)
            return commands[i].run(line[len] ? line + len + 1 : line + len);
    return "error: no such command";
}

/* Lines, of which the last may still be on its way. */
static void read_commands(void)
{
    static char text[4096];
    static size_t have;
    ssize_t n = read(STDIN_FILENO, text + have, sizeof(text) - 1 - have);
    char *at = text, *end;

    if (n <= 0)
        exit(0);
    have += (size_t)n;
    text[have] = '\0';
    while ((end = strchr(at, '\n')) != NULL) {
        *end = '\0';
        puts(run_command(at));
        at = end + 1;
    }
    have = strlen(at);
    memmove(text, at, have + 1);
}

/* --- the loop ------------------------------------------------------------ */

static short wanted(const struct link *link, enum way way)
{
    const struct half *half = &link->ways[way];

    return link->open && !is_held(link, way) && !half->ended &&
                   half->held < HELD_MAX
               ? POLLIN
               : 0;
}

/* Until the next run is due, or a full receiver may take more. */
static int patience_ms(void)
{
    uint64_t now = now_ms(), next = now + 1000;

    for (int i = 0; i < LINKS_MAX; i++) {
        for (enum way way = UP; links[i].open && way < WAYS; way++) {
            const struct run *run = links[i].ways[way].first;
            uint64_t at = run && run->due_ms > now ? run->due_ms : now + 1;

            if (run && !is_held(&links[i], way) && at < next)
                next = at;
        }
    }
    return (int)(next - now);
}

static void turn(void)
{
    polled[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
    polled[1] = (struct pollfd){ .fd = listener, .events = POLLIN };
    for (int i = 0; i < LINKS_MAX; i++) {
        for (enum way way = UP; way < WAYS; way++) {
            short events = wanted(&links[i], way);

            polled[2 + 2 * i + (int)way] = (struct pollfd){
                .fd = events ? links[i].ways[way].from : -1,
                .events = events,
            };
        }
    }
    if (poll(polled, 2 + 2 * LINKS_MAX, patience_ms()) < 0 && errno != EINTR)
        die("poll");
    for (int i = 0; i < LINKS_MAX; i++)
        for (enum way way = UP; way < WAYS; way++)
            work_on(&links[i], way, polled[2 + 2 * i + (int)way].revents);
    if (polled[1].revents)
        accept_one();
    if (polled[0].revents)
        read_commands();
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("fault_proxy LISTEN TARGET\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    listen_len = parse_address(argv[1], &listen_at);
    target_len = parse_address(argv[2], &target_at);
    start_listening();
    tell_address();
    for (;;)
        turn();
}
