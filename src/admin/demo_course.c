/* SPDX-License-Identifier: MIT */
#include "admin/demo_course.h"

#include <stdio.h>
#include <string.h>

/* --- types ---------------------------------------------------------------- */

#define BILL_H             \
    {                      \
        "hr", false, false \
    }
#define BILL_S           \
    {                    \
        "s", true, false \
    }
#define JOINT_H               \
    {                         \
        "hjres", false, false \
    }
#define JOINT_S              \
    {                        \
        "sjres", true, false \
    }
#define RES_H               \
    {                       \
        "hres", false, true \
    }
#define RES_S              \
    {                      \
        "sres", true, true \
    }
#define CON_H                  \
    {                          \
        "hconres", false, true \
    }
#define CON_S                 \
    {                         \
        "sconres", true, true \
    }

const struct demo_type demo_types[DEMO_TYPES] = {
    BILL_H, BILL_H, BILL_S, BILL_H, RES_H,   BILL_H, BILL_S,
    BILL_H, RES_S,  BILL_H, BILL_S, JOINT_H, BILL_H, BILL_H,
    BILL_S, CON_H,  RES_H,  BILL_S, JOINT_S, CON_S,
};

static uint32_t turns_before(uint32_t turn, const char *type)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < turn; i++)
        count += strcmp(demo_types[i].type, type) == 0;
    return count;
}

uint32_t demo_type_turn(uint32_t turn)
{
    return turns_before(turn, demo_types[turn].type);
}

uint32_t demo_type_turns(const char *type)
{
    return turns_before(DEMO_TYPES, type);
}

/* --- steps ---------------------------------------------------------------- */

/* In `text`, @ is the house it is in and & the committee. */
struct demo_step {
    const char *type, *code, *text;
    unsigned flags;
};

enum {
    ELSEWHERE = 1, /* in the other house */
    FLOOR = 2,     /* where the clock is noted */
};

/* clang-format off */
static const struct demo_step
    introduced = { "IntroReferral", "D1000", "Introduced in @.", 0 },
    referred = { "IntroReferral", "D1100", "Referred to the Committee on &.", 0 },
    heard = { "Committee", NULL, "Hearings held by the Committee on &.", 0 },
    reported = { "Committee", "D2000", "Reported by the Committee on &, with changes.", 0 },
    passed = { "Floor", "D3000", "Passed @ by voice vote.", FLOOR },
    received = { "IntroReferral", NULL, "Received in @.", ELSEWHERE },
    agreed_there = { "Floor", "D4000", "Passed @ without amendment.", ELSEWHERE | FLOOR },
    presented = { "President", "D5000", "Presented to the Chancellor.", 0 },
    signed_ = { "BecameLaw", "D6000", "Signed by the Chancellor: now law.", 0 },
    vetoed = { "Veto", "D7000", "Vetoed by the Chancellor.", 0 },
    agreed = { "Floor", "D3100", "Agreed to in @ without objection.", FLOOR },
    failed = { "Floor", "D3900", "Failed of passage in @ by recorded vote.", FLOOR },
    withdrawn = { "Floor", NULL, "Withdrawn by the sponsor — no objection heard.", FLOOR };

/* Out of a hundred texts so many end here. */
struct ending {
    uint32_t percent;
    const char *status[2]; /* begun in the house, in the senate */
    const struct demo_step *steps[DEMO_STEPS_MAX];
};

static const struct ending bill_endings[] = {
    { 12, { "introduced", "introduced" }, { &introduced } },
    { 60, { "in_committee", "in_committee" }, { &introduced, &referred } },
    { 8, { "reported", "reported" }, { &introduced, &referred, &heard, &reported } },
    { 8, { "passed_house", "passed_senate" }, { &introduced, &referred, &reported, &passed, &received } },
    { 2, { "passed_both", "passed_both" }, { &introduced, &referred, &reported, &passed, &received, &agreed_there } },
    { 1, { "to_president", "to_president" }, { &introduced, &referred, &reported, &passed, &received, &agreed_there, &presented } },
    { 3, { "enacted", "enacted" }, { &introduced, &referred, &reported, &passed, &received, &agreed_there, &presented, &signed_ } },
    { 1, { "vetoed", "vetoed" }, { &introduced, &referred, &reported, &passed, &received, &agreed_there, &presented, &vetoed } },
    { 3, { "failed", "failed" }, { &introduced, &referred, &reported, &failed } },
    { 2, { "withdrawn", "withdrawn" }, { &introduced, &withdrawn } },
};

static const struct ending resolution_endings[] = {
    { 15, { "introduced", "introduced" }, { &introduced } },
    { 45, { "in_committee", "in_committee" }, { &introduced, &referred } },
    { 6, { "reported", "reported" }, { &introduced, &referred, &reported } },
    { 32, { "agreed_to", "agreed_to" }, { &introduced, &referred, &agreed } },
    { 2, { "withdrawn", "withdrawn" }, { &introduced, &withdrawn } },
};
/* clang-format on */

struct demo_course demo_course_for(const struct demo_type *type,
                                   struct dice *dice)
{
    const struct ending *ending =
        type->resolution ? resolution_endings : bill_endings;
    struct demo_course course = { 0 };
    uint32_t percent = dice_roll(dice, 100);

    for (; percent >= ending->percent; ending++)
        percent -= ending->percent;
    course.status = ending->status[type->senate];
    while (course.count < DEMO_STEPS_MAX && ending->steps[course.count]) {
        course.steps[course.count] = ending->steps[course.count];
        course.count++;
    }
    return course;
}

struct demo_words demo_step_words(const struct demo_step *step,
                                  const struct demo_type *type,
                                  const struct demo_area *area)
{
    bool senate = type->senate != ((step->flags & ELSEWHERE) != 0);
    const char *house = senate ? "Senate" : "House", *rest = step->text;
    struct demo_words words = { .type = step->type,
                                .code = step->code,
                                .source =
                                    senate ? "Senate journal" : "House journal",
                                .at_a_time = (step->flags & FLOOR) != 0 };
    size_t before = strcspn(rest, "@&");

    if (rest[before] == '\0')
        snprintf(words.text, sizeof(words.text), "%s", rest);
    else
        snprintf(words.text, sizeof(words.text), "%.*s%s%s", (int)before, rest,
                 rest[before] == '@' ? house : area->committee,
                 rest + before + 1);
    return words;
}
