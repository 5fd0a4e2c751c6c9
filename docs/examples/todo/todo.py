#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""todo.py: AuthZEN's "todo" scenario on Portcullis.

Makes its permissions, roles and users over the API, as often as you like, then
asks the scenario's 40 questions and holds the answers against its rules.
SERVICE_URL tells where the service is; ADMIN_TOKEN is of somebody who may do
all that (`portcullis dev` prints one)."""
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

SERVICE = os.environ.get("SERVICE_URL", "http://127.0.0.1:8080")
TOKEN = os.environ["ADMIN_TOKEN"]

# A role, its parents, and the permissions it adds. `:own` holds for what is
# the subject's: whose it is the application says with each question.
ROLES = {
    "todo-viewer": ([], ["user:can_read_user", "todo:can_read_todos"]),
    "todo-editor": (["todo-viewer"], ["todo:can_create_todo",
                                      "todo:can_update_todo:own",
                                      "todo:can_delete_todo:own"]),
    "todo-evil-genius": (["todo-editor"], ["todo:can_update_todo"]),
    "todo-admin": (["todo-viewer"], ["todo:can_create_todo",
                                     "todo:can_delete_todo"]),
}

# The subject that tokens of the scenario's identity provider name, an address,
# and roles.
USERS = {
    "Rick": ("CiRmZDA2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs",
             "rick@the-citadel.com", ["todo-admin", "todo-evil-genius"]),
    "Morty": ("CiRmZDE2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs",
              "morty@the-citadel.com", ["todo-editor"]),
    "Summer": ("CiRmZDI2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs",
               "summer@the-smiths.com", ["todo-editor"]),
    "Beth": ("CiRmZDM2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs",
             "beth@the-smiths.com", ["todo-viewer"]),
    "Jerry": ("CiRmZDQ2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs",
              "jerry@the-smiths.com", ["todo-viewer"]),
}


def call(method, path, body=None):
    request = urllib.request.Request(
        SERVICE + path, method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {TOKEN}",
                 "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")


def the(resource, member, value, **more):
    """The id of the object with this member; it is made when it is not there."""
    query = urllib.parse.urlencode({member: value})
    found = call("GET", f"/v1/{resource}?{query}")
    made = found[0] if found else call("POST", f"/v1/{resource}",
                                       {member: value, **more})
    return made["id"]


def make_roles():
    ids = {}
    for key, (parents, permissions) in ROLES.items():
        ids[key] = the("roles", "key", key, name=key)
        for parent in parents:
            call("PUT", f"/v1/roles/{ids[key]}/parents/{ids[parent]}")
        for permission in permissions:
            permission_id = the("permissions", "key", permission)
            call("PUT", f"/v1/roles/{ids[key]}/permissions/{permission_id}")
    return ids


def make_users(roles):
    for name, (subject, email, keys) in USERS.items():
        user_id = the("users", "external_id", subject, email=email,
                      display_name=name)
        for key in keys:
            call("PUT", f"/v1/users/{user_id}/roles/{roles[key]}", {})


def todo(owner):
    return {"type": "todo", "id": "7240d0db-8ff0-41ec-98b2-34a096273b9f",
            "properties": {"ownerID": owner}}


def questions():
    """(who, action, resource, what the scenario's rules say)"""
    somebody = {"type": "user", "id": "beth@the-smiths.com"}
    todos = {"type": "todo", "id": "todo-1"}
    for name, (subject, email, keys) in USERS.items():
        edits = "todo-editor" in keys or "todo-evil-genius" in keys
        other = USERS["Morty" if name == "Rick" else "Rick"][1]
        yield name, "can_read_user", somebody, True
        yield name, "can_read_user", {"type": "user", "id": subject}, True
        yield name, "can_read_todos", todos, True
        yield name, "can_create_todo", todos, edits or "todo-admin" in keys
        yield (name, "can_update_todo", todo(other),
               "todo-evil-genius" in keys)
        yield name, "can_update_todo", todo(email), edits
        yield name, "can_delete_todo", todo(other), "todo-admin" in keys
        yield (name, "can_delete_todo", todo(email),
               edits or "todo-admin" in keys)


def main():
    make_users(make_roles())
    asked = list(questions())
    answer = call("POST", "/access/v1/evaluations", {"evaluations": [
        {"subject": {"type": "user", "id": USERS[name][0]},
         "action": {"name": action}, "resource": resource}
        for name, action, resource, _ in asked]})
    wrong = 0
    for (name, action, resource, expected), got in zip(
            asked, answer["evaluations"], strict=True):
        wrong += got["decision"] != expected
        mark = " " if got["decision"] == expected else "✗"
        whose = resource.get("properties", {}).get("ownerID", "")
        print(f"{mark} {name:7} {action:16} {resource['type']:5}"
              f"{'yes' if got['decision'] else 'no':4} {whose}")
    print(f"{len(asked) - wrong} of {len(asked)} decisions as the rules say")
    return 1 if wrong or len(asked) != 40 else 0


if __name__ == "__main__":
    sys.exit(main())
