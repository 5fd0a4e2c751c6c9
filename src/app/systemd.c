/* SPDX-License-Identifier: MIT */
#include "app/systemd.h"

#include "base/clock.h"
#include "base/text.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A path, or a name behind '@', which has no file: its first byte is 0. */
static bool find_socket(struct sockaddr_un *address, socklen_t *ret_len)
{
    const char *name = getenv("NOTIFY_SOCKET");
    size_t len = name ? strlen(name) : 0;

    if (len < 2 || len >= sizeof(address->sun_path) ||
        (name[0] != '/' && name[0] != '@'))
        return false;
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(address->sun_path, name, len);
    if (name[0] == '@')
        address->sun_path[0] = '\0';
    *ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return true;
}

/* Whether anybody took it is not ours to care about. */
void systemd_tell(const char *state)
{
    struct sockaddr_un address;
    socklen_t len;
    int fd;

    if (!find_socket(&address, &len))
        return;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
                  (const struct sockaddr *)&address, len);
    close(fd);
}

static int64_t number_of(const char *variable)
{
    const char *text = getenv(variable);
    int64_t number;

    return text && text_to_int64(text_of(text), &number) ? number : 0;
}

/* The variables may have been another's, whose child we are. */
uint64_t systemd_watchdog_ms(void)
{
    int64_t pid = number_of("WATCHDOG_PID"), us = number_of("WATCHDOG_USEC");

    return us > 0 && (pid == 0 || pid == getpid()) ? (uint64_t)us / 1000 : 0;
}

void systemd_tell_reloading(void)
{
    char state[64];

    snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
             clock_monotonic_ns() / 1000);
    systemd_tell(state);
}
