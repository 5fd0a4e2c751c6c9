/* SPDX-License-Identifier: MIT */
#include "store/cell.h"

int cell_number(struct text cell, int64_t *ret, struct diag *diag)
{
    *ret = 0;
    if (!text_is_null(cell) && text_to_int64(cell, ret))
        return 0;
    return FAIL(diag, ERR_QUERY_FAILED,
                "the database answered no number where one belongs");
}

int cell_uuid(struct text cell, struct uuid *ret, struct diag *diag)
{
    if (!text_is_null(cell) && uuid_parse(cell, ret))
        return 0;
    return FAIL(diag, ERR_QUERY_FAILED,
                "the database answered no id where one belongs");
}

int cell_one_row(const struct rows *rows, struct diag *diag)
{
    if (rows_count(rows) == 1)
        return 0;
    return FAIL(diag, ERR_QUERY_FAILED,
                "the database answered %u rows where one belongs",
                rows_count(rows));
}
