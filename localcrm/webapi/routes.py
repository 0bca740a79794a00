"""Which part of the Web API answers to a path and a method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from localcrm.schema.entity import Entity
from localcrm.solution.model import ActionSpec
from localcrm.webapi import reads, writes
from localcrm.webapi.actions.invocation import Invocation
from localcrm.webapi.builtin import ACTIONS, FUNCTIONS
from localcrm.webapi.context import Context
from localcrm.webapi.custom_actions import run_action
from localcrm.webapi.errors import CrmError, no_segment, not_allowed
from localcrm.webapi.exchange import Answer, Call
from localcrm.webapi.headers import empty_answer, json_answer, text_answer
from localcrm.webapi.messages import Bound, Json, Message, MessageCall
from localcrm.webapi.metadata.answers import DEFINITIONS, definitions, service_document
from localcrm.webapi.metadata.csdl import csdl
from localcrm.webapi.metadata.operations import BUILT_IN, custom_operation
from localcrm.webapi.parameters import function_parameters, json_parameters
from localcrm.webapi.parties import is_party_list
from localcrm.webapi.path import NAMESPACE, Segment, split_path
from localcrm.webapi.pipeline import plugged
from localcrm.webapi.query.options import query_options
from localcrm.webapi.targets import record_id


class Routes:
    """Finds the handler of a call. ``inner`` answers the reads that messages make on their own."""

    def __init__(
        self, messages: Mapping[str, Message], actions: Mapping[str, ActionSpec], inner: Callable[[Call], Answer]
    ) -> None:
        self._actions = actions
        self._messages = messages
        self._inner = inner

    def answer(self, context: Context) -> Answer:
        """Answer one call. Raises CrmError for every refusal."""
        segments = split_path(context.call.path)
        if not segments:
            return json_answer(200, service_document(context.catalogue, context.call.root), [])
        first = segments[0]
        if first.name == "$metadata":
            return self._metadata(context)
        if first.name in DEFINITIONS:
            return json_answer(200, definitions(context, segments), [])
        entity = context.catalogue.by_set(first.name)
        if entity is None:
            return self._message(context, first, None)
        if first.arguments is None:
            return self._collection(context, entity, segments[1:])
        return self._record(context, entity, segments)

    def _metadata(self, context: Context) -> Answer:
        accept = context.call.headers.get("accept", "")
        if "json" in accept and "xml" not in accept and "*/*" not in accept:
            raise CrmError(
                415,
                "0x80060888",
                "A supported MIME type could not be found that matches the acceptable MIME types for the request.",
            )
        annotated = query_options(context.call.query).get("annotations", "") == "true"
        operations = [*BUILT_IN, *map(custom_operation, self._actions, self._actions.values())]
        known = {*FUNCTIONS, *ACTIONS, *self._actions}
        return text_answer(
            "application/xml",
            csdl(context.catalogue, tuple(one for one in operations if one.name in known), annotated=annotated),
        )

    def _collection(self, context: Context, entity: Entity, rest: list[Segment]) -> Answer:
        method = context.call.method
        if not rest and method == "GET":
            return reads.collection(context, entity)
        if not rest and method == "POST":
            return writes.create_record(context, entity)
        if not rest:
            raise not_allowed(f"The requested resource does not support http method '{method}'.")
        if rest[0].name == "$count" and method == "GET":
            return reads.counted(context, entity)
        if rest[0].name.startswith(NAMESPACE):
            return self._message(context, rest[0], Bound(entity.logical_name, ""))
        raise no_segment(rest[0].name)

    def _record(self, context: Context, entity: Entity, segments: list[Segment]) -> Answer:
        method, rest = context.call.method, segments[1:]
        if not rest:
            return self._whole_record(context, entity, segments[0])
        found_id = record_id(context, entity, segments[0])
        name = rest[0].name
        if name.startswith(NAMESPACE):
            return self._message(context, rest[0], Bound(entity.logical_name, found_id))
        is_reference = rest[-1].name == "$ref"
        if name in entity.collections:
            if is_reference and method in ("POST", "DELETE"):
                change = writes.link if method == "POST" else writes.unlink
                return change(context, entity, found_id, rest)
            if method == "GET":
                return reads.related_collection(context, entity, found_id, rest)
            if method == "PUT" and len(rest) == 1 and is_party_list(entity, name):
                return writes.change_parties(context, entity, found_id)
        elif name in entity.references:
            if is_reference and method != "GET":
                return writes.change_reference(context, entity, found_id, name)
            if method == "GET":
                return reads.referenced(context, entity, found_id, name, only_link=is_reference)
        elif name in entity.by_property and len(rest) == 1:
            if method == "GET":
                return reads.single_property(context, entity, found_id, name)
            return writes.change_property(context, entity, found_id, name)
        else:
            raise no_segment(name)
        raise not_allowed(f"The requested resource does not support http method '{method}'.")

    def _whole_record(self, context: Context, entity: Entity, segment: Segment) -> Answer:
        method = context.call.method
        if method == "GET":
            return reads.single(context, entity, record_id(context, entity, segment))
        if method == "PATCH":
            return writes.update_record(context, entity, segment)
        if method == "DELETE":
            return writes.delete_record(context, entity, segment)
        raise not_allowed(f"The requested resource does not support http method '{method}'.")

    def _message(self, context: Context, segment: Segment, bound: Bound | None) -> Answer:
        name = segment.name.removeprefix(NAMESPACE)
        call = context.call
        options = query_options(call.query) if call.method == "GET" else {}
        if name in FUNCTIONS or name in ACTIONS:
            is_function = name in FUNCTIONS
            if is_function != (call.method == "GET"):
                raise not_allowed(f"The message '{name}' does not support http method '{call.method}'.")
            parameters = function_parameters(segment.arguments, options) if is_function else json_parameters(call.body)
            return _built_in(context, name, parameters, bound)
        action = self._actions.get(name)
        if action is not None:
            if call.method != "POST":
                raise not_allowed(f"The action '{name}' does not support http method '{call.method}'.")
            return run_action(context, name, action, json_parameters(call.body), bound)
        message = self._messages.get(name)
        if message is None:
            raise no_segment(segment.name)
        parameters = (
            function_parameters(segment.arguments, options) if call.method == "GET" else json_parameters(call.body)
        )
        return self._outside(context, message, segment, parameters, bound, options)

    def _outside(
        self,
        context: Context,
        message: Message,
        segment: Segment,
        parameters: Mapping[str, Json],
        bound: Bound | None,
        options: Mapping[str, str],
    ) -> Answer:
        call = context.call
        inner: list[int] = []

        def read(path: str, query: str, headers: Mapping[str, str]) -> Answer:
            answer = self._inner(replace(call, method="GET", path=path, query=query, headers=headers, body=b""))
            inner.append(answer.statements)
            return answer

        name = segment.name.removeprefix(NAMESPACE)
        answered = message(
            MessageCall(
                name=name,
                method=call.method,
                parameters=parameters,
                principal=context.principal,
                bound=bound,
                key=segment.arguments,
                options=options,
                headers=call.headers,
                root=call.root,
                flavour=call.flavour,
                read=read,
            )
        )
        if answered.body is None:
            return replace(empty_answer(answered.status, answered.headers), statements=sum(inner))
        body = dict(answered.body)
        if answered.status < 400 and "@odata.context" not in body:
            body = {"@odata.context": f"{call.root}$metadata#{name}", **body}
        return replace(json_answer(answered.status, body, answered.headers), statements=sum(inner))


def _built_in(context: Context, name: str, parameters: Mapping[str, Json], bound: Bound | None) -> Answer:
    if name in FUNCTIONS:
        body = FUNCTIONS[name](Invocation(context, parameters, bound)) or {}
    else:
        table, record = (bound.logical_name, bound.record_id or None) if bound else ("", None)
        with writes.transaction(context) as writing, plugged(writing, name, table, record, ()):
            done = ACTIONS[name](Invocation(writing, parameters, bound))
        if done is None:
            return empty_answer(204, [])
        body = done
    kind = f"{context.call.root}$metadata#Microsoft.Dynamics.CRM.{name}Response"
    return json_answer(200, {"@odata.context": kind, **body}, [])
