/* SPDX-License-Identifier: MIT */
/* What watches over the caches, in a house of its own: it notices. */
#include "wire/house.h"

/* A service that leaves out a step of the protocol. */
Test(caches, an_answer_that_is_out_of_date_is_found_by_the_sampler,
     .timeout = 300)
{
    char path[PATH_BYTES], person[PATH_BYTES], get[PATH_BYTES + 8],
        patch[PATH_BYTES + 8], body[32];
    struct house house;

    setenv("PORTCULLIS_FAULTS", "CACHE_MARK_FORGOTTEN=0:1000000", 1);
    house_open(&house);
    make_them(&house, path, person);
    snprintf(get, sizeof(get), "GET %s", path);
    snprintf(patch, sizeof(patch), "PATCH %s", path);
    /* On a machine that is slow caches go off now and then. */
    for (int i = 0; i < ROUNDS && !counted(house.urls[0], STALE); i++) {
        wait_for_caches(house.urls[0], get);
        snprintf(body, sizeof(body), "{\"title\":\"New %d\"}", i);
        cr_assert_eq(ask_at(house.urls[1], patch, body, NULL, 0), 200);
        ask_often(house.urls[0], get);
        for (int j = 0; j < WAITS / 4 && !counted(house.urls[0], STALE); j++)
            pause_ms(20);
    }
    cr_expect_gt(counted(house.urls[0], STALE), 0);
    house_close(&house);
}
