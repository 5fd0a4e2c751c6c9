/* SPDX-License-Identifier: MIT */
#include "json/moment.h"

#include <criterion/criterion.h>

Test(moment, knows_the_days_of_the_calendar)
{
    cr_expect(date_is_valid(TEXT("2024-02-29")));
    cr_expect(date_is_valid(TEXT("2000-02-29")));
    cr_expect(date_is_valid(TEXT("0001-01-01")));
    cr_expect(date_is_valid(TEXT("9999-12-31")));
    cr_expect_not(date_is_valid(TEXT("2025-02-29")));
    cr_expect_not(date_is_valid(TEXT("1900-02-29")));
    cr_expect_not(date_is_valid(TEXT("2025-04-31")));
    cr_expect_not(date_is_valid(TEXT("2025-00-10")));
    cr_expect_not(date_is_valid(TEXT("2025-13-10")));
    cr_expect_not(date_is_valid(TEXT("2025-01-00")));
    cr_expect_not(date_is_valid(TEXT("0000-01-01")));
}

Test(moment, takes_dates_in_one_form_only)
{
    cr_expect_not(date_is_valid(TEXT("")));
    cr_expect_not(date_is_valid(TEXT("2025-1-3")));
    cr_expect_not(date_is_valid(TEXT("20250103")));
    cr_expect_not(date_is_valid(TEXT("2025/01/03")));
    cr_expect_not(date_is_valid(TEXT("2025-01-03T00:00:00Z")));
    cr_expect_not(date_is_valid(TEXT(" 2025-01-03")));
    cr_expect_not(date_is_valid(TEXT("+2025-01-03")));
    cr_expect_not(date_is_valid(TEXT("12025-01-03")));
}

static void expect(const char *raw, const char *utc)
{
    char made[MOMENT_BYTES];

    cr_assert(moment_to_utc(text_of(raw), made), "%s", raw);
    cr_expect_str_eq(made, utc);
}

Test(moment, brings_times_to_utc_and_microseconds)
{
    expect("2026-11-21T08:30:00Z", "2026-11-21 08:30:00.000000+00");
    expect("2026-11-21t08:30:00.123z", "2026-11-21 08:30:00.123000+00");
    expect("2026-11-21T08:30:00.1234569Z", "2026-11-21 08:30:00.123456+00");
    expect("2026-01-01T00:30:00+01:00", "2025-12-31 23:30:00.000000+00");
    expect("2024-02-28T23:59:59-00:30", "2024-02-29 00:29:59.000000+00");
    expect("1969-12-31T23:59:59.9+00:00", "1969-12-31 23:59:59.900000+00");
    expect("0001-01-01T00:00:00Z", "0001-01-01 00:00:00.000000+00");
    expect("9999-12-31T23:59:59.999999Z", "9999-12-31 23:59:59.999999+00");
}

static void refuse(const char *raw)
{
    char made[MOMENT_BYTES];

    cr_expect_not(moment_to_utc(text_of(raw), made), "%s", raw);
}

Test(moment, refuses_times_that_do_not_say_when)
{
    refuse("2026-11-21T08:30:00");
    refuse("2026-11-21 08:30:00Z");
    refuse("2026-11-21T08:30Z");
    refuse("2026-11-21T08:30:00.Z");
    refuse("2026-11-21T08:30:00+0200");
    refuse("2026-11-21T08:30:00+24:00");
    refuse("2026-11-21T08:30:00+01:60");
    refuse("2026-11-21T24:00:00Z");
    refuse("2026-11-21T08:60:00Z");
    refuse("2026-11-21T08:30:60Z");
    refuse("2026-02-30T08:30:00Z");
    refuse("2026-11-21T08:30:00ZZ");
    refuse("");
}

Test(moment, refuses_years_that_the_offset_moves_out_of_range)
{
    refuse("0001-01-01T00:00:00+00:01");
    refuse("9999-12-31T23:59:59-00:01");
}
