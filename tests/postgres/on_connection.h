/* SPDX-License-Identifier: MIT */
/*
 * Tests on a connection to a database of the suite's own:
 *
 *     OWN_DATABASE(scope, "CREATE TABLE …")
 *     #define ON_CONNECTION(name) ON_CONNECTION_OF(scope, name)
 *
 *     ON_CONNECTION(does_this) { … `connection` … }
 */
#pragma once

#include "support/database.h"

static struct place place;

#define OWN_DATABASE(suite, made_by) \
    static void make_place(void)     \
    {                                \
        place = place_make(made_by); \
    }                                \
    static void drop_place(void)     \
    {                                \
        place_drop(&place);          \
    }                                \
    TestSuite(suite, .init = make_place, .fini = drop_place, .timeout = 60)

/* The body runs on a fiber. */
#define ON_CONNECTION_OF(suite, name)                                 \
    static void name##_body(struct connection *connection);           \
    static void name##_fiber(void *arg)                               \
    {                                                                 \
        CLEANUP(connection_close)                                     \
        struct connection *connection = test_open(place.service_url); \
        (void)arg;                                                    \
        name##_body(connection);                                      \
    }                                                                 \
    Test(suite, name)                                                 \
    {                                                                 \
        fiber_run_alone("test", name##_fiber, NULL);                  \
    }                                                                 \
    static void name##_body(struct connection *connection)
