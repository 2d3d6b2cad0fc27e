"""A run: processes are started, killed, stopped and started again, and in the end the store is looked into."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from random import Random
from types import TracebackType
from typing import Any, Self

from attrs import field, frozen

from svcdelivery.errors import UnusableInputError
from svcdelivery.storage.protocol import Store
from svcdelivery.testing.conformance.kit import StoreFactory
from svcdelivery.testing.conformance.nemesis.checker import KINDS, Flaw, RunHistory, StoreVerdict, check_store
from svcdelivery.testing.conformance.nemesis.processes import Conditions, Errand, read, take_out, write

__all__ = ["Cast", "NemesisReport", "Strike", "run_nemesis"]

_QUIET_SECONDS = 1.0
_WRITERS, _WORKERS, _READERS = "writers", "workers", "readers"
_PRELOADED = ["svcdelivery.testing.conformance.nemesis.processes", "svcdelivery.storage.sqlite"]


@frozen(kw_only=True)
class Cast:
    """Who takes part in a run, and who looks into the store in the end; functions of a module.

    A writer tells its parent, each time after the commit, `done KEY FIRST SIZE`; of a command that was denied, and of
    one that was refused and wrote nothing, `denied KEY` and `refused KEY`. A key ends with a dash and a number, and a
    writer begins with the number it is given. `wrong ...` is a flaw, any other word is counted.

    Attributes:
        check: Answers what is to be said of the store; `seed` and what was heard are given.
    """

    writer: Errand = write
    worker: Errand = take_out
    reader: Errand = read
    check: Callable[[Store, int, RunHistory], StoreVerdict] = check_store


_USUAL = Cast()


@frozen(kw_only=True)
class Strike:
    """Something of one's own that befalls a store while it is written to, such as the end of its server.

    Attributes:
        act: Called by the parent with the draw of the run; it ends what it began.
        times: How often, spread over the run.
    """

    name: str
    act: Callable[[Random], object] = field(repr=False)
    times: int


@frozen(kw_only=True)
class NemesisReport:
    """What befell a store, and what it held in the end.

    Attributes:
        acknowledged: Commands whose writer was told that they are committed.
        kills: Processes that were killed while they wrote.
        events: Everything that was counted, by name.
        reached: Whether as many commands and strikes as wanted came about in time.
    """

    seed: int
    acknowledged: int
    kills: int
    events: tuple[tuple[str, int], ...]
    flaws: tuple[Flaw, ...]
    reached: bool
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether all was seen that was wanted, and nothing that must not be."""
        return self.reached and not self.flaws

    def __str__(self) -> str:
        """Answer a line for each flaw, some of very many, and the figures last."""
        lines = [str(flaw) for flaw in self.flaws[:20]]
        if len(self.flaws) > len(lines):
            lines.append(f"and {len(self.flaws) - len(lines)} more")
        if not self.reached:
            lines.append("the run ended before as much had happened as was wanted")
        happened = ", ".join(f"{count:,} {name}" for name, count in self.events if count)
        lines += [
            f"seed {self.seed}, {self.seconds:.0f} s: {happened}",
            f"{self.acknowledged:,} commands acknowledged, {self.kills:,} writers killed: {_counted(self.flaws)}",
        ]
        return "\n".join(lines)


def _counted(flaws: Sequence[Flaw]) -> str:
    words = {"gap": "gaps", "disagreement": "disagreements"}
    return ", ".join(f"{sum(flaw.kind == kind for flaw in flaws)} {words.get(kind, kind)}" for kind in KINDS)


def run_nemesis(
    make: StoreFactory,
    *,
    seed: int,
    commands: int = 2_000,
    kills: int = 40,
    writers: int = 4,
    workers: int = 2,
    strikes: Sequence[Strike] = (),
    lease_seconds: float = 0.2,
    clocks_step: bool = True,
    room_bytes: int | None = None,
    seconds_most: float = 600.0,
    cast: Cast = _USUAL,
) -> NemesisReport:
    """Let processes write to a store that outlives them, kill them at random instants, and look into what is left.

    The seed fixes what is written, which clocks step, and in which order what befalls whom; when exactly a process is
    hit in its work is up to the machine, so a run that found something is to be repeated with its seed more than once.

    Args:
        make: Opens the store of one place, which holds nothing before. It goes to other processes, so it is a function
            of a module or a `functools.partial` of one.
        commands: How many are to be acknowledged, at least.
        kills: How many writers are to be killed, at least, each in the middle of its work.
        workers: Processes that borrow wake-ups and messages; they are killed and stopped too, longer than they borrow.
        strikes: What else befalls the store.
        clocks_step: Whether the clocks of processes are set back and forth by an hour.
        room_bytes: How large files may become until the system refuses; they then get as much again, and so on.
        seconds_most: When it is given up.
        cast: Who writes, takes out, reads and looks into the store, where it is not the kit's own.

    Raises:
        UnusableInputError: The system has no SIGKILL.
    """
    if not hasattr(signal, "SIGKILL"):
        raise UnusableInputError(source="the nemesis", problem="this system cannot kill processes at once")
    began = time.monotonic()
    conditions = Conditions(
        seed=seed, began=began, lease_seconds=lease_seconds, clocks_step=clocks_step, room_bytes=room_bytes
    )
    with _Run(make, conditions, Random(f"{seed} nemesis"), cast) as run:
        run.start(writers, workers)
        reached = run.until(commands, kills, strikes, began + seconds_most)
    verdict = _opened_anew(make, seed, run.history, cast)
    return _report(run, verdict, reached=reached, seconds=time.monotonic() - began)


class _Post:
    """A process that does one errand, whichever follows when it was killed."""

    def __init__(self, role: str, errand: Errand, name: str) -> None:
        self.role = role
        self.errand = errand
        self.name = name
        self.first = 0
        self.pipe: Connection | None = None
        self.process: Any = None


def _do(_cast: Cast, errand: Errand, *given: Any) -> None:
    # With the cast its modules come along, and the types of facts they register: a reader meets what writers wrote.
    errand(*given)


class _Run:
    """The processes of a run and what was heard from them."""

    def __init__(self, make: StoreFactory, conditions: Conditions, draw: Random, cast: Cast) -> None:
        self.history = RunHistory()
        self.conditions = conditions
        self._make = make
        self._draw = draw
        self._cast = cast
        self._posts: list[_Post] = []
        self._context = get_context("forkserver")
        # What they need is loaded once; each process then is there within a hundredth of a second.
        self._context.set_forkserver_preload(
            [*_PRELOADED, getattr(make, "func", make).__module__, cast.writer.__module__]
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for post in self._posts:
            self._kill(post)

    def start(self, writers: int, workers: int) -> None:
        """Start all processes."""
        self._posts = [_Post(_WRITERS, self._cast.writer, f"writer{number}") for number in range(writers)]
        self._posts += [_Post(_WORKERS, self._cast.worker, f"worker{number}") for number in range(workers)]
        self._posts.append(_Post(_READERS, self._cast.reader, "reader"))
        for post in self._posts:
            self._begin(post)

    def until(self, commands: int, kills: int, strikes: Sequence[Strike], give_up: float) -> bool:
        """Strike again and again until there are as many commands, spread over them; False when it was given up."""
        schedule: list[Callable[[], object]] = [self._kill_writer] * kills
        schedule += [self._stall] * (kills // 10) + [self._kill_everybody] * (kills // 20)
        schedule += [self._kill_worker] * (kills // 10 if self._posts_of(_WORKERS) else 0)
        schedule += [self._struck(strike) for strike in strikes for _ in range(strike.times)]
        self._draw.shuffle(schedule)
        for number, strike in enumerate(schedule):
            goal = int(commands * (number + self._draw.random()) / len(schedule))
            self._listen(give_up, goal, quiet=_QUIET_SECONDS)
            # Not when something was just heard, but at any point of what comes next.
            self._listen(min(give_up, time.monotonic() + self._draw.random() * 0.01))
            if self.history.flaws or time.monotonic() > give_up:
                return False
            strike()
        self._listen(give_up, commands)
        return len(self.history.done) >= commands

    def _struck(self, strike: Strike) -> Callable[[], object]:
        def act() -> None:
            strike.act(self._draw)
            self.history.counts[strike.name] += 1

        return act

    def _begin(self, post: _Post) -> None:
        pipe, end = self._context.Pipe(duplex=False)
        post.pipe = pipe
        post.process = self._context.Process(
            target=_do,
            args=(self._cast, post.errand, self._make, end, self.conditions, post.name, post.first),
            daemon=True,
        )
        post.process.start()
        end.close()

    def _kill(self, post: _Post) -> None:
        if post.process is None or post.pipe is None:
            return
        post.process.kill()
        while self._hear(post):
            pass
        post.process.join()
        post.process.close()
        post.pipe.close()
        post.process = post.pipe = None

    def _kill_writer(self) -> None:
        self._replace([self._draw.choice(self._posts_of(_WRITERS))])

    def _kill_worker(self) -> None:
        self._replace([self._draw.choice(self._posts_of(_WORKERS))])

    def _kill_everybody(self) -> None:
        self.history.counts["times all were killed"] += 1
        self._replace(self._posts)

    def _replace(self, posts: Sequence[_Post]) -> None:
        for post in posts:
            # All are dead before one begins anew.
            self._kill(post)
        for post in posts:
            self.history.counts[f"{post.role} killed"] += 1
            # Who follows asks again for what its predecessor was not told of, or leaves it at that.
            post.first += self._draw.choice((0, 1)) if post.role == _WRITERS else 1 if post.role == _WORKERS else 0
            self._begin(post)

    def _stall(self) -> None:
        """Stop a process for longer than what it borrowed is its own."""
        process = self._draw.choice([*self._posts_of(_WRITERS), *self._posts_of(_WORKERS) * 2]).process
        os.kill(process.pid, signal.SIGSTOP)
        self._listen(time.monotonic() + self.conditions.lease_seconds * 1.5)
        os.kill(process.pid, signal.SIGCONT)
        self.history.counts["processes stopped for a while"] += 1

    def _posts_of(self, role: str) -> list[_Post]:
        return [post for post in self._posts if post.role == role]

    def _listen(self, until: float, goal: int | None = None, *, quiet: float | None = None) -> None:
        """Hear what is said until a moment, until so many commands are done, or until nobody got on for a while."""
        said, heard = len(self.history.done), time.monotonic()
        while True:
            now = time.monotonic()
            if len(self.history.done) > said:
                said, heard = len(self.history.done), now
            stuck = quiet is not None and now > heard + quiet
            if now >= until or stuck or self.history.flaws or (goal is not None and said >= goal):
                return
            posts = {post.pipe: post for post in self._posts if post.pipe is not None}
            for pipe in wait(list(posts), min(until - now, 0.05)):
                post = posts[pipe]  # type: ignore[index]
                if not self._hear(post):
                    self._flaw("failed", f"{post.name} ended by itself")

    def _hear(self, post: _Post) -> bool:
        """Take in one message; False when there is none and will be none."""
        assert post.pipe is not None, "it is open"
        try:
            said = post.pipe.recv_bytes().decode()
        except (EOFError, ConnectionError):
            return False
        history = self.history
        match said.split():
            case ["done", key, first, size]:
                before = history.done.setdefault(key, (int(first), int(size)))
                if before != (int(first), int(size)):
                    self._flaw("doubled", f"{key} was acknowledged at {before[0]} and again at {first}")
                post.first = _number(key) + 1
            case ["denied" | "refused" as how, key]:
                history.denied.update([key] if how == "denied" else [])
                history.counts[how] += 1
                post.first = _number(key) + 1
            case ["fired" | "delivered", _]:
                history.taken.add(said)
            case ["read", position]:
                post.first = int(position)
            case ["gap", *_]:
                self._flaw("gap", said)
            case ["wrong", *_]:
                self._flaw("failed", f"{post.name}: {said}")
            case _:
                history.counts[said] += 1
        return True

    def _flaw(self, kind: str, what: str) -> None:
        self.history.flaws.append(Flaw(kind=kind, what=what))


def _number(key: str) -> int:
    return int(key.rpartition("-")[2])


def _opened_anew(make: StoreFactory, seed: int, history: RunHistory, cast: Cast) -> StoreVerdict:
    store = make()
    try:
        return cast.check(store, seed, history)
    finally:
        store.close()


def _report(run: _Run, verdict: StoreVerdict, *, reached: bool, seconds: float) -> NemesisReport:
    history = run.history
    told_of = len(history.done) + len(history.denied)
    told = {
        "facts": verdict.facts,
        "commands found though nobody was told": verdict.commands + len(verdict.lost) - told_of,
        "wake-ups and messages taken out": len(history.taken),
        **dict(sorted(history.counts.items())),
    }
    return NemesisReport(
        seed=run.conditions.seed,
        acknowledged=len(history.done),
        kills=history.counts["writers killed"],
        events=tuple(told.items()),
        flaws=(*history.flaws, *verdict.flaws),
        reached=reached,
        seconds=seconds,
    )
