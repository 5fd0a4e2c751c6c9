/* SPDX-License-Identifier: MIT */
/* One frame of `portcullis top`: what the samples say, fit for a terminal of
 * this size. Pure. */
#pragma once

#include "admin/samples.h"

struct screen {
    const char *url;
    unsigned columns, rows; /* 0 rows: as many as it takes */
    bool colours;
    double seconds;      /* between the samples and those before */
    const char *trouble; /* why there are no newer ones; NULL: there are */
};

/* Lines, each with its end, none longer than the screen is wide, no more than
 * it has rows. */
void screen_draw(const struct screen *screen, const struct samples *samples,
                 struct buffer *out);
