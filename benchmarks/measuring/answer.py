"""What the stub server answers: a page of accounts as a CRM sends it, 3.5 KB of JSON under 21 headers."""

import json

PATH = "/contoso/api/data/v9.1/accounts"
BODY_BYTES = 3500

HEADERS = {
    "Content-Type": "application/json; odata.metadata=minimal",
    "Cache-Control": "no-cache",
    "Expires": "-1",
    "Vary": "Accept",
    "OData-Version": "4.0",
    "REQ_ID": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    "x-ms-service-request-id": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    "Preference-Applied": 'odata.include-annotations="*",odata.maxpagesize=50',
    "AuthActivityId": "0b0f6d6a-6d2f-4c53-9c53-0d6ad8a3f1f1",
    "X-Source": "16911116414921071192031741851512181241511172272",
    "Public": "OPTIONS,GET,HEAD,POST",
    "Timing-Allow-Origin": "*",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "X-Powered-By": "ASP.NET",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Allow": "OPTIONS,GET,HEAD,POST",
}
"""With those the server adds itself (Server, Date, Content-Length, Connection) about 21."""


def body() -> bytes:
    """The JSON, of exactly `BODY_BYTES`."""
    rows = [
        {
            "@odata.etag": f'W/"{1000000 + number}"',
            "accountid": f"6f9619ff-8b86-d011-b42d-00c04fc9{number:04d}",
            "name": f"Contoso {number}",
            "telephone1": "+49 30 5550100",
            "address1_city": "Berlin",
            "revenue": 125000.5,
            "statecode": 0,
        }
        for number in range(14)
    ]
    page = {"@odata.context": "$metadata#accounts", "filler": "", "value": rows}
    page["filler"] = "x" * (BODY_BYTES - len(json.dumps(page)))
    return json.dumps(page).encode()
