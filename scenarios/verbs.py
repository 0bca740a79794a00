"""The whole vocabulary: every kind of step there is."""

from scenarios.business_steps import BUSINESS_VERBS
from scenarios.journey import RECORD_VERBS, Step
from scenarios.queue_steps import QUEUE_VERBS

VERBS: tuple[type[Step], ...] = (*RECORD_VERBS, *BUSINESS_VERBS, *QUEUE_VERBS)
"""A new verb is a class, its reader, a method of the channels, and a word in `loadtests.config.vocabulary`."""
