// The JavaScript client dynamics-web-api against a local CRM: prints {case: problem or ""} as JSON.
import assert from "node:assert/strict";
import { DynamicsWebApi } from "dynamics-web-api";

const client = (options = {}) =>
  new DynamicsWebApi({
    serverUrl: process.env.CRM_URL.replace(/\/$/, ""),
    dataApi: { version: "9.2" },
    onTokenRefresh: async () => process.env.CRM_TOKEN,
    ...options,
  });
const api = client();
const results = {};
const nowhere = "00000000-0000-0000-0000-000000000009";
const stamp = Date.now();

async function check(name, work) {
  try {
    const result = await work();
    results[name] = "";
    return result;
  } catch (error) {
    results[name] = `${error.status ?? ""} ${error.code ?? ""} ${error.message ?? error}`.slice(0, 300);
  }
}

async function refused(status, work) {
  const error = await work().then(
    () => null,
    (problem) => problem,
  );
  assert.equal(error?.status ?? error?.[0]?.status, status);
}

const me = (await api.callFunction("WhoAmI")).UserId;
await check("who am I", async () => assert.match(me, /^[0-9a-f-]{36}$/));

// Records
const account = await check("create", () =>
  api.create({ collection: "accounts", data: { name: `js ${stamp}`, accountnumber: `JS${stamp}` } }),
);
await check("create and return", async () => {
  const row = await api.create({
    collection: "accounts",
    data: { name: "x" },
    returnRepresentation: true,
    select: ["name"],
  });
  assert.equal(row.name, "x");
});
const seen = await check("retrieve", () => api.retrieve({ collection: "accounts", key: account, select: ["name"] }));
await check("retrieve by key", async () => {
  const row = await api.retrieve({ collection: "accounts", key: `accountnumber='JS${stamp}'`, select: ["name"] });
  assert.equal(row.accountid, account);
});
await check("retrieve with annotations", async () => {
  const row = await api.retrieve({
    collection: "accounts",
    key: account,
    select: ["_ownerid_value"],
    includeAnnotations: "*",
  });
  assert.equal(row["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"], "systemuser");
});
await check("not modified", async () => {
  const row = await api.retrieve({
    collection: "accounts",
    key: account,
    select: ["name"],
    ifnonematch: seen["@odata.etag"],
  });
  assert.ok(!row);
});
await check("update", () => api.update({ collection: "accounts", key: account, data: { telephone1: "1" } }));
await check("update and return", async () => {
  const row = await api.update({
    collection: "accounts",
    key: account,
    data: { telephone1: "2" },
    returnRepresentation: true,
    select: ["telephone1"],
  });
  assert.equal(row.telephone1, "2");
});
await check("stale version changes nothing", async () => {
  const done = await api.update({
    collection: "accounts",
    key: account,
    data: { telephone1: "3" },
    ifmatch: seen["@odata.etag"],
  });
  assert.equal(done, false);
});
await check("one property", () =>
  api.updateSingleProperty({ collection: "accounts", key: account, fieldValuePair: { telephone1: "9" } }),
);
await check("one property away", () =>
  api.deleteRecord({ collection: "accounts", key: account, fieldName: "telephone1" }),
);
for (const turn of ["upsert creates", "upsert updates"])
  await check(turn, async () => {
    const key = `accountnumber='JSU${stamp}'`;
    const row = await api.upsert({ collection: "accounts", key, data: { name: turn }, returnRepresentation: true });
    assert.equal(row.name, turn);
  });

// Lists
await check("list with count", async () => {
  const found = await api.retrieveMultiple({
    collection: "accounts",
    filter: `name eq 'js ${stamp}'`,
    count: true,
    top: 3,
  });
  assert.equal(found.oDataCount, 1);
});
await check("three pages", async () => {
  let page = await api.retrieveMultiple({ collection: "contacts", select: ["fullname"], maxPageSize: 5 });
  const ids = page.value.map((row) => row.contactid);
  for (let turn = 0; turn < 2; turn += 1) {
    page = await api.retrieveMultiple({ collection: "contacts", maxPageSize: 5 }, page.oDataNextLink);
    ids.push(...page.value.map((row) => row.contactid));
  }
  assert.equal(new Set(ids).size, 15);
});
await check("all pages", () => api.retrieveAll({ collection: "accounts", select: ["name"], maxPageSize: 50 }));
await check("count", async () =>
  assert.equal(await api.count({ collection: "accounts", filter: `name eq 'js ${stamp}'` }), 1),
);
await check("count all", () => api.countAll({ collection: "accounts", filter: "contains(name,'js')" }));
const fetchXml =
  '<fetch count="7"><entity name="contact"><attribute name="fullname"/><order attribute="fullname"/></entity></fetch>';
await check("FetchXML in pages", async () => {
  const first = await api.fetch({ collection: "contacts", fetchXml, includeAnnotations: "*" });
  const { cookie: pagingCookie, nextPage: pageNumber } = first.PagingInfo;
  const second = await api.fetch({ collection: "contacts", fetchXml, pageNumber, pagingCookie });
  assert.equal(new Set([...first.value, ...second.value].map((row) => row.contactid)).size, 14);
});
await check("FetchXML whole", () =>
  api.fetchAll({ collection: "contacts", fetchXml: fetchXml.replace('"7"', '"300"') }),
);
await check("saved view", async () => {
  const filter = "returnedtypecode eq 'account' and querytype eq 0";
  const views = await api.retrieveMultiple({ collection: "savedqueries", select: ["name"], filter, top: 1 });
  return api.retrieveMultiple({ collection: "accounts", savedQuery: views.value[0].savedqueryid });
});
await check("changes", async () => {
  const found = await api.retrieveMultiple({ collection: "accounts", select: ["name"], trackChanges: true });
  assert.ok(found.oDataDeltaLink ?? found["@odata.deltaLink"]);
});
await check("entity names", () => client({ useEntityNames: true }).retrieveMultiple({ collection: "account", top: 1 }));

// Links
const contact = await check("create with a lookup", () =>
  api.create({
    collection: "contacts",
    data: { lastname: `js ${stamp}`, "parentcustomerid_account@odata.bind": `/accounts(${account})` },
  }),
);
await check("expand a lookup", async () => {
  const row = await api.retrieve({
    collection: "contacts",
    key: contact,
    select: ["lastname"],
    expand: [{ property: "parentcustomerid_account", select: ["name"] }],
  });
  assert.equal(row.parentcustomerid_account.name, `js ${stamp}`);
});
await check("expand a collection", async () => {
  const expand = [{ property: "contact_customer_accounts", select: ["lastname"], filter: "lastname ne null", top: 5 }];
  const row = await api.retrieve({ collection: "accounts", key: account, select: ["name"], expand });
  assert.equal(row.contact_customer_accounts.length, 1);
});
const single = { collection: "accounts", primaryKey: account, navigationProperty: "primarycontactid" };
await check("associate one", () =>
  api.associateSingleValued({ ...single, relatedCollection: "contacts", relatedKey: contact }),
);
await check("disassociate one", () => api.disassociateSingleValued(single));
const many = {
  collection: "accounts",
  primaryKey: account,
  relationshipName: "contact_customer_accounts",
  relatedKey: contact,
};
await check("disassociate of many", () => api.disassociate(many));
await check("associate of many", () => api.associate({ ...many, relatedCollection: "contacts" }));

// Batches
await check("batch of reads", async () => {
  api.startBatch();
  api.retrieveMultiple({ collection: "accounts", select: ["name"], top: 2, inChangeSet: false });
  api.callFunction({ functionName: "WhoAmI", inChangeSet: false });
  const [list, who] = await api.executeBatch();
  assert.equal(list.value.length, 2);
  assert.equal(who.UserId, me);
});
await check("change set with a reference", async () => {
  api.startBatch();
  api.create({ collection: "contacts", data: { lastname: `set ${stamp}` }, contentId: "1" });
  api.create({ collection: "accounts", data: { name: `set ${stamp}`, "primarycontactid@odata.bind": "$1" } });
  assert.equal((await api.executeBatch()).length, 2);
});
await check("change set rolled back", async () => {
  api.startBatch();
  api.create({ collection: "accounts", data: { name: `gone ${stamp}` } });
  api.create({ collection: "accounts", data: { nosuchcolumn: 1 } });
  await refused(400, () => api.executeBatch());
  const left = await api.retrieveMultiple({ collection: "accounts", filter: `name eq 'gone ${stamp}'` });
  assert.equal(left.value.length, 0);
});
await check("batch that goes on", async () => {
  api.startBatch();
  api.retrieve({ collection: "accounts", key: nowhere, inChangeSet: false });
  api.callFunction({ functionName: "WhoAmI", inChangeSet: false });
  const answers = await api.executeBatch({ continueOnError: true }).catch((errors) => errors);
  assert.equal(answers[0].status, 404);
});

// Functions, actions, headers
await check("function of a record", async () => {
  const functionName = "Microsoft.Dynamics.CRM.RetrieveUserPrivileges";
  assert.ok((await api.callFunction({ collection: "systemusers", key: me, functionName })).RolePrivileges.length);
});
await check("function with a parameter", async () => {
  const functionName = "Microsoft.Dynamics.CRM.RetrievePrincipalAccess";
  const parameters = { Target: { "@odata.id": `accounts(${account})` } };
  assert.match(
    (await api.callFunction({ collection: "systemusers", key: me, functionName, parameters })).AccessRights,
    /ReadAccess/,
  );
});
await check("action", () => {
  const close = { subject: "won", "opportunityid@odata.bind": `/opportunities(${nowhere})` };
  return refused(404, () =>
    api.callAction({ actionName: "WinOpportunity", action: { Status: 3, OpportunityClose: close } }),
  );
});
await check("as somebody else", async () => {
  const filter = `systemuserid ne ${me} and startswith(domainname,'inspector')`;
  const [other] = (await api.retrieveMultiple({ collection: "systemusers", select: ["fullname"], filter })).value;
  const who = await api.callFunction({ functionName: "WhoAmI", impersonate: other.systemuserid });
  assert.equal(who.UserId, other.systemuserid);
});
await check("duplicates looked for", () =>
  api.create({ collection: "accounts", data: { name: `dup ${stamp}` }, duplicateDetection: true }),
);
await check("plug-ins passed by", () =>
  api.create({ collection: "accounts", data: { name: `by ${stamp}` }, bypassCustomPluginExecution: true }),
);

// Descriptions
await check("table", async () => {
  const table = await api.retrieveEntity({ key: "LogicalName='account'", select: ["LogicalName", "EntitySetName"] });
  assert.equal(table.EntitySetName, "accounts");
});
await check("tables", () => api.retrieveEntities({ select: ["LogicalName"], filter: "IsCustomizable/Value eq true" }));
await check("columns", () => api.retrieveAttributes({ entityKey: "LogicalName='account'", select: ["LogicalName"] }));
await check("choices", async () => {
  const found = await api.retrieveAttributes({
    entityKey: "LogicalName='task'",
    castType: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
    select: ["LogicalName"],
    expand: [{ property: "OptionSet" }],
  });
  assert.ok(found.value.every((column) => column.OptionSet.Options.length));
});
await check("column", async () => {
  const column = await api.retrieveAttribute({
    entityKey: "LogicalName='account'",
    attributeKey: "LogicalName='name'",
  });
  assert.equal(column.LogicalName, "name");
});
await check("relationships", () =>
  api.retrieveRelationships({
    castType: "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
    select: ["SchemaName"],
  }),
);
await check("global choices", () => api.retrieveGlobalOptionSets());
await check("CSDL", async () => assert.match(await api.retrieveCsdlMetadata(), /<EntityType Name="account"/));

await check("delete", () => api.deleteRecord({ collection: "accounts", key: account }));
await check("delete again", () => refused(404, () => api.deleteRecord({ collection: "accounts", key: account })));
console.log(JSON.stringify(results));
