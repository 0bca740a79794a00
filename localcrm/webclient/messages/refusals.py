"""Errors of messages, in the Web API's shape (wire facts 1.11)."""

from __future__ import annotations

import json

from localcrm.webapi.exchange import Answer
from localcrm.webapi.messages import MessageAnswer


def invalid_argument(message: str) -> MessageAnswer:
    """400: a parameter is missing or makes no sense."""
    return MessageAnswer(400, {"error": {"code": "0x80040203", "message": message}})


def not_found(message: str) -> MessageAnswer:
    """404: no such row."""
    return MessageAnswer(404, {"error": {"code": "0x80040217", "message": message}})


def passed_on(answer: Answer) -> MessageAnswer:
    """The refusal of an inner read, as the answer of the outer message."""
    return MessageAnswer(answer.status, json.loads(answer.body))
