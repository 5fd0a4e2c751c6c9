/* SPDX-License-Identifier: MIT */
/* What the process gives up of itself. */
#pragma once

/* No core dump and no other process of the user may read our memory. */
void harden_memory(void);
