/* SPDX-License-Identifier: MIT */
#include "admin/claim.h"

#include "scratch.h"

static int look(const struct scratch *scratch, struct refusal *why)
{
    *why = (struct refusal){ 0 };
    return claim_look(scratch->path, why);
}

Test(claim, refuses_a_directory_with_something_of_others_in_it)
{
    struct scratch scratch;
    struct refusal why;

    scratch_init(&scratch);
    cr_expect_eq(look(&scratch, &why), 0, "it is empty");
    scratch_write(&scratch, "letter", "dear", 0600);
    cr_expect_eq(look(&scratch, &why), -EXIT_NOT_OURS);
    cr_expect_not_null(strstr(why.line, scratch.path));
    cr_expect_not_null(strstr(why.line, "--data"));
    scratch_fini(&scratch);
}

Test(claim, takes_over_what_a_killed_start_left_but_no_other_lock)
{
    struct scratch scratch;
    struct refusal why;

    scratch_init(&scratch);
    scratch_write(&scratch, "lock", "12345\n", 0600);
    scratch_write(&scratch, "portcullis-data.new", "portcu", 0600);
    cr_expect_eq(look(&scratch, &why), 0);
    scratch_write(&scratch, "lock", "this is another program's lock\n", 0600);
    cr_expect_eq(look(&scratch, &why), -EXIT_NOT_OURS);
    scratch_fini(&scratch);
}

Test(claim, refuses_files_and_layouts_of_the_future)
{
    struct scratch scratch;
    struct refusal why = { 0 };

    scratch_init(&scratch);
    cr_expect_eq(claim_look("/proc/self/exe", &why), -EXIT_NOT_OURS);
    scratch_write(&scratch, "portcullis-data",
                  "portcullis data directory, format 99\n", 0600);
    cr_expect_eq(look(&scratch, &why), -EXIT_NOT_OURS);
    cr_expect_not_null(strstr(why.line, "newer"));
    scratch_fini(&scratch);
}

Test(claim, holds_the_directory_until_the_descriptor_is_closed)
{
    struct refusal why = { 0 }, again = { 0 };
    struct scratch scratch;
    char holder[32];
    int fd, other;

    scratch_init(&scratch);
    cr_assert_eq(claim_take(scratch.path, &fd, &why), 0, "%s", why.line);
    cr_expect(claim_is_marked(scratch.path));
    cr_expect_eq(claim_try(scratch.path), -1);
    cr_expect_eq(claim_take(scratch.path, &other, &again), -EXIT_RUNNING);
    snprintf(holder, sizeof(holder), "kill %d", getpid());
    cr_expect_not_null(strstr(again.line, holder), "%s", again.line);
    close(fd);
    fd = claim_try(scratch.path);
    cr_expect_geq(fd, 0);
    close(fd);
    scratch_fini(&scratch);
}

Test(claim, leaves_another_users_directory_alone)
{
    struct refusal why = { 0 };
    struct scratch scratch;

    if (geteuid() != 0)
        cr_skip("only root can give a directory away");
    scratch_init(&scratch);
    scratch_write(&scratch, "portcullis-data",
                  "portcullis data directory, format 1\n", 0600);
    cr_assert_eq(chown(scratch.path, 65534, 65534), 0);
    cr_expect_eq(claim_look(scratch.path, &why), -EXIT_NOT_OURS);
    cr_expect_not_null(strstr(why.line, "nobody"), "%s", why.line);
    scratch_fini(&scratch);
}
