"""Procedures: ordered steps with what they need, what they should bring about, and what to do when they do not.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 1
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from typing import Any

from attrs import field, frozen

from svcdelivery.errors import InvalidDurationError, InvalidValueError, NotFoundError
from svcdelivery.facts import Fact, digest, fact_type
from svcdelivery.identity import identifier
from svcdelivery.timeline import format_duration

__all__ = [
    "Act",
    "OnFailure",
    "Procedure",
    "ProcedureRegistered",
    "ProcedureStep",
    "Verb",
    "fold_procedures",
    "procedure_stream",
]


class Verb(Enum):
    """What a driver can be asked to do with a component; `check` asks whether it is healthy."""

    START = "start"
    STOP = "stop"
    SUPPLY = "supply"
    CONTROL = "control"
    COLLECT = "collect"
    CHECK = "check"

    @property
    def needs_argument(self) -> bool:
        """Whether it must be said what to supply, or which command."""
        return self in (Verb.SUPPLY, Verb.CONTROL)


class OnFailure(Enum):
    """What happens when a step fails: the run ends there, or what was done is undone first, or it goes on."""

    ABORT = "abort"
    ROLL_BACK = "roll_back"
    GO_ON = "go_on"


@frozen(kw_only=True)
class Act:
    """Something a driver does with a component.

    Attributes:
        argument: What is supplied, or the command.
    """

    verb: Verb = field(converter=Verb)
    component: str = field(converter=identifier)
    argument: str = ""

    def __attrs_post_init__(self) -> None:
        needs = self.verb.needs_argument
        if needs != bool(self.argument):
            hint = "it needs an argument" if needs else "it takes none"
            raise InvalidValueError(what=f"an argument of `{self.verb.value}`", value=self.argument, hint=hint)

    def __str__(self) -> str:
        return f"{self.verb.value} {self.component}" + (f" {self.argument}" if self.argument else "")


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@frozen(kw_only=True)
class ProcedureStep:
    """One step of a procedure.

    Attributes:
        instruction: What to do, for people.
        act: What a driver does; None for a step that a person does.
        needs: What must hold before: `web is running` is held against the component's status on record, and the step
            is refused while it is another; anything else is for whoever takes the step to look at.
        expects: What shows that it worked; for an act, a text its answer must contain.
        timeout: How long it may take, wall time; None sets no bound.
        four_eyes: Whether somebody else must confirm it.
        undo: What takes it back, when a later step fails and the run is rolled back; what a failed step did by halves
            is for people to look at.
    """

    id: str = field(converter=identifier)
    instruction: str
    act: Act | None = None
    needs: tuple[str, ...] = field(default=(), converter=_texts)
    expects: str = ""
    timeout: timedelta | None = None
    on_failure: OnFailure = OnFailure.ABORT
    four_eyes: bool = False
    undo: Act | None = None

    def __attrs_post_init__(self) -> None:
        if not self.instruction.strip():
            raise InvalidValueError(what="an instruction", value=self.instruction, path=self.id)
        if self.timeout is not None and self.timeout <= timedelta(0):
            value = format_duration(self.timeout)
            raise InvalidDurationError(value=value, path=f"{self.id}.timeout", problem="it must be longer than nothing")


def _steps(steps: Iterable[ProcedureStep]) -> tuple[ProcedureStep, ...]:
    return tuple(steps)


@frozen(kw_only=True)
class Procedure:
    """A procedure: who may run it, and its steps in order.

    Attributes:
        version: Rises with each change.
        qualification: What whoever runs it must be qualified for; empty for anybody who may act at all.
        resolves: Whether finishing it resolves the incident it is run for.

    Raises:
        InvalidValueError: No step, or two of one name.
    """

    id: str = field(converter=identifier)
    title: str
    version: int = 1
    purpose: str = ""
    owner: str = ""
    qualification: str = ""
    resolves: bool = False
    steps: tuple[ProcedureStep, ...] = field(converter=_steps)

    def __attrs_post_init__(self) -> None:
        if not self.steps:
            raise InvalidValueError(what="a procedure", value=self.id, path="steps", problem="it has no step")
        if self.version < 1:
            raise InvalidValueError(what="a version", value=self.version, path="version", hint="1 or more")
        known: set[str] = set()
        for index, step in enumerate(self.steps):
            if step.id in known:
                raise InvalidValueError(what="a step of its own", value=step.id, path=f"steps[{index}].id")
            known.add(step.id)

    @property
    def digest(self) -> str:
        """The SHA-256 of the procedure: equal steps, equal digest."""
        return digest(self)

    def step(self, id: str) -> ProcedureStep:
        """Answer the step of that name.

        Raises:
            NotFoundError: There is none.
        """
        for step in self.steps:
            if step.id == id:
                return step
        raise NotFoundError(what=f"step of procedure `{self.id}`", id=id)

    @property
    def components(self) -> tuple[str, ...]:
        """The components it acts on, each once, in the order of the steps."""
        acts = [act for step in self.steps for act in (step.act, step.undo) if act is not None]
        return tuple(dict.fromkeys(act.component for act in acts))

    def dry_run(self) -> tuple[str, ...]:
        """Answer the steps as lines, in order; nothing is done."""
        return tuple(_line(number, step) for number, step in enumerate(self.steps, start=1))


@fact_type("procedure.registered/1")
@frozen
class ProcedureRegistered:
    """A procedure is to be followed, in this form from now on."""

    procedure: Procedure


def procedure_stream(id: str) -> str:
    """Answer the name of the stream that holds a procedure's versions."""
    return f"procedure:{id}"


def fold_procedures(facts: Iterable[Fact[Any]]) -> tuple[Procedure, ...]:
    """Answer the versions of a procedure its facts tell, the one to follow last."""
    return tuple(fact.body.procedure for fact in facts if isinstance(fact.body, ProcedureRegistered))


def _line(number: int, step: ProcedureStep) -> str:
    parts = [f"{number}. {step.id}: {step.instruction}"]
    if step.act is not None:
        parts.append(f"does {step.act}")
    if step.needs:
        parts.append("needs " + ", ".join(step.needs))
    if step.expects:
        parts.append(f"expects {step.expects}")
    if step.timeout is not None:
        parts.append(f"within {format_duration(step.timeout)}")
    if step.four_eyes:
        parts.append("confirmed by somebody else")
    parts.append(f"on failure {step.on_failure.value.replace('_', ' ')}")
    return "; ".join(parts)
