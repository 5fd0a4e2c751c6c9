/* SPDX-License-Identifier: MIT */
#include "app/verb.h"

#include "app/build.h"

#define VERB(name, group, operands, summary, exits, text) \
    { #name, verb_##name, group, operands, summary, exits, text },
static const struct verb verbs[] = {
#include "app/verbs.def"
    { NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

#define ACTION(verb, name, operands, summary) \
    { #verb, name, operands, summary },
static const struct verb_action actions[] = {
#include "app/verbs.def"
    { NULL, NULL, NULL, NULL },
};

#define OPTION(verb, actions, name, argument, summary) \
    { #verb, actions, name, argument, summary },
static const struct verb_option options[] = {
#include "app/verbs.def"
    { NULL, NULL, NULL, NULL, NULL },
};

#define OUTCOME(verb, status, meaning) { #verb, status, meaning },
static const struct verb_outcome outcomes[] = {
#include "app/verbs.def"
    { NULL, 0, NULL },
};

#define DOCUMENT(verb, actions, shape) { #verb, actions, shape },
static const struct verb_document documents[] = {
#include "app/verbs.def"
    { NULL, NULL, NULL },
};

const struct verb_table verb_table = {
    .program = "portcullis",
    .summary = "one gate to a civic platform's data",
    .version = BUILD_VERSION,
    .verbs = verbs,
    .actions = actions,
    .options = options,
    .outcomes = outcomes,
    .documents = documents,
};

int database_url(const struct invocation *invocation, const char **ret_url)
{
    *ret_url = settings_text(invocation->settings, SETTING_DATABASE_URL);
    if ((*ret_url)[0])
        return EXIT_OK;
    say("DATABASE_URL is not set: postgresql://user@host/name");
    return EXIT_CONFIG;
}
