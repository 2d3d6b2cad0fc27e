"""The codes of problems in documents: stable names for what can be wrong, one table for all rooms."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = ["CODE_MEANINGS", "Code"]


class Code(StrEnum):
    """What is wrong with a document (`SVC-D...`) or worth a second look (`SVC-W...`); codes keep their meaning."""

    SYNTAX = "SVC-D001"
    DUPLICATE_KEY = "SVC-D002"
    UNSAFE = "SVC-D003"
    TOO_LARGE = "SVC-D004"
    BAD_CHARACTER = "SVC-D005"
    UNKNOWN_KEY = "SVC-D010"
    MISSING_KEY = "SVC-D011"
    WRONG_TYPE = "SVC-D012"
    INVALID_VALUE = "SVC-D013"
    UNKNOWN_REFERENCE = "SVC-D014"
    OVERLAP = "SVC-D015"
    CONTRADICTION = "SVC-D016"

    NEVER_APPROVED = "SVC-W001"
    NOBODY_ENTITLED = "SVC-W002"
    NOBODY_DELIVERS = "SVC-W003"
    SHADOWED_TARGET = "SVC-W004"
    UNAPPROVED_TARGET = "SVC-W005"
    GOAL_PAST_TERM = "SVC-W006"
    IDLE_HOLD_REASON = "SVC-W007"
    IDLE_PRIORITY = "SVC-W008"
    CLOSED_DATES_END = "SVC-W009"
    IDLE_HOURS = "SVC-W010"
    NEVER_IN_FORCE = "SVC-W011"
    NEVER_MET = "SVC-W012"
    CONTRADICTORY = "SVC-W013"
    NEVER_GOES_ON = "SVC-W014"
    PAUSE_OF_A_MOMENT = "SVC-W015"
    IDLE_EXCLUSION = "SVC-W016"
    CHAIN_TOO_LONG = "SVC-W017"
    BACKING_RESTS = "SVC-W018"

    IDLE_NOTIFICATION = "SVC-W019"
    IDLE_CREDITS = "SVC-W020"
    CREDIT_STEPS_OUT_OF_ORDER = "SVC-W021"
    CREDIT_CAP_TOO_LOW = "SVC-W022"
    CREDIT_STEP_UNREACHABLE = "SVC-W023"
    CREDIT_WHILE_KEPT = "SVC-W024"

    ESCALATES_TO_NOBODY = "SVC-W030"


CODE_MEANINGS: Mapping[Code, str] = MappingProxyType(
    {
        Code.SYNTAX: "The text is neither YAML 1.2 nor JSON.",
        Code.DUPLICATE_KEY: "A key stands twice in one mapping.",
        Code.UNSAFE: "Anchors, aliases, merge keys, tags, directives and second documents are not read.",
        Code.TOO_LARGE: "The document is larger or deeper, or a number longer, than is read.",
        Code.BAD_CHARACTER: "A control character, a byte order mark or half of a surrogate pair.",
        Code.UNKNOWN_KEY: "A key that means nothing here.",
        Code.MISSING_KEY: "A key that must be given is not.",
        Code.WRONG_TYPE: "Text, number, true or false, list or mapping: another one is due here.",
        Code.INVALID_VALUE: "The value is of the right type and cannot be meant.",
        Code.UNKNOWN_REFERENCE: "A name that is not defined in the document.",
        Code.OVERLAP: "Two shifts of a day, or two entries, claim the same.",
        Code.CONTRADICTION: "Keys that cannot stand together.",
        Code.NEVER_APPROVED: "A service is named and never approved: no request for it can be accepted.",
        Code.NOBODY_ENTITLED: "A service is approved and nobody may ask for it.",
        Code.NOBODY_DELIVERS: "A service is approved and nobody may work on it.",
        Code.SHADOWED_TARGET: "A target never applies, since others are chosen before it for all its work.",
        Code.UNAPPROVED_TARGET: "A target speaks only of services that are not approved.",
        Code.GOAL_PAST_TERM: "A goal takes longer than the agreement runs.",
        Code.IDLE_HOLD_REASON: "A hold reason is defined and pauses no clock.",
        Code.IDLE_PRIORITY: "A priority no target applies to.",
        Code.CLOSED_DATES_END: "The closed dates are known for fewer years than the agreement runs.",
        Code.IDLE_HOURS: "Service hours are defined and used by no target and no duty.",
        Code.NEVER_IN_FORCE: "The revision takes effect after its term has ended.",
        Code.IDLE_NOTIFICATION: "A duty to tell somebody never decides: another tells them no later.",
        Code.IDLE_CREDITS: "Credits have terms, and no target has a credit.",
        Code.CREDIT_STEPS_OUT_OF_ORDER: "A step of a credit stands after one that is reached no earlier.",
        Code.CREDIT_CAP_TOO_LOW: "A cap on credits is below every step it caps.",
        Code.CREDIT_STEP_UNREACHABLE: "A step of a credit never decides: another gives as much, or the cap is reached.",
        Code.CREDIT_WHILE_KEPT: "A step of a credit is reached while the promised share is kept.",
        Code.NEVER_MET: "A condition that no fact can meet.",
        Code.CONTRADICTORY: "Whatever starts a clock cancels or stops it as well: it never runs.",
        Code.NEVER_GOES_ON: "A pause that can never end.",
        Code.IDLE_EXCLUSION: "Time is excluded for a cause that no target leaves out, or the other way round.",
        Code.CHAIN_TOO_LONG: "What a target promises cannot be kept by the agreements and contracts that back it.",
        Code.BACKING_RESTS: "What backs a target stands still where that target runs on.",
        Code.PAUSE_OF_A_MOMENT: "A pause on a signal without `resume`: it ends with the next fact, whatever that is.",
        Code.ESCALATES_TO_NOBODY: "A policy, or a level of one, tells nobody.",
    }
)
"""One sentence for each code."""
