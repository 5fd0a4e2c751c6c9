/* SPDX-License-Identifier: MIT */
#include "http/date.h"

#include "base/check.h"
#include "base/clock.h"

#include <time.h>

const char *date_now(struct date *date)
{
    time_t now = (time_t)(clock_wall_ns() / NS_PER_S);
    struct tm tm;

    if (now == date->second)
        return date->text;
    gmtime_r(&now, &tm);
    CHECK(strftime(date->text, sizeof(date->text), "%a, %d %b %Y %H:%M:%S GMT",
                   &tm) == sizeof(date->text) - 1);
    date->second = now;
    return date->text;
}
