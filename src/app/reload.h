/* SPDX-License-Identifier: MIT */
/*
 * Reloading (SIGHUP, `portcullis reload`): new settings without a restart,
 * everywhere or nowhere.
 *
 *     read ──► prepare ──────────────► adopt ─────────────► adopt
 *      │       each part of the        the same parts,      each part of each
 *      │       process, main thread    main thread          loop, on that loop
 *      └─────────┴──► any mistake: it is logged, and all stays as it was
 *
 * All origins are read again but for flags and the environment, which cannot
 * change: the file, and the files that secrets and URLs stand in. What the
 * table (base/settings.def) calls RESTART keeps its value and is logged as
 * waiting.
 *
 * Who has something to do then has a function in a table: of the process
 * (serve.c, `serving_parts`) or of a loop (worker.c, `parts`). Settings are a
 * snapshot that never changes; the one before is freed when every loop has
 * adopted the new one. So whoever keeps a setting's text, or made something of
 * a setting, takes it anew in adopt; whoever reads service->settings each time
 * has nothing to do.
 */
#pragma once

#include "app/reload_status.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/settings.h"

#include <stdbool.h>

struct serving;

/*
 * Reads and checks what the part needs of the settings to come (a file of
 * keys, say) and keeps it aside; not seen by anybody yet. It may read files,
 * but waits for no other machine. An error, with its sentence in the diag,
 * ends the reload, and nothing was changed; what was kept aside is replaced by
 * the next prepare, and freed by the part's stop.
 */
typedef int reload_prepare_fn(struct serving *serving,
                              const struct settings *next, struct diag *diag);

/*
 * assembly.settings are the new ones: puts in force what was prepared. Cannot
 * fail. Loops still run, and some work by the old settings for a moment.
 */
typedef void reload_adopt_fn(struct serving *serving);

struct reload {
    struct settings *own;    /* in force, when a reload made them */
    struct settings *before; /* not yet given up by every loop */
    unsigned adopted;        /* loops that have */
    int changed, waiting;    /* settings */
    bool running;            /* until all have */
    bool again;              /* asked for meanwhile */
    struct reload_status status;
};

/* On the control loop. Nothing happens once the process drains. */
void reload_ask(struct serving *serving);
