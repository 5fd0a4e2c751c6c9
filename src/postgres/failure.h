/* SPDX-License-Identifier: MIT */
/* What the database's errors mean to us; sqlstate.def is the table. */
#pragma once

#include "database/driver.h"

#include <libpq-fe.h>

/*
 * From an error (or a notice) of the server. Values are left out: those of its
 * DETAIL and those it quotes at the end of data errors.
 */
void failure_from_result(struct failure *failure, const PGresult *result);

/*
 * From the message of a connection that was not made; the verbose form holds
 * the SQLSTATE, which libpq gives by no other way.
 */
void failure_from_connect(struct failure *failure, const PGconn *link);

/* The link is gone; libpq's message is the cause. */
void failure_from_link(struct failure *failure, const PGconn *link);

/* One of our own making. */
void failure_of(struct failure *failure, int code, const char *detail);

/* A FATAL or PANIC: the session ends behind it. */
bool result_is_fatal(const PGresult *result);
