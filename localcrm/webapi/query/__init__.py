"""Queries, however they were asked: OData options, FetchXML and saved queries become one model, one SQL."""
