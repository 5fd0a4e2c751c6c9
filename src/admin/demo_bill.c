/* SPDX-License-Identifier: MIT */
#include "admin/demo_course.h"
#include "admin/demo_parts.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#define SESSION "12"

enum {
    FIRST_DAY = 19730,  /* 2024-01-08, in days since 1970 */
    SESSION_DAYS = 700, /* bills are introduced in these */
    LAST_DAY = FIRST_DAY + SESSION_DAYS + 90,
    STEP_DAYS_MAX = 45,
    COSPONSORS_MAX = 30,
    PARAGRAPHS_MAX = 4,
    DATE_BYTES = 32,
    PHRASE_BYTES = 4096,
};

struct phrase {
    size_t len;
    char at[PHRASE_BYTES];
};

/* A bill in the making: what later parts of it take from earlier ones. */
struct bill {
    const struct demo_plan *plan;
    uint64_t place;
    struct dice dice;
    const struct demo_type *type;
    uint64_t number;
    const struct demo_area *area;
    const char *thing;
    uint64_t sponsor; /* a person's place; none when there are no people */
    struct demo_course course;
    int64_t days[DEMO_STEPS_MAX]; /* of the steps */
};

/* --- words ---------------------------------------------------------------- */

static void phrase_add(struct phrase *phrase, const char *fmt, ...)
    PRINTF(2, 3);

static void phrase_add(struct phrase *phrase, const char *fmt, ...)
{
    size_t room = sizeof(phrase->at) - phrase->len;
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(phrase->at + phrase->len, room, fmt, args);
    va_end(args);
    if (len > 0 && (size_t)len < room)
        phrase->len += (size_t)len;
}

static struct text phrase_text(const struct phrase *phrase)
{
    return text_from(phrase->at, phrase->len);
}

/* See demo_words.def for what the marks stand for. */
static void phrase_add_sentence(struct phrase *phrase, struct bill *bill,
                                const char *rest)
{
    uint32_t number = 2 + dice_roll(&bill->dice, 89);

    while (*rest) {
        size_t plain = strcspn(rest, "@&#");

        phrase_add(phrase, "%.*s", (int)plain, rest);
        rest += plain;
        if (*rest == '#')
            phrase_add(phrase, "%u", number);
        else if (*rest)
            phrase_add(phrase, "%s",
                       *rest == '@' ? bill->thing : bill->area->name);
        rest += *rest != '\0';
    }
}

/* "rural buses" → "Rural Buses" */
static void phrase_add_title_case(struct phrase *phrase, const char *words)
{
    bool starts = true;

    for (; *words; words++) {
        bool lower = *words >= 'a' && *words <= 'z';

        phrase_add(phrase, "%c", starts && lower ? *words - 'a' + 'A' : *words);
        starts = *words == ' ';
    }
}

/* --- dates ---------------------------------------------------------------- */

static struct text date(int64_t day, char at[static DATE_BYTES])
{
    time_t seconds = (time_t)day * 86400;
    struct tm tm;

    gmtime_r(&seconds, &tm);
    return text_from(at, strftime(at, DATE_BYTES, "%Y-%m-%d", &tm));
}

static struct text time_of_day(struct dice *dice, char at[static DATE_BYTES])
{
    int len =
        snprintf(at, DATE_BYTES, "%02u:%02u:%02u", 9 + dice_roll(dice, 12),
                 dice_roll(dice, 60), dice_roll(dice, 60));

    return text_from(at, (size_t)len);
}

/* Numbers grow with the days; later steps share the days that are left. */
static void choose_days(struct bill *bill)
{
    int64_t day =
        FIRST_DAY + (int64_t)(bill->place * SESSION_DAYS / bill->plan->bills);

    for (uint32_t i = 0; i < bill->course.count; i++) {
        int64_t left = (LAST_DAY - day) / (bill->course.count - i);
        uint32_t most = left < STEP_DAYS_MAX ? (uint32_t)left : STEP_DAYS_MAX;

        if (i > 0)
            day += dice_roll(&bill->dice, most + 1);
        bill->days[i] = day;
    }
}

/* --- who ------------------------------------------------------------------ */

/* Somebody of the house it begins in, where there is one. */
static void choose_sponsor(struct bill *bill)
{
    uint64_t people = bill->plan->people;
    uint64_t place = people ? dice_roll(&bill->dice, (uint32_t)people) : 0;
    uint64_t turn = place / DEMO_SENATE_EACH * DEMO_SENATE_EACH;

    if (bill->type->senate)
        place = turn;
    else if (demo_is_senator(place) && place + 1 < people)
        place++;
    bill->sponsor = place;
}

/* Few have many: the least of four throws. */
static uint32_t cosponsor_count(struct bill *bill)
{
    uint32_t least = COSPONSORS_MAX;

    for (int i = 0; i < 4; i++) {
        uint32_t roll = dice_roll(&bill->dice, COSPONSORS_MAX + 1);

        least = roll < least ? roll : least;
    }
    if (bill->plan->people == 0 || dice_once_in(&bill->dice, 4))
        return 0;
    return least < bill->plan->people ? least
                                      : (uint32_t)bill->plan->people - 1;
}

/* Even steps from the sponsor on, so that nobody comes twice. */
static void add_cosponsors(struct bill *bill, struct buffer *rows)
{
    uint64_t people = bill->plan->people;
    uint32_t count = cosponsor_count(bill);
    uint64_t stride =
        count ? 1 + dice_roll(&bill->dice, (uint32_t)((people - 1) / count))
              : 0;

    for (uint32_t i = 0; i < count; i++) {
        char key[DEMO_KEY_BYTES];

        copy_row(rows, bill->place + 1);
        copy_number(rows, i);
        copy_column(
            rows,
            demo_person_key((bill->sponsor + (i + 1) * stride) % people, key));
        copy_row_end(rows);
    }
}

/* --- the columns ---------------------------------------------------------- */

static void add_titles(struct bill *bill, struct buffer *rows)
{
    struct phrase official = { 0 }, name = { 0 };
    bool named = !bill->type->resolution && !dice_once_in(&bill->dice, 4);

    phrase_add(&official,
               bill->type->resolution ? "Resolved, to %s %s %s."
                                      : "To %s %s %s.",
               dice_word(&bill->dice, &demo_verbs), bill->thing,
               dice_word(&bill->dice, &demo_aims));
    phrase_add_title_case(&name, bill->thing);
    phrase_add(&name, " %s Act of %d", dice_word(&bill->dice, &demo_shorts),
               bill->days[0] < FIRST_DAY + 359 ? 2024 : 2025);
    copy_column(rows, phrase_text(named ? &name : &official));
    copy_column(rows, named ? phrase_text(&name) : TEXT_NULL);
    copy_column(rows, phrase_text(&official));
}

/* No sentence comes twice: steps of 5 or 7 meet all of twelve. */
static const char *next_sentence(struct bill *bill, uint32_t *place)
{
    *place += bill->place % 2 ? 5 : 7;
    return demo_sentences.items[*place % demo_sentences.count];
}

static void add_summary(struct bill *bill, struct buffer *rows)
{
    struct phrase summary = { 0 };
    uint32_t paragraphs = dice_roll(&bill->dice, PARAGRAPHS_MAX + 1);
    uint32_t place = dice_roll(&bill->dice, demo_sentences.count);

    for (uint32_t i = 0; i < paragraphs; i++) {
        uint32_t sentences = 1 + dice_roll(&bill->dice, 3);

        phrase_add(&summary, "%s", i > 0 ? "\n" : "");
        for (uint32_t k = 0; k < sentences; k++) {
            phrase_add(&summary, "%s", k > 0 ? " " : "");
            phrase_add_sentence(&summary, bill, next_sentence(bill, &place));
        }
    }
    copy_column(rows, paragraphs ? phrase_text(&summary) : TEXT_NULL);
}

/* One to four of the area's subjects, each once, as an array literal. */
static void add_subjects(struct bill *bill, struct buffer *rows)
{
    struct phrase list = { 0 };
    uint32_t count = dice_roll(&bill->dice, 5);
    uint32_t first = dice_roll(&bill->dice, DEMO_AREA_WORDS);

    phrase_add(&list, "{");
    for (uint32_t i = 0; i < count; i++)
        phrase_add(&list, "%s\"%s\"", i > 0 ? "," : "",
                   bill->area->subjects[(first + i) % DEMO_AREA_WORDS]);
    phrase_add(&list, "}");
    copy_column(rows, phrase_text(&list));
}

static struct demo_words words_of(const struct bill *bill, uint32_t step)
{
    return demo_step_words(bill->course.steps[step], bill->type, bill->area);
}

static void add_latest(struct bill *bill, struct buffer *rows)
{
    uint32_t last = bill->course.count - 1;
    struct demo_words words = words_of(bill, last);
    char at[DATE_BYTES];

    copy_column(rows, date(bill->days[0], at));
    copy_column(rows, date(bill->days[last], at));
    copy_column(rows, text_of(words.text));
}

static void add_bill(struct bill *bill, struct buffer *rows)
{
    char key[DEMO_KEY_BYTES];
    struct phrase url = { 0 };

    phrase_add(&url, "https://bills.example/" SESSION "/%s/%llu",
               bill->type->type, (unsigned long long)bill->number);
    copy_row(rows, bill->place + 1);
    copy_column(rows, TEXT(SESSION));
    copy_column(rows, text_of(bill->type->type));
    copy_number(rows, (int64_t)bill->number);
    copy_column(rows, bill->type->senate ? TEXT("senate") : TEXT("house"));
    add_titles(bill, rows);
    add_summary(bill, rows);
    copy_column(rows, text_of(bill->course.status));
    copy_column(rows, bill->plan->people ? demo_person_key(bill->sponsor, key)
                                         : TEXT_NULL);
    copy_column(rows, dice_once_in(&bill->dice, 25)
                          ? TEXT_NULL
                          : text_of(bill->area->name));
    add_subjects(bill, rows);
    add_latest(bill, rows);
    copy_column(rows,
                dice_once_in(&bill->dice, 10) ? TEXT_NULL : phrase_text(&url));
    copy_row_end(rows);
}

static void add_action(struct bill *bill, uint32_t step, struct buffer *rows)
{
    struct demo_words words = words_of(bill, step);
    char at[DATE_BYTES];

    copy_row(rows, bill->place + 1);
    copy_number(rows, step + 1);
    copy_column(rows, date(bill->days[step], at));
    copy_column(rows,
                words.at_a_time ? time_of_day(&bill->dice, at) : TEXT_NULL);
    copy_column(rows, text_of(words.type));
    copy_column(rows, text_of(words.code));
    copy_column(rows, text_of(words.text));
    copy_column(rows, text_of(words.source));
    copy_row_end(rows);
}

void demo_bill(const struct demo_plan *plan, uint64_t place,
               struct buffer *rows)
{
    uint32_t turn = (uint32_t)(place % DEMO_TYPES);
    struct bill bill = {
        .plan = plan,
        .place = place,
        .dice = dice_for(plan->seed, DEMO_BILL, place),
        .type = &demo_types[turn],
    };

    bill.number = place / DEMO_TYPES * demo_type_turns(bill.type->type) +
                  demo_type_turn(turn) + 1;
    bill.area = &demo_areas[dice_roll(&bill.dice, demo_area_count)];
    bill.thing = bill.area->things[dice_roll(&bill.dice, DEMO_AREA_WORDS)];
    bill.course = demo_course_for(bill.type, &bill.dice);
    choose_days(&bill);
    choose_sponsor(&bill);
    add_bill(&bill, &rows[0]);
    for (uint32_t i = 0; i < bill.course.count; i++)
        add_action(&bill, i, &rows[1]);
    add_cosponsors(&bill, &rows[2]);
}
