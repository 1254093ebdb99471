"""Applying for a resident, as a helper's phone does."""

from typing import Any

from tests.city import City, Visitor, answer_to, photo

WATI = {
    "name": "Wati Ningsih",
    "nik": "3573054101000003",
    "phone": "081234567890",
    "address": "Jalan Ijen 25",
    "relation": "FAMILY",
}
ANSWER = """... on AssistedSubmitted { case {
    number numberText serviceName state { name title } relation submittedAt } }"""


async def for_resident(
    city: City, helper: Visitor, service: str = "DUK-KK-HILANG", /, **over: Any
) -> dict[str, Any]:
    """Fill and send a whole application for Wati (or who `resident` says); the answer of the mutation."""
    data = await helper.ask(
        "query Q($c: String!) { service(code: $c) { version requirements { code kind required }"
        " fields { name kind required minimum maxLength profile choices { value } } } }",
        c=service,
    )
    form = data["service"]
    resident = WATI | over.pop("resident", {})
    documents = over.pop("documents", None)
    if documents is None:
        documents = [
            {"requirement": r["code"], "uploadId": await city.placed(helper, photo((n, 8, 60)))}
            for n, r in enumerate(form["requirements"])
            if r["kind"] == "DOCUMENT" and r["required"]
        ]
    given = {
        "serviceCode": service,
        "serviceVersion": form["version"],
        "kelurahanCode": "35.73.05.1004",
        # What the profile answers is left out: it is the resident's that fills it in.
        "answers": [
            {"name": f["name"], "value": answer_to(f)}
            for f in form["fields"]
            if f["required"] and not f["profile"]
        ],
        "documents": documents,
        "onBehalfOf": resident,
    } | over
    return await helper.act("submitAssistedApplication", ANSWER, **given)
