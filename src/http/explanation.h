/* SPDX-License-Identifier: MIT */
/* The problems in prose, from problems.def: for who wants to know more. */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

struct explanation {
    int error; /* ERR_x; its code and title are error_info()'s */
    const char *why, *what_to_do;
};

/* By the last part of a problem's `type`; NULL when there is no such. */
const struct explanation *explanation_find(struct text code);

/* The same thing in three forms. */
void explanation_write_json(struct buffer *out, const struct explanation *e);
void explanation_write_markdown(struct buffer *out,
                                const struct explanation *e);
void explanation_write_html(struct buffer *out, const struct explanation *e);
