/* SPDX-License-Identifier: MIT */
#include "http/method.h"

static const struct text names[METHOD_COUNT] = {
    [METHOD_GET] = { "GET", 3 },         [METHOD_HEAD] = { "HEAD", 4 },
    [METHOD_POST] = { "POST", 4 },       [METHOD_PUT] = { "PUT", 3 },
    [METHOD_PATCH] = { "PATCH", 5 },     [METHOD_DELETE] = { "DELETE", 6 },
    [METHOD_OPTIONS] = { "OPTIONS", 7 },
};

const char *method_name(enum method method)
{
    return names[method].at;
}

enum method method_parse(struct text name)
{
    enum method m = 0;

    while (m < METHOD_COUNT && !text_equal(names[m], name))
        m++;
    return m;
}
