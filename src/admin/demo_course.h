/* SPDX-License-Identifier: MIT */
/*
 * The course of a made-up bill through both houses: which steps lead to which
 * status, and what the record says of each. Pure.
 */
#pragma once

#include "admin/demo_words.h"
#include "base/text.h"

enum { DEMO_STEPS_MAX = 8 };

/* What kind of text it is decides how far it can come. */
struct demo_type {
    const char *type;
    bool senate;     /* begins there */
    bool resolution; /* is agreed to, never signed */
};

enum { DEMO_TYPES = 20 };

/* Bills take turns: the type of bill n is demo_types[n % DEMO_TYPES]. */
extern const struct demo_type demo_types[DEMO_TYPES];

/* How many of the turns before this one were of the same type; and of all. */
uint32_t demo_type_turn(uint32_t turn);
uint32_t demo_type_turns(const char *type);

struct demo_step;

struct demo_course {
    const char *status;
    const struct demo_step *steps[DEMO_STEPS_MAX];
    uint32_t count;
};

struct demo_course demo_course_for(const struct demo_type *type,
                                   struct dice *dice);

/* Of one action; NULL where the record says nothing. */
struct demo_words {
    const char *type, *code, *source;
    bool at_a_time;
    char text[256];
};

struct demo_words demo_step_words(const struct demo_step *step,
                                  const struct demo_type *type,
                                  const struct demo_area *area);
