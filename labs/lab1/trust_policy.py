"""Read whom the role of the bucket trusts, before anybody makes it."""

from workshop.module import MODULE, blocks

storage = MODULE / "storage"
documents = blocks("data", storage)
role = blocks("resource", storage)["aws_iam_role.tableflow"]
trust = documents["aws_iam_policy_document.trust"]

print("the role trusts:", role["assume_role_policy"].strip("${}"))
for statement in trust["statement"]:
    (who,) = statement["principals"]
    print(*statement["actions"], "by", who["identifiers"][0].strip("${}"))
    for condition in statement.get("condition", []):
        value = condition["values"][0].strip("${}")
        print("  only if", condition["variable"], "is", value)

bucket = documents["aws_iam_policy_document.bucket"]
wide = [
    s
    for s in bucket["statement"]
    if "*" in s["resources"] or any("*" in a for a in s["actions"])
]
print("statements that allow everything:", len(wide))
