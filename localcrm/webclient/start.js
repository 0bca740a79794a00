// Fills the local CRM's page: who is signed in, and the first open cases that this person may see.
(function () {
  "use strict";
  const config = JSON.parse(document.getElementById("boot-config").textContent);
  const api = config.clientUrl + "api/data/v9.1/";
  const headers = {
    Accept: "application/json",
    "OData-Version": "4.0",
    "OData-MaxVersion": "4.0",
    Prefer: 'odata.include-annotations="*"',
  };

  async function read(path) {
    const answer = await fetch(api + path, { headers });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error ? body.error.message : String(answer.status));
    return body;
  }

  async function showCases() {
    const list = document.getElementById("cases");
    const note = document.getElementById("note");
    try {
      const found = await read(
        "incidents?$select=title,ticketnumber&$filter=statecode eq 0&$orderby=createdon desc&$top=10",
      );
      for (const incident of found.value) {
        const item = document.createElement("li");
        item.textContent = [incident.ticketnumber, incident.title].filter(Boolean).join(" · ");
        list.append(item);
      }
      note.textContent = found.value.length ? "" : "No open cases.";
    } catch (error) {
      note.textContent = "Cases cannot be shown: " + error.message;
    }
    document.body.dataset.ready = "true";
  }

  document.getElementById("signed-in-as").textContent = "Signed in as " + config.user.fullName;
  showCases();
})();
