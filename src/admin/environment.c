/* SPDX-License-Identifier: MIT */
#include "admin/environment.h"

#include "base/memory.h"

#include <string.h>
#include <unistd.h>

static void add(struct environment *env, char *entry)
{
    env->list = memory_resize(env->list, (env->count + 2) * sizeof(*env->list));
    env->list[env->count++] = entry;
    env->list[env->count] = NULL;
}

void environment_init_empty(struct environment *env)
{
    *env = (struct environment){ .list = NEW(char *) };
}

void environment_init_copy(struct environment *env)
{
    environment_init_empty(env);
    for (char **entry = environ; entry && *entry; entry++)
        add(env, memory_copy(*entry, strlen(*entry)));
}

void environment_fini(struct environment *env)
{
    for (size_t i = 0; i < env->count; i++)
        memory_free(&env->list[i]);
    memory_free(&env->list);
    env->count = 0;
}

void environment_set(struct environment *env, const char *name,
                     const char *value)
{
    char *entry = memory_format("%s=%s", name, value);
    size_t name_len = strlen(name) + 1;

    for (size_t i = 0; i < env->count; i++) {
        if (strncmp(env->list[i], entry, name_len) == 0) {
            memory_free(&env->list[i]);
            env->list[i] = entry;
            return;
        }
    }
    add(env, entry);
}
