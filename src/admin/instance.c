/* SPDX-License-Identifier: MIT */
#include "admin/instance.h"

#include "base/clock.h"
#include "base/memory.h"
#include "fetch/fetch.h"
#include "runtime/fiber.h"

#include <string.h>

struct asking {
    struct fetch_request request;
    struct buffer *body;
    int *status;
    struct diag *diag;
    int result;
};

static void ask(void *arg)
{
    struct asking *asking = arg;

    asking->result = fetch(&asking->request,
                           deadline_after(clock_monotonic_ns(), INSTANCE_MS),
                           asking->body, asking->status, asking->diag);
}

int instance_ask(const struct instance *instance,
                 const struct instance_question *question, struct buffer *body,
                 int *ret_status, struct diag *diag)
{
    size_t len = strlen(instance->url);
    bool slash = len > 0 && instance->url[len - 1] == '/';
    CLEANUP(memory_free)
    char *url = memory_format("%.*s%s", (int)(len - slash), instance->url,
                              question->path);
    struct asking asking = {
        .request = { .url = url,
                     .bearer = instance->token,
                     .pin = instance->pin,
                     .field = question->field,
                     .wanted = question->wanted,
                     .ret_wanted = question->ret_wanted },
        .body = body,
        .status = ret_status,
        .diag = diag,
    };

    fiber_run_alone("asking an instance", ask, &asking);
    return asking.result;
}

int instance_get(const struct instance *instance, const char *path,
                 struct buffer *body, int *ret_status, struct diag *diag)
{
    return instance_ask(instance, &(struct instance_question){ .path = path },
                        body, ret_status, diag);
}

char *instance_url(const char *listen, bool tls)
{
    static const char *const everywhere[] = { "0.0.0.0:", "[::]:" };
    const char *scheme = tls ? "https" : "http";

    for (size_t i = 0; i < ARRAY_LEN(everywhere); i++)
        if (strncmp(listen, everywhere[i], strlen(everywhere[i])) == 0)
            return memory_format("%s://127.0.0.1:%s", scheme,
                                 listen + strlen(everywhere[i]));
    return memory_format("%s://%s", scheme, listen);
}
