/* SPDX-License-Identifier: MIT */
/* What systemd is told: we are systemd, on a socket of our own. */
#include "support/own_service.h"

#include <sys/socket.h>
#include <sys/un.h>

TestSuite(systemd, .timeout = 60);

/* A socket without a file; its name goes into NOTIFY_SOCKET. */
static int listen_as_systemd(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char name[64];
    int len;

    cr_assert_geq(fd, 0);
    len = snprintf(name, sizeof(name), "@portcullis-test-%d", (int)getpid());
    memcpy(address.sun_path, name, (size_t)len);
    address.sun_path[0] = '\0';
    cr_assert_eq(bind(fd, (const struct sockaddr *)&address,
                      (socklen_t)(sizeof(sa_family_t) + (size_t)len)),
                 0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

/* Takes messages until one begins so; the suite's timeout ends it. */
static const char *until_told(int fd, const char *what)
{
    static char message[256];

    do {
        ssize_t len = recv(fd, message, sizeof(message) - 1, 0);

        cr_assert_geq(len, 0);
        message[len] = '\0';
    } while (strncmp(message, what, strlen(what)) != 0);
    return message;
}

Test(systemd, is_told_of_start_reload_and_stop)
{
    int fd = listen_as_systemd();
    struct own_service own = own_service_start("--drain-delay=0ms");

    until_told(fd, "READY=1");
    kill(own.pid, SIGHUP);
    cr_expect(strstr(until_told(fd, "RELOADING=1"), "\nMONOTONIC_USEC="));
    until_told(fd, "READY=1");
    own_service_stop(&own);
    until_told(fd, "STOPPING=1");
    close(fd);
}

Test(systemd, has_its_watchdog_fed_while_the_loops_turn)
{
    int fd = listen_as_systemd();
    struct own_service own;

    setenv("WATCHDOG_USEC", "400000", 1);
    own = own_service_start("--drain-delay=0ms");
    until_told(fd, "READY=1");
    for (int i = 0; i < 3; i++)
        until_told(fd, "WATCHDOG=1");
    own_service_stop(&own);
    close(fd);
}

/* Which is not for us. */
Test(systemd, has_nothing_fed_where_the_watchdog_is_another_process)
{
    int fd = listen_as_systemd();
    struct own_service own;
    char first[256];
    ssize_t len;

    setenv("WATCHDOG_USEC", "100000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    own = own_service_start("--drain-delay=0ms");
    len = recv(fd, first, sizeof(first), 0);
    cr_expect(len >= 7 && strncmp(first, "READY=1", 7) == 0);
    own_service_stop(&own);
    len = recv(fd, first, sizeof(first), 0);
    cr_expect(len >= 10 && strncmp(first, "STOPPING=1", 10) == 0);
    close(fd);
}
