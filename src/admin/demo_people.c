/* SPDX-License-Identifier: MIT */
#include "admin/demo_parts.h"

enum { NAME_BYTES = 128, EMAIL_BYTES = 64 };

/* --- people --------------------------------------------------------------- */

struct person {
    const char *given, *family;
    char full[NAME_BYTES];
};

static struct person name_person(struct dice *dice)
{
    struct person person = { .given = dice_word(dice, &demo_given),
                             .family = dice_word(dice, &demo_family) };
    static const char *const endings[] = { "", "", "", "",     "",   "",
                                           "", "", "", " Jr.", " II" };
    const char *middle = dice_word(dice, &demo_given);
    const char *ending = endings[dice_roll(dice, ARRAY_LEN(endings))];

    if (dice_once_in(dice, 3) && (unsigned char)middle[0] < 0x80)
        snprintf(person.full, sizeof(person.full), "%s %c. %s%s", person.given,
                 middle[0], person.family, ending);
    else
        snprintf(person.full, sizeof(person.full), "%s %s%s", person.given,
                 person.family, ending);
    return person;
}

static void add_district(struct buffer *rows, struct dice *dice, bool senator)
{
    uint32_t district = dice_roll(dice, 14);

    if (senator)
        copy_column(rows, TEXT_NULL);
    else
        copy_number(rows, district);
}

void demo_person(const struct demo_plan *plan, uint64_t place,
                 struct buffer *rows)
{
    struct dice dice = dice_for(plan->seed, DEMO_PERSON, place);
    struct person person = name_person(&dice);
    const char *party = dice_word(&dice, &demo_parties);
    bool senator = demo_is_senator(place), none = dice_once_in(&dice, 40);
    char key[DEMO_KEY_BYTES];

    copy_row(rows, place + 1);
    copy_column(rows, demo_person_key(place, key));
    copy_column(rows, text_of(person.full));
    copy_column(rows, text_of(person.given));
    copy_column(rows, text_of(person.family));
    copy_column(rows, none ? TEXT_NULL : text_of(party));
    copy_column(rows, text_of(dice_word(&dice, &demo_states)));
    copy_column(rows, senator ? TEXT("senate") : TEXT("house"));
    add_district(rows, &dice, senator);
    copy_column(rows, dice_once_in(&dice, 6) ? TEXT("f") : TEXT("t"));
    copy_row_end(rows);
}

/* --- users ---------------------------------------------------------------- */

static const char *const locales[] = { "en", "en-GB", "de", "fr", "nb", "pl" };
static const char *const zones[] = { "UTC", "Europe/Oslo", "Europe/Berlin",
                                     "Atlantic/Reykjavik" };
static const char *const statuses[] = { "active", "active",    "active",
                                        "active", "suspended", "deactivated" };

/* Nobody's word gives an administrator. */
static const char *const roles[] = { "viewer", "viewer", "viewer", "viewer",
                                     "editor", "editor", "auditor" };

static void add_profile(struct buffer *rows, struct dice *dice)
{
    char profile[256];

    if (dice_once_in(dice, 4)) {
        copy_column(rows, TEXT("{}"));
        return;
    }
    snprintf(profile, sizeof(profile),
             "{\"locale\": \"%s\", \"time_zone\": \"%s\", \"bio\": "
             "\"Reads everything about %s.\"}",
             locales[dice_roll(dice, ARRAY_LEN(locales))],
             zones[dice_roll(dice, ARRAY_LEN(zones))],
             demo_areas[dice_roll(dice, demo_area_count)]
                 .things[dice_roll(dice, DEMO_AREA_WORDS)]);
    copy_column(rows, text_of(profile));
}

void demo_user(const struct demo_plan *plan, uint64_t place,
               struct buffer *rows)
{
    struct dice dice = dice_for(plan->seed, DEMO_USER, place);
    struct person person = name_person(&dice);
    char email[EMAIL_BYTES];

    snprintf(email, sizeof(email), "demo%llu@portcullis.example",
             (unsigned long long)place + 1);
    copy_row(rows, place + 1);
    copy_column(rows, text_of(email));
    copy_column(rows, text_of(person.full));
    copy_column(rows, text_of(statuses[dice_roll(&dice, ARRAY_LEN(statuses))]));
    add_profile(rows, &dice);
    copy_column(rows, text_of(roles[dice_roll(&dice, ARRAY_LEN(roles))]));
    copy_row_end(rows);
}
