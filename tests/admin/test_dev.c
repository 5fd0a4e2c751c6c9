/* SPDX-License-Identifier: MIT */
#include "admin/dev.h"

#include "scratch.h"

#include <signal.h>

/* Stands in for the binary, which is a later room's: it keeps the contract of
 * dev.h and notes what it was started with. */
static const char program[] =
    "#!/bin/sh\n"
    "echo \"$*\" >>\"${0%/*}/calls\"\n"
    "case \"$1\" in\n"
    "migrate) test \"$DATABASE_URL\" = \"$OWNER_DATABASE_URL\" || exit 99\n"
    "    exit \"${MIGRATE_STATUS:-0}\";;\n"
    "serve) test -z \"$SERVE_STATUS\" || exit \"$SERVE_STATUS\"\n"
    "    psql -X \"$DATABASE_URL\" -c 'SELECT 1' || exit 98\n"
    "    trap 'echo ended >>\"${0%/*}/calls\"; exit 0' TERM\n"
    "    echo \"http://$PORTCULLIS_LISTEN\""
    " >/proc/self/fd/$PORTCULLIS_READY_FD\n"
    "    while :; do sleep 0.05; done;;\n"
    "esac\n";

struct stage {
    struct scratch scratch;
    char *program, *dev_json, *out;
    int block; /* where dev's stdout can be read */
};

static void stage_init(struct stage *stage)
{
    scratch_init(&stage->scratch);
    scratch_write(&stage->scratch, "program", program, 0755);
    stage->program = memory_format("%s/program", stage->scratch.path);
    stage->dev_json = memory_format("%s/dev.json", stage->scratch.data);
    stage->block = -1;
}

static void stage_fini(struct stage *stage)
{
    fd_close(&stage->block);
    memory_free(&stage->program);
    memory_free(&stage->dev_json);
    scratch_fini(&stage->scratch);
}

static char *calls(const struct stage *stage)
{
    CLEANUP(memory_free)
    char *path = memory_format("%s/calls", stage->scratch.path);

    return disk_read(path, 4096, NULL);
}

static pid_t dev_fork(struct stage *stage)
{
    const char *migrate[] = { "migrate", "up", NULL };
    struct dev_step steps[] = { { "migrating", migrate }, { NULL, NULL } };
    struct dev_options options = { .listen = "127.0.0.1:12345",
                                   .data = stage->scratch.data,
                                   .program = stage->program,
                                   .steps = steps };
    int fds[2], status;
    pid_t pid;

    cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
    stage->block = fds[0];
    pid = fork();
    if (pid == 0) {
        redirect(stage->scratch.words, STDERR_FILENO);
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        status = dev_main(&options);
        LOOK_FOR_LEAKS();
        _exit(status);
    }
    close(fds[1]);
    return pid;
}

/* Reads the block, of which the POST is the last line but one. */
static void read_block(const struct stage *stage, char *ret_block, size_t size)
{
    size_t len = 0;

    while (!strstr(ret_block, "'\n\n")) {
        ssize_t got = read(stage->block, ret_block + len, size - len - 1);

        if (got <= 0) {
            CLEANUP(memory_free) char *words = scratch_words(&stage->scratch);

            cr_assert_fail("the block ended early: %s", words);
        }
        len += (size_t)got;
    }
}

Test(dev, serves_tells_the_facts_and_ends_clean_on_a_signal, .timeout = 600)
{
    CLEANUP(memory_free) char *json = NULL;
    CLEANUP(memory_free) char *called = NULL;
    CLEANUP(memory_free) char *pid_member = NULL;
    char block[4096] = "";
    struct stage stage;
    struct stat status;
    pid_t pid;

    stage_init(&stage);
    pid = dev_fork(&stage);
    read_block(&stage, block, sizeof(block));
    json = disk_read(stage.dev_json, 4096, NULL);
    cr_assert_not_null(json);
    cr_assert_eq(stat(stage.dev_json, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    pid_member = memory_format("\"pid\": %d,", pid);
    cr_expect_not_null(strstr(json, pid_member), "%s", json);
    cr_expect_not_null(strstr(json, "\"url\": \"http://127.0.0.1:12345\""));
    cr_expect_not_null(strstr(json, "user=portcullis_owner"));
    cr_expect_not_null(strstr(block, "http://127.0.0.1:12345/docs"));
    kill(pid, SIGTERM);
    cr_expect_eq(wait_status(pid), 0);
    cr_expect_neq(access(stage.dev_json, F_OK), 0, "it is gone at the end");
    called = calls(&stage);
    cr_expect_str_eq(called, "migrate up\nserve\nended\n");
    stage_fini(&stage);
}

Test(dev, ends_with_the_status_of_what_failed, .timeout = 600)
{
    CLEANUP(memory_free) char *called = NULL;
    struct stage stage;

    stage_init(&stage);
    setenv("MIGRATE_STATUS", "9", 1);
    cr_expect_eq(wait_status(dev_fork(&stage)), EXIT_MIGRATION);
    called = calls(&stage);
    cr_expect_str_eq(called, "migrate up\n", "the service was not started");
    cr_expect(scratch_said(&stage.scratch, "migrating failed"));
    setenv("MIGRATE_STATUS", "0", 1);
    setenv("SERVE_STATUS", "8", 1);
    fd_close(&stage.block);
    cr_expect_eq(wait_status(dev_fork(&stage)), EXIT_PORT_TAKEN);
    cr_expect_neq(access(stage.dev_json, F_OK), 0);
    stage_fini(&stage);
}
