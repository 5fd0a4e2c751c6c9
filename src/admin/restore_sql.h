/* SPDX-License-Identifier: MIT */
/* What a restore asks of the server; "writes" means: answers a script. */
#pragma once

#include "database/statement.h"

/* $1 name: has this session the lock of restores of that name now? */
extern const struct statement restore_lock;

/* $1 name, $2 name while it is restored; columns below. */
enum { LOOK_EXISTS, LOOK_SESSIONS, LOOK_LEFTOVER, LOOK_SUPERUSER };
extern const struct statement restore_look;

/* $1 a role's name: is it there? */
extern const struct statement restore_has_role;

/* $1 name: writes its removal. */
extern const struct statement restore_drop;

/* $1 name, $2 owner, $3 encoding, $4 collate, $5 ctype, $6 provider, $7 its
 * locale: writes its making. */
extern const struct statement restore_create;

/* $1 name, $2 role or "", $3 rights: writes the grant. */
extern const struct statement restore_grant;

/* $1 name while it is restored, $2 name: writes its renaming. */
extern const struct statement restore_name;

/* … $3 what the one of that name is to be called: writes that both are renamed,
 * behind the end of the sessions of the latter. One transaction. */
extern const struct statement restore_swap;

/* Scripts in the restored database. */
extern const char restore_forget_remembered[];
