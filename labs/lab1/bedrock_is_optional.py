"""See what decides whether Terraform makes the connection to Bedrock."""

from workshop.module import blocks

made = {
    name: body
    for name, body in blocks("resource").items()
    if name.startswith("confluent_flink_connection.")
}
for name, body in made.items():
    print(name, "count =", body["count"].strip("${}"))
    print("type =", body["type"])
    print("endpoint =", body["endpoint"].strip("${}"))
    for check in body["lifecycle"][0]["precondition"]:
        print("unless:", check["error_message"])
print("by default:", blocks("variable")["enable_bedrock"]["default"])
