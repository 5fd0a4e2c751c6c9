/* SPDX-License-Identifier: MIT */
/* Is it fit for production? Each question is a row of fitness.def. */
#pragma once

#include "base/settings.h"

#define FITNESS(name, ...) FITNESS_##name,
enum fitness {
#include "app/fitness.def"
    FITNESS_COUNT
};
#undef FITNESS

struct fitness_report {
    bool found[FITNESS_COUNT];
    unsigned count;
};

/*
 * Asks them all; with `ask_database` also the database about our role there,
 * and waits up to 5 s for it. Not on a fiber.
 */
struct fitness_report fitness_of(const struct settings *settings,
                                 bool ask_database);

/* Is it among those that `serve` refuses in production? */
bool fitness_is_dangerous(enum fitness fitness);

const char *fitness_name(enum fitness fitness);

/* The setting's name, and what is wrong with it. */
const char *fitness_setting(enum fitness fitness);
const char *fitness_sentence(enum fitness fitness);
