/* SPDX-License-Identifier: MIT */
/* The whole path from the settings to the rows, looked at once. */
#pragma once

#include "base/settings.h"
#include "database/connection.h"

enum verdict { VERDICT_FINE, VERDICT_DOUBTFUL, VERDICT_BAD, VERDICT_SKIPPED };

enum { NOTE_BYTES = 256 };

struct patient {
    const struct settings *settings;
    struct connection *connection; /* while there is one */
    char note[NOTE_BYTES];         /* what was seen */
};

/* Writes the note and returns the verdict. */
typedef enum verdict exam_fn(struct patient *patient);

#define EXAM(name, needs, mend) exam_fn look_at_##name;
#include "app/doctor.def"
#undef EXAM

enum verdict seen(struct patient *patient, enum verdict verdict,
                  const char *fmt, ...) PRINTF(3, 4);
