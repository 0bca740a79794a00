"""The words of the report, explained to people who never saw a load test."""

GLOSSARY = {
    "Person": "One simulated user: an account of its own with one security role, on one channel.",
    "Channel": "How people reach the CRM: the web client in the office, the web client from the internet (IFD), "
    "Outlook or a mobile device.",
    "Role": "A CRM security role. It says what its people do, what they must be able to do and what they must not.",
    "Transaction": "What a person waits for, such as “Open a record”: one or more requests to the server.",
    "Request": "One exchange with the server. Each redirect and each refused sign-in counts.",
    "Row": "One transaction on one channel: what a line judges. The plan lists the rows that bear on the verdict.",
    "First visit": "The first session of an account in this run, with empty caches: what people meet on launch day.",
    "Every day": "Later sessions, when the browser already holds the CRM's files.",
    "p95 (95th percentile)": "Nineteen waits in twenty are this long or shorter; one in twenty is longer.",
    "Sure above, sure below": "With 95 % confidence the true p95 is above the one and, separately, below the other. "
    "The upper one needs at least 59 samples.",
    "Good line, fail line": "Up to the good line people are content; above the fail line the impression is lost.",
    "On the wire": "What was measured: from the click to the last byte from the server. The browser then draws the "
    "page, so the line on the wire is lower than the line that people feel.",
    "First impression": "Kept when a person's first session ended and nothing in it was refused, failed, or took "
    "longer than its fail line. One such event breaks it.",
    "Interval of a share": "The range in which the true share lies with 95 % confidence (Wilson): wide for few people.",
    "Apdex": "One figure from 0 (nobody content) to 1 (everybody). Content up to the good line, tolerating up to four "
    "times as long, frustrated beyond or when it failed.",
    "Denied": "The CRM refused what the role must be able to do.",
    "Leaked": "The CRM allowed what the role must not be able to do.",
    "Throttled": "The CRM limited an account's pace (HTTP 429).",
    "Abandoned": "The run ended in the middle of it. Not counted as good or bad.",
    "Think time": "The pause in which a person reads and types. A factor below 1 shortens all pauses, so that fewer "
    "people do more work.",
    "Inconclusive": "The run cannot answer the question: neither a pass nor a fail. The reasons say what to change.",
}
"""Word -> explanation, roughly from the most to the least needed."""
