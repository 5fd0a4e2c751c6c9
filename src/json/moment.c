/* SPDX-License-Identifier: MIT */
#include "json/moment.h"

#include <time.h>

enum { MICROSECOND_DIGITS = 6 };

struct date {
    int year, month, day;
};

/* Cuts exactly `digits` digits off the front. */
static bool cut_number(struct text *t, size_t digits, int *ret_number)
{
    int number = 0;

    if (t->len < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (t->at[i] < '0' || t->at[i] > '9')
            return false;
        number = number * 10 + (t->at[i] - '0');
    }
    *t = text_skip(*t, digits);
    *ret_number = number;
    return true;
}

static bool cut_byte(struct text *t, char byte)
{
    if (t->len == 0 || t->at[0] != byte)
        return false;
    *t = text_skip(*t, 1);
    return true;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
    static const int days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    return days[month - 1] + (month == 2 && is_leap(year));
}

static bool cut_date(struct text *t, struct date *ret_date)
{
    struct date d;

    if (!cut_number(t, 4, &d.year) || !cut_byte(t, '-') ||
        !cut_number(t, 2, &d.month) || !cut_byte(t, '-') ||
        !cut_number(t, 2, &d.day))
        return false;
    *ret_date = d;
    return d.year >= 1 && d.month >= 1 && d.month <= 12 && d.day >= 1 &&
           d.day <= days_in(d.year, d.month);
}

bool date_is_valid(struct text t)
{
    struct date date;

    return cut_date(&t, &date) && t.len == 0;
}

static bool cut_time(struct text *t, struct tm *moment)
{
    return cut_number(t, 2, &moment->tm_hour) && cut_byte(t, ':') &&
           cut_number(t, 2, &moment->tm_min) && cut_byte(t, ':') &&
           cut_number(t, 2, &moment->tm_sec) && moment->tm_hour <= 23 &&
           moment->tm_min <= 59 && moment->tm_sec <= 59;
}

static bool cut_fraction(struct text *t, int *ret_microseconds)
{
    int digit, digits = 0;

    *ret_microseconds = 0;
    if (!cut_byte(t, '.'))
        return true;
    while (cut_number(t, 1, &digit))
        if (digits++ < MICROSECOND_DIGITS)
            *ret_microseconds = *ret_microseconds * 10 + digit;
    for (int i = digits; i < MICROSECOND_DIGITS; i++)
        *ret_microseconds *= 10;
    return digits > 0;
}

/* What is to be taken off for UTC. */
static bool cut_offset(struct text *t, int *ret_minutes)
{
    bool west = t->len > 0 && t->at[0] == '-';
    int hours, minutes;

    *ret_minutes = 0;
    if (cut_byte(t, 'Z') || cut_byte(t, 'z'))
        return true;
    if (!cut_byte(t, '+') && !cut_byte(t, '-'))
        return false;
    if (!cut_number(t, 2, &hours) || !cut_byte(t, ':') ||
        !cut_number(t, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_minutes = (hours * 60 + minutes) * (west ? -1 : 1);
    return true;
}

static void put(char *at, int number, int digits)
{
    while (digits-- > 0) {
        at[digits] = (char)('0' + number % 10);
        number /= 10;
    }
}

static void write_moment(const struct tm *moment, int microseconds,
                         char ret_text[static MOMENT_BYTES])
{
    memcpy(ret_text, "yyyy-mm-dd hh:mm:ss.uuuuuu+00", MOMENT_BYTES);
    put(ret_text, moment->tm_year + 1900, 4);
    put(ret_text + 5, moment->tm_mon + 1, 2);
    put(ret_text + 8, moment->tm_mday, 2);
    put(ret_text + 11, moment->tm_hour, 2);
    put(ret_text + 14, moment->tm_min, 2);
    put(ret_text + 17, moment->tm_sec, 2);
    put(ret_text + 20, microseconds, 6);
}

bool moment_to_utc(struct text t, char ret_text[static MOMENT_BYTES])
{
    struct tm moment = { 0 };
    struct date date;
    int microseconds, offset;
    time_t utc;

    if (!cut_date(&t, &date) || (!cut_byte(&t, 'T') && !cut_byte(&t, 't')) ||
        !cut_time(&t, &moment) || !cut_fraction(&t, &microseconds) ||
        !cut_offset(&t, &offset) || t.len > 0)
        return false;
    moment.tm_year = date.year - 1900;
    moment.tm_mon = date.month - 1;
    moment.tm_mday = date.day;
    utc = timegm(&moment) - (time_t)offset * 60;
    gmtime_r(&utc, &moment);
    if (moment.tm_year < 1 - 1900 || moment.tm_year > 9999 - 1900)
        return false;
    write_moment(&moment, microseconds, ret_text);
    return true;
}
