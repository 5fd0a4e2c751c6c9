/* SPDX-License-Identifier: MIT */
/* What a client says of a bill, as both merges of bills name it: COLUMNS("s.").
 */
#pragma once

/* clang-format off */

#define KEY(p) p "session, " p "type, " p "number"

/* All but the key. */
#define COLUMNS(p)                                                    \
    p "chamber, " p "title, " p "short_title, " p "official_title, "  \
    p "summary, " p "status, " p "sponsor_id, " p "policy_area, "     \
    p "subjects, " p "introduced_on, " p "latest_action_on, "         \
    p "latest_action, " p "url"

/* clang-format on */
