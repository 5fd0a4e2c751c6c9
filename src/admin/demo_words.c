/* SPDX-License-Identifier: MIT */
#include "admin/demo_words.h"

#define WORDS(name, ...)                                   \
    static const char *const name##_items[] = __VA_ARGS__; \
    const struct words demo_##name = { name##_items, ARRAY_LEN(name##_items) };

#define GIVEN(...)    WORDS(given, { __VA_ARGS__ })
#define FAMILY(...)   WORDS(family, { __VA_ARGS__ })
#define PARTY(...)    WORDS(parties, { __VA_ARGS__ })
#define STATE(...)    WORDS(states, { __VA_ARGS__ })
#define VERB(...)     WORDS(verbs, { __VA_ARGS__ })
#define AIM(...)      WORDS(aims, { __VA_ARGS__ })
#define SHORT(...)    WORDS(shorts, { __VA_ARGS__ })
#define SENTENCE(...) WORDS(sentences, { __VA_ARGS__ })
#include "admin/demo_words.def"

#define L(...)      \
    {               \
        __VA_ARGS__ \
    }
#define AREA(name, committee, ...) { name, committee, __VA_ARGS__ },
const struct demo_area demo_areas[] = {
#include "admin/demo_words.def"
};
#undef L

const uint32_t demo_area_count = ARRAY_LEN(demo_areas);

/* --- dice ----------------------------------------------------------------- */

/* Sebastiano Vigna's splitmix64: every start gives an even spread. */
static uint64_t next(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct dice dice_for(uint64_t seed, uint64_t kind, uint64_t place)
{
    struct dice dice = { seed };

    dice.state = next(&dice) + kind;
    dice.state = next(&dice) + place;
    dice.state = next(&dice);
    return dice;
}

uint32_t dice_roll(struct dice *dice, uint32_t below)
{
    return (uint32_t)((next(dice) >> 32) * below >> 32);
}

bool dice_once_in(struct dice *dice, uint32_t times)
{
    return dice_roll(dice, times) == 0;
}

const char *dice_word(struct dice *dice, const struct words *words)
{
    return words->items[dice_roll(dice, words->count)];
}
