/* SPDX-License-Identifier: MIT */
/* The words of demo_words.def as tables, and dice to choose among them. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct words {
    const char *const *items;
    uint32_t count;
};

enum { DEMO_AREA_WORDS = 6 };

struct demo_area {
    const char *name, *committee;
    const char *subjects[DEMO_AREA_WORDS], *things[DEMO_AREA_WORDS];
};

extern const struct words demo_given, demo_family, demo_parties, demo_states,
    demo_verbs, demo_aims, demo_shorts, demo_sentences;
extern const struct demo_area demo_areas[];
extern const uint32_t demo_area_count;

/* --- dice ----------------------------------------------------------------- */

/*
 * One set of dice for each record, made from seed, kind and place alone: a
 * record is the same whatever was made before it.
 */
struct dice {
    uint64_t state;
};

struct dice dice_for(uint64_t seed, uint64_t kind, uint64_t place);

/* 0 to below - 1; below is not 0. */
uint32_t dice_roll(struct dice *dice, uint32_t below);

/* True once in so many. */
bool dice_once_in(struct dice *dice, uint32_t times);

const char *dice_word(struct dice *dice, const struct words *words);
