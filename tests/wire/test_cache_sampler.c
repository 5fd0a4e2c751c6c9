/* SPDX-License-Identifier: MIT */
/* What watches over the caches, in a house of its own: it notices. */
#include "wire/house.h"

/*
 * A service that leaves out a step of the protocol. On a machine that is slow
 * caches go off now and then.
 */
static void expect_found(struct house *house, const char *get, const char *hits,
                         const char *patch)
{
    char body[32];

    for (int i = 0; i < ROUNDS && !counted(house->urls[0], STALE); i++) {
        wait_for(house->urls[0], get, hits);
        snprintf(body, sizeof(body), "{\"title\":\"New %d\"}", i);
        cr_assert_eq(ask_at(house->urls[1], patch, body, NULL, 0), 200);
        ask_often(house->urls[0], get);
        for (int j = 0; j < WAITS / 4 && !counted(house->urls[0], STALE); j++)
            pause_ms(20);
    }
    cr_expect_gt(counted(house->urls[0], STALE), 0);
}

static void open_forgetful(struct house *house, char *ret_path,
                           char ret_patch[static PATH_BYTES + 8])
{
    char person[PATH_BYTES];

    setenv("PORTCULLIS_FAULTS", "CACHE_MARK_FORGOTTEN=0:1000000", 1);
    house_open(house);
    make_them(house, ret_path, person);
    snprintf(ret_patch, PATH_BYTES + 8, "PATCH %s", ret_path);
}

Test(caches, an_answer_that_is_out_of_date_is_found_by_the_sampler,
     .timeout = 600)
{
    char path[PATH_BYTES], get[PATH_BYTES + 8], patch[PATH_BYTES + 8];
    struct house house;

    open_forgetful(&house, path, patch);
    snprintf(get, sizeof(get), "GET %s", path);
    expect_found(&house, get, NEAR_HITS, patch);
    house_close(&house);
}

/* Nothing else is asked there, so it is no object that is found. */
Test(caches, a_list_that_is_out_of_date_is_found_by_the_sampler, .timeout = 600)
{
    char path[PATH_BYTES], get[PATH_BYTES + 32], patch[PATH_BYTES + 8];
    struct house house;

    open_forgetful(&house, path, patch);
    snprintf(get, sizeof(get), "GET /v1/bills?id=%s", strrchr(path, '/') + 1);
    expect_found(&house, get, NEAR_LIST_HITS, patch);
    house_close(&house);
}
