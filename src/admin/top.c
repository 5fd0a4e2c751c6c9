/* SPDX-License-Identifier: MIT */
#include "admin/top.h"

#include "admin/exit.h"
#include "admin/report.h"
#include "admin/screen.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

enum { FRAME_BYTES_MAX = 4 << 20, COLUMNS = 80, ROWS = 24, WIDE = 200 };

struct top {
    const struct top_options *options;
    struct samples now;
    struct screen screen;
    struct termios before; /* the terminal, to be put back */
    int signals;
    bool raw;
    char trouble[REFUSAL_BYTES]; /* why the last asking failed; or empty */
};

/* --- asking ---------------------------------------------------------------
 */

static int ask(const struct top *top, struct buffer *body, struct diag *diag)
{
    const char *url = top->options->instance.url;
    int status = 0;
    int r =
        instance_get(&top->options->instance, "/metrics", body, &status, diag);

    if (r < 0 || status == 200)
        return r;
    return FAIL(
        diag, status == 401 || status == 403 ? ERR_FORBIDDEN : ERR_UNAVAILABLE,
        "%s answers %d to /metrics%s", url, status,
        status == 401 || status == 403
            ? ": give --token-file, of a caller with ops:metrics, or "
              "set public_metrics"
            : "");
}

/* Takes the next samples; the old ones stay where that fails. */
static int take(struct top *top, struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct samples next;
    int r;

    buffer_init(&body, INSTANCE_BYTES_MAX);
    r = ask(top, &body, diag);
    if (r < 0)
        return r;
    samples_read(&next, &body, clock_monotonic_ns());
    if (top->now.count > 0)
        samples_since(&next, &top->now);
    top->screen.seconds =
        top->now.count > 0
            ? (double)(next.taken_ns - top->now.taken_ns) / NS_PER_S
            : 1;
    samples_fini(&top->now);
    top->now = next;
    return 0;
}

/* --- drawing --------------------------------------------------------------
 */

static void measure(struct top *top)
{
    struct winsize size;

    top->screen.columns = COLUMNS;
    top->screen.rows = ROWS;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return;
    top->screen.columns = size.ws_col;
    top->screen.rows = size.ws_row;
}

/* Each line clears what stood behind it, so that nothing flickers; behind the
 * last one is no line's end, which would scroll a full screen. */
static void put_frame(const struct buffer *frame)
{
    struct text rest = buffer_text(frame), line;
    const char *between = "\033[H";

    while (text_cut(&rest, '\n', &line) && rest.at) {
        printf("%s%.*s\033[K", between, TEXT_ARG(line));
        between = "\r\n";
    }
    fputs("\033[J", stdout);
    fflush(stdout);
}

static void draw(struct top *top)
{
    CLEANUP(buffer_fini) struct buffer frame = { 0 };

    buffer_init(&frame, FRAME_BYTES_MAX);
    measure(top);
    top->screen.trouble = top->trouble[0] ? top->trouble : NULL;
    screen_draw(&top->screen, &top->now, &frame);
    put_frame(&frame);
}

static int print_once(struct top *top)
{
    CLEANUP(buffer_fini) struct buffer frame = { 0 };

    buffer_init(&frame, FRAME_BYTES_MAX);
    top->screen.columns = WIDE;
    top->screen.rows = 0;
    if (top->options->json)
        samples_encode(&top->now, top->screen.seconds, &frame);
    else
        screen_draw(&top->screen, &top->now, &frame);
    return fwrite(frame.at, 1, frame.len, stdout) == frame.len &&
                   fflush(stdout) == 0
               ? EXIT_OK
               : EXIT_FAILED;
}

/* --- the terminal ---------------------------------------------------------
 */

static int take_signals(void)
{
    static const int taken[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH };
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        sigaddset(&set, taken[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The other screen, no cursor, keys at once and unseen. */
static void take_terminal(struct top *top)
{
    struct termios raw;

    top->raw = tcgetattr(STDIN_FILENO, &top->before) == 0;
    if (top->raw) {
        raw = top->before;
        raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    fputs("\033[?1049h\033[?25l", stdout);
}

static void give_terminal_back(const struct top *top)
{
    fputs("\033[?25h\033[?1049l", stdout);
    fflush(stdout);
    if (top->raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &top->before);
}

enum turn { TURN_NEXT, TURN_DRAW, TURN_END };

static enum turn read_signals(int fd)
{
    struct signalfd_siginfo info;
    enum turn turn = TURN_NEXT;

    while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        if (info.ssi_signo != SIGWINCH)
            return TURN_END;
        else
            turn = TURN_DRAW;
    return turn;
}

static enum turn read_key(void)
{
    char key;
    ssize_t got = read(STDIN_FILENO, &key, 1);

    return got == 0 || (got == 1 && (key == 'q' || key == 'Q')) ? TURN_END
                                                                : TURN_DRAW;
}

/* Until the next frame is due, or a key or signal says otherwise. */
static enum turn await(const struct top *top, uint64_t until_ns)
{
    struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                            { .fd = top->signals, .events = POLLIN } };
    uint64_t now = clock_monotonic_ns();
    int left_ms = now < until_ns ? (int)((until_ns - now) / NS_PER_MS) + 1 : 0;

    if (poll(fds, 2, left_ms) <= 0)
        return TURN_NEXT;
    if (fds[1].revents)
        return read_signals(top->signals);
    return read_key();
}

static enum turn wait_for_next(struct top *top)
{
    uint64_t until_ns =
        clock_monotonic_ns() + top->options->every_s * (uint64_t)NS_PER_S;
    enum turn turn;

    while ((turn = await(top, until_ns)) == TURN_DRAW)
        draw(top);
    return turn;
}

static int live(struct top *top)
{
    struct diag diag;

    take_terminal(top);
    do {
        diag_init(&diag, NULL);
        top->trouble[0] = '\0';
        if (take(top, &diag) < 0)
            snprintf(top->trouble, sizeof(top->trouble), "%s",
                     diag.cause[0] ? diag.cause : diag.detail);
        draw(top);
    } while (wait_for_next(top) == TURN_NEXT);
    give_terminal_back(top);
    return EXIT_OK;
}

static int once(struct top *top, struct diag *diag)
{
    int r;

    poll(NULL, 0, (int)top->options->every_s * 1000);
    r = take(top, diag);
    return r < 0 ? r : print_once(top);
}

static int run(struct top *top)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = take(top, &diag);
    if (r == 0)
        r = top->options->once ? once(top, &diag) : live(top);
    if (r >= 0)
        return r;
    say("%s%s%s%s", diag.detail, diag.cause[0] ? " (" : "", diag.cause,
        diag.cause[0] ? ")" : "");
    return (int)exit_of_error(r);
}

int top_command(const struct top_options *options)
{
    struct top top = {
        .options = options,
        .screen = { .url = options->instance.url,
                    .colours = report_may_colour(STDOUT_FILENO) },
    };
    int status;

    if (options->json && !options->once) {
        say("a document is one frame: say --once with --json");
        return EXIT_USAGE;
    }
    if (!options->once &&
        !(isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1)) {
        say("there is no terminal to draw on: say --once");
        return EXIT_USAGE;
    }
    top.signals = take_signals();
    status = run(&top);
    samples_fini(&top.now);
    close(top.signals);
    return status;
}
