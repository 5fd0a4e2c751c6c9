/* SPDX-License-Identifier: MIT */
#include "admin/account.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void account_name(struct account *account, const char *name)
{
    snprintf(account->name, sizeof(account->name), "%s", name);
}

struct account account_self(void)
{
    struct account self = { .uid = geteuid(), .gid = getegid() };
    const struct passwd *entry = getpwuid(self.uid);

    account_name(&self, entry ? entry->pw_name : "this user");
    return self;
}

int account_for(const char *name, struct account *ret_account,
                struct refusal *why)
{
    const struct passwd *entry;

    if (geteuid() != 0) {
        *ret_account = account_self();
        return 0;
    }
    entry = getpwnam(name);
    if (!entry)
        entry = getpwnam("nobody");
    if (!entry || entry->pw_uid == 0)
        return refuse(why, EXIT_CONFIG,
                      "root needs the user %s to run servers as: make it, or "
                      "start portcullis as an ordinary user",
                      name);
    *ret_account = (struct account){ .uid = entry->pw_uid,
                                     .gid = entry->pw_gid,
                                     .change = true };
    account_name(ret_account, entry->pw_name);
    return 0;
}

int account_become(const struct account *account)
{
    if (!account->change)
        return 0;
    if (setgroups(1, &account->gid) < 0 ||
        setresgid(account->gid, account->gid, account->gid) < 0)
        return -1;
    return setresuid(account->uid, account->uid, account->uid);
}

bool account_can_enter(const struct account *account, const char *path)
{
    pid_t pid;
    int status = 0;

    if (!account->change)
        return access(path, X_OK) == 0;
    pid = fork();
    if (pid == 0)
        _exit(account_become(account) < 0 || access(path, X_OK) < 0);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}
