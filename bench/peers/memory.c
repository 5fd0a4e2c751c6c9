/* SPDX-License-Identifier: MIT */
/*
 * libmicrohttpd answering every request with the same bytes from memory: the
 * ceiling of what a service built on it can reach.
 *
 *     bench_memory THREADS REPLY
 *
 * REPLY is a file that holds a whole reply as it came from the service; its
 * fields and body are answered, except those fields that libmicrohttpd writes
 * itself. The tuning is the service's: epoll, a listener for each thread, 8 KiB
 * for each connection, the reply queued in the handler's second call. The URL
 * goes to the descriptor in PORTCULLIS_READY_FD; a signal ends the process.
 */
#include <arpa/inet.h>
#include <err.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { CONNECTION_BYTES = 8192, CONNECTIONS = 4096, REPLY_BYTES = 65536 };

static char reply_text[REPLY_BYTES];
static struct MHD_Response *reply;
static unsigned date_flag = MHD_USE_SUPPRESS_DATE_NO_CLOCK;

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection,
                              const char *url, const char *method,
                              const char *version, const char *upload,
                              size_t *upload_bytes, void **state)
{
    (void)cls, (void)url, (void)method, (void)version, (void)upload;
    (void)upload_bytes;
    if (*state == NULL) {
        *state = &reply;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, reply);
}

static size_t file_read(const char *path, char *ret_text, size_t room)
{
    FILE *file = fopen(path, "rb");
    size_t length;

    if (file == NULL)
        err(1, "%s", path);
    length = fread(ret_text, 1, room, file);
    if (ferror(file) || length == room)
        errx(1, "%s: cannot be read, or has over %zu bytes", path, room - 1);
    fclose(file);
    ret_text[length] = '\0';
    return length;
}

static void field_add(const char *name, const char *value)
{
    if (strcasecmp(name, "Date") == 0)
        date_flag = 0;
    else if (strcasecmp(name, "Content-Length") != 0 &&
             strcasecmp(name, "Connection") != 0 &&
             MHD_add_response_header(reply, name, value) != MHD_YES)
        errx(1, "cannot answer the field %s", name);
}

/* HEAD is cut into its lines, the first of which is the status. */
static void fields_add(char *head)
{
    char *rest = NULL;
    char *line = strtok_r(head, "\r\n", &rest);

    while ((line = strtok_r(NULL, "\r\n", &rest)) != NULL) {
        char *colon = strchr(line, ':');

        if (colon == NULL)
            errx(1, "no field: %s", line);
        *colon = '\0';
        field_add(line, colon + 1 + strspn(colon + 1, " "));
    }
}

static void reply_load(const char *path)
{
    size_t length = file_read(path, reply_text, sizeof(reply_text));
    char *head_end = strstr(reply_text, "\r\n\r\n");
    char *body;

    if (head_end == NULL)
        errx(1, "%s: no whole reply", path);
    *head_end = '\0';
    body = head_end + 4;
    reply = MHD_create_response_from_buffer(
        length - (size_t)(body - reply_text), body, MHD_RESPMEM_PERSISTENT);
    if (reply == NULL)
        errx(1, "no memory for the reply");
    fields_add(reply_text);
}

/* All daemons share one port: the first takes a free one. */
static struct MHD_Daemon *daemon_start(uint16_t port)
{
    struct sockaddr_in loopback = { .sin_family = AF_INET };
    struct MHD_Daemon *server;

    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    loopback.sin_port = htons(port);
    server = MHD_start_daemon(
        MHD_USE_EPOLL | date_flag, 0, NULL, NULL, answer, NULL,
        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&loopback,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_END);
    if (server == NULL)
        errx(1, "libmicrohttpd does not start");
    return server;
}

/*
 * Not libmicrohttpd's own thread: that one, when exactly 128 events are ready
 * (the size of its array), waits for more before it looks at them, and at 256
 * busy connections stands still for most of the time.
 */
static void *serve(void *arg)
{
    struct MHD_Daemon *server = arg;
    struct pollfd ready = { .events = POLLIN };
    MHD_UNSIGNED_LONG_LONG ms;

    ready.fd = MHD_get_daemon_info(server, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    for (;;) {
        poll(&ready, 1, MHD_get_timeout(server, &ms) == MHD_YES ? (int)ms : -1);
        MHD_run(server);
    }
    return NULL;
}

static void ready_tell(uint16_t port)
{
    const char *descriptor = getenv("PORTCULLIS_READY_FD");
    int fd = descriptor == NULL ? STDOUT_FILENO : atoi(descriptor);

    if (dprintf(fd, "http://127.0.0.1:%u\n", port) < 0)
        err(1, "cannot tell the URL");
}

int main(int argc, char **argv)
{
    struct MHD_Daemon *first;
    uint16_t port;
    pthread_t thread;

    if (argc != 3 || atoi(argv[1]) < 1)
        errx(2, "usage: bench_memory THREADS REPLY");
    reply_load(argv[2]);
    first = daemon_start(0);
    port = MHD_get_daemon_info(first, MHD_DAEMON_INFO_BIND_PORT)->port;
    for (int i = 1; i < atoi(argv[1]); i++)
        if (pthread_create(&thread, NULL, serve, daemon_start(port)) != 0)
            errx(1, "no thread");
    ready_tell(port);
    serve(first);
    return 0;
}
