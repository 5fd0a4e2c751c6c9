/* SPDX-License-Identifier: MIT */
/* Who is at the other end: the peer, or whom a trusted proxy speaks for. */
#pragma once

#include "base/ip.h"
#include "http/request.h"

/*
 * The client's address. Behind a peer of the trusted networks it is the last
 * item of `X-Forwarded-For` that is not of them: what stands before that was
 * written by the client itself, and may say anything. An item that is no
 * address ends the search at the proxy that added it. `Forwarded` (RFC 7239)
 * is not read: a proxy that sets one of the two lets the other through.
 */
struct ip client_address(const struct request *request, struct ip peer,
                         struct text trusted);
