/* SPDX-License-Identifier: MIT */
/* Processes that ask and ask while something else is done to the service. */
#pragma once

#include <criterion/criterion.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ASKERS = 3 };

struct askers {
    pid_t pids[ASKERS];
    int go_on; /* closed: enough */
};

/* Each takes turn after turn, which gives how many requests failed. */
static inline void askers_start(struct askers *askers, int (*turn)(void))
{
    int pair[2], failed = 0;
    char byte;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    for (int i = 0; i < ASKERS; i++) {
        askers->pids[i] = fork();
        cr_assert_geq(askers->pids[i], 0);
        if (askers->pids[i] > 0)
            continue;
        close(pair[0]);
        while (recv(pair[1], &byte, 1, MSG_DONTWAIT) < 0)
            failed += turn();
        _exit(failed > 0);
    }
    close(pair[1]);
    askers->go_on = pair[0];
}

/* No request of theirs has failed. */
static inline void askers_stop(struct askers *askers)
{
    int status;

    close(askers->go_on);
    for (int i = 0; i < ASKERS; i++) {
        cr_expect_eq(waitpid(askers->pids[i], &status, 0), askers->pids[i]);
        cr_expect_eq(status, 0, "some request failed");
    }
}
