"""The settings of an organisation that cost time or change what people may do, by the columns of `organization`."""

from loadtests.likeness.asking import Asking, Unread

SETTINGS = {
    "isauditenabled": "auditing: every change of an audited column writes a row more",
    "isuseraccessauditenabled": "auditing of sign-ins",
    "isreadauditenabled": "auditing of reads: every opened record writes a row",
    "ishierarchicalsecuritymodelenabled": "hierarchical security: every query asks for the manager's chain too",
    "maxdepthforhierarchicalsecuritymodel": "how many levels of people below a manager every query joins",
    "usepositionhierarchy": "hierarchical security by position, not by manager",
    "isfulltextsearchenabled": "full-text search: quick find asks the full-text index, not LIKE",
    "isexternalsearchindexenabled": "Dataverse (relevance) search: changes are indexed outside the CRM",
    "quickfindrecordlimitenabled": "quick find gives up above 10,000 rows and says so",
    "isduplicatedetectionenabled": "duplicate detection: every create and update may search for doubles",
    "isduplicatedetectionenabledforonlinecreateupdate": "duplicate detection while people create and update",
    "plugintracelogsetting": "plug-in trace log: 0 off, 1 exceptions, 2 every call writes a row",
    "isautosaveenabled": "auto-save: forms save by themselves every 30 s",
    "sharetopreviousowneronassign": "assigning shares the record with the owner before: one share more each",
    "isassignedtaskssyncenabled": "assigned tasks are synchronised to Outlook",
    "isfolderautocreatedonsp": "a SharePoint folder is made for each record",
    "maxuploadfilesize": "the largest file that people may attach, bytes",
}
"""Column -> what it is, in words for a reader who decides whether it matters."""


def read_settings(asking: Asking) -> tuple[dict[str, bool | int | str], dict[str, str]]:
    """The settings this CRM has, and those that its version does not know. Raises `Unread`."""
    rows = list(asking.rows("organizations"))
    if not rows:
        raise Unread("the CRM shows no row of the table organization")
    found: dict[str, bool | int | str] = {}
    unread: dict[str, str] = {}
    for column in SETTINGS:
        value = rows[0].get(column)
        if isinstance(value, bool | int | str):
            found[column] = value
        else:
            unread[column] = "empty in this CRM" if column in rows[0] else "this version of the CRM has no such column"
    return found, unread
