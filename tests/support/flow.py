"""The flow over working fakes of Discord and SwarmUI, with real books and a real spool."""

from __future__ import annotations

import asyncio
import io
import itertools
import random
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image as Picture

from bot.adapters.discord.rest.find import is_message_of
from bot.adapters.pictures import FileSpool
from bot.composition import Flow, build_flow
from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.request import DrawRequest, GenerationParams, Model, RequestContext
from bot.core.errors import (
    BackendError,
    MessageError,
    MessageGone,
    NoPicture,
    NotAllowed,
    TokenExpired,
)
from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.core.jobs.model import AcceptedJob, Post, Purpose, ReplyAddress
from bot.core.jobs.progress import (
    ImageReady,
    RequestEnded,
    SamplingStep,
    SessionRenewed,
    StatusFrame,
    SwarmEvent,
)
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.jobs.stream_recovery import WRITE_TIME_S
from bot.flow.ports import (
    Catalog,
    Classifier,
    ContentSupplier,
    FlowPorts,
    ImageBackend,
    Messages,
    Spool,
    Stores,
)
from bot.flow.runtime.clock import Clock
from bot.flow.runtime.context import FlowContext, HostSettings, IdSource
from bot.flow.runtime.tasks import TaskSupervisor
from tests.support.books import MIA, NOON, Desk, job_id, open_desk

MODEL = Model(
    "sdxl/base", "SDXL", "stable-diffusion-xl-v1-base", "stable-diffusion-xl-v1", 1024, 1024
)


def png(colour: tuple[int, int, int] = (200, 80, 20), side: int = 32) -> bytes:
    """A small real picture."""
    out = io.BytesIO()
    Picture.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


def noise(side: int) -> bytes:
    """A picture that does not compress: its size in bytes is about that of its pixels."""
    out = io.BytesIO()
    pixels = random.Random(1).randbytes(side * side * 3)
    Picture.frombytes("RGB", (side, side), pixels).save(out, "PNG")
    return out.getvalue()


@dataclass
class Hands:
    """A clock moved by hand. Who sleeps moves it at once, unless `held`: then long sleeps wait.

    Only the moment in which SwarmUI writes a file passes all the same.
    """

    now: datetime = NOON
    held: bool = False
    jumped: timedelta = timedelta()
    _let_go: asyncio.Event = field(default_factory=asyncio.Event)

    def clock(self) -> Clock:
        return Clock(
            lambda: self.now, lambda: (self.now - NOON - self.jumped).total_seconds(), self.sleep
        )

    def jump(self, by: timedelta) -> None:
        """Correct the wall clock, while the clock that never jumps goes on."""
        self.now += by
        self.jumped += by

    async def sleep(self, seconds: float) -> None:
        if self.held and seconds >= 1 and seconds != WRITE_TIME_S:
            await self._let_go.wait()
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def let_go(self) -> None:
        """From now on nobody waits."""
        self.held = False
        self._let_go.set()


@dataclass
class FakeBoard:
    """A Discord that keeps messages by number. `trouble` maps a way to what it raises.

    Ways are "token", "bot", "post", "direct" (a direct message), "fill", "find", "delete",
    "member" (who `left`); an error that is popped from a list is raised once. "after-post" and
    "after-edit" (a last one) come when Discord has done it already.
    """

    trouble: dict[str, list[MessageError | None]] = field(default_factory=dict)
    messages: dict[int, MessageContent] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)
    nonces: dict[str, int] = field(default_factory=dict)
    replies: dict[int, int | None] = field(default_factory=dict)
    edits: list[tuple[int, str]] = field(default_factory=list)
    limit: int = 10 * 1024 * 1024
    guilds: set[int] = field(default_factory=lambda: {7})
    left: set[int] = field(default_factory=set)
    asked: list[int] = field(default_factory=list)
    originals: dict[str, int] = field(default_factory=dict)
    leaks: list[Post] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1000))

    def _meet(self, way: str) -> None:
        troubles = self.trouble.get(way, [])
        if troubles:
            error = troubles[0] if len(troubles) == 1 else troubles.pop(0)
            if error is not None:
                raise error

    def put(self, shown: MessageContent, channel: int) -> int:
        message = next(self.numbers)
        self.messages[message], self.places[message] = shown, channel
        return message

    async def send_message(
        self, post: Post, shown: MessageContent, *, reply_to: int | None = None
    ) -> int:
        if post.private and post.purpose is not Purpose.DIRECT:
            self.leaks.append(post)
        self._meet("direct" if post.purpose is Purpose.DIRECT else "post")
        if post.nonce not in self.nonces:
            self.nonces[post.nonce] = self.put(shown, post.channel)
            self.replies[self.nonces[post.nonce]] = reply_to
        self._meet("after-post")
        return self.nonces[post.nonce]

    async def edit_message(
        self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
    ) -> None:
        shown = supply()
        if shown is None:
            return
        way = "token" if by_token else "bot"
        if post.private and not by_token:
            self.leaks.append(post)
        self._meet(way)
        if post.message not in self.messages:
            raise MessageGone("unknown message")
        self.messages[post.message] = shown
        self.edits.append((post.message, way))
        if final:
            self._meet("after-edit")

    async def find_message(
        self,
        post: Post,
        *,
        reply_to: int | None = None,
        card: MessageCard | None = None,
        after: int = 0,
    ) -> int | None:
        """Discord keeps no nonce: the rule is the real one."""
        self._meet("find")
        here = (n for n in self.messages if n > after and self.places[n] == post.channel)
        found = (n for n in here if is_message_of(post, self._as_json(n), reply_to, card))
        return next(found, None)

    def _as_json(self, message: int) -> dict[str, Any]:
        shown, replied = self.messages[message], self.replies.get(message)
        card = shown.card
        buttons = [{"custom_id": button.custom_id} for button in card.buttons]
        return {
            "content": card.content,
            "embeds": [] if card.embed is None else [{"description": card.embed.body}],
            "components": [{"components": buttons}] if buttons else [],
            "attachments": [{"filename": upload.name} for upload in shown.files],
            **({"message_reference": {"message_id": str(replied)}} if replied else {}),
        }

    async def edit_original_response(self, post: Post, shown: MessageContent) -> int:
        self._meet("fill")
        if post.token not in self.originals:
            raise TokenExpired("10015")
        message = self.originals[post.token]
        self.messages[message] = shown
        self.edits.append((message, "fill"))
        return message

    async def has_attachments(self, post: Post) -> bool:
        return post.message in self.messages and bool(self.messages[post.message].files)

    async def open_dm_channel(self, user: int) -> int:
        return 5000 + user

    async def has_left(self, guild: int, user: int) -> bool:
        self.asked.append(user)
        self._meet("member")
        return user in self.left

    def is_guild_member(self, guild: int) -> bool:
        return guild in self.guilds

    async def delete_message(self, channel: int, message: int) -> None:
        self._meet("delete")
        self.messages.pop(message, None)

    def get_upload_limit(self, guild: int) -> int:
        return self.limit


class BoardReply:
    """A reply that posts on the fake board, after `before`, if any."""

    def __init__(
        self,
        board: FakeBoard,
        address: ReplyAddress,
        *,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.address, self._board, self._before = address, board, before
        self.message: int | None = None

    async def send_card(self, post: Post, card: MessageCard) -> Post | None:
        if self._before is not None:
            await self._before()
        self.message = self._board.put(MessageContent(card), self.address.channel)
        return replace(post, message=self.message)

    async def send_notice(self, card: MessageCard) -> None:
        raise AssertionError(card)


class Forgetful(FakeBoard):
    """A Discord whose nonces have had their few minutes: the same again is another message."""

    async def send_message(
        self, post: Post, shown: MessageContent, *, reply_to: int | None = None
    ) -> int:
        known = self.nonces.pop(post.nonce, None)
        try:
            return await super().send_message(post, shown, reply_to=reply_to)
        finally:
            if known is not None:
                self.nonces[post.nonce] = known


@dataclass
class FakeLease:
    painter: FakePainter
    session: str

    async def generate_images(
        self, order: GenerationParams, folder: str, image: bytes | None = None
    ) -> AsyncGenerator[SwarmEvent, None]:
        self.painter.drawn.append(folder)
        self.painter.begun_from.append(image)
        ended = False
        try:
            for event in self.painter.script(order):
                if isinstance(event, BackendError):
                    ended = True
                    raise event
                if isinstance(event, asyncio.Event):
                    await event.wait()
                    continue
                if isinstance(event, SessionRenewed):
                    self.session = event.session
                if isinstance(event, ImageReady):
                    if self.painter.script is _one_by_one:  # as SwarmUI names them
                        number = f"-{event.index}" if event.index else ""
                        event = replace(event, ref=f"View/local/raw/{folder}{number}.png")
                    self.painter.saved.setdefault(folder, []).append(event.ref)
                yield event
            ended = True
        finally:
            if not ended:
                self.painter.interrupted.append(self.session)


def _one_by_one(order: GenerationParams) -> list[SwarmEvent | BackendError | asyncio.Event]:
    pictures = [ImageReady(i, f"View/{i}.png") for i in range(order.images)]
    return [StatusFrame(1, 0, 0, 0), SamplingStep(0, 0.5), *pictures, RequestEnded()]


@dataclass
class FakePainter:
    """A SwarmUI that does as its script says: events, errors to raise, or things to wait for."""

    script: Callable[[GenerationParams], list[SwarmEvent | BackendError | asyncio.Event]] = (
        _one_by_one
    )
    down: BackendError | None = None
    drawn: list[str] = field(default_factory=list)
    begun_from: list[bytes | None] = field(default_factory=list)
    saved: dict[str, list[str]] = field(default_factory=dict)
    interrupted: list[str] = field(default_factory=list)
    working: set[str] = field(default_factory=set)
    guards_files: bool = False
    erased: list[str] = field(default_factory=list)
    bytes_of: Callable[[str], bytes] = lambda _: png()
    catalog: CatalogSnapshot = field(default_factory=lambda: CatalogSnapshot(models=(MODEL,)))
    rescans: int = 0
    backend_status: str = "running"

    @asynccontextmanager
    async def lease_session(self) -> AsyncIterator[FakeLease]:
        self._up()
        yield FakeLease(self, f"session-{len(self.drawn)}")

    async def fetch_image(self, ref: str) -> bytes:
        self._up()
        return self.bytes_of(ref)

    async def verify_login(self) -> None:
        self._up()

    async def list_saved_images(self, path: str) -> tuple[str, ...]:
        self._up()
        return tuple(self.saved.get(path, ()))

    async def is_session_busy(self, session: str) -> bool:
        self._up()
        return session in self.working

    async def fetch_backend_status(self) -> str:
        return self.backend_status

    async def has_image(self, ref: str) -> bool:
        self._up()
        return any(ref in refs for refs in self.saved.values())

    async def delete_image(self, ref: str) -> bool:
        self._up()
        self.erased.append(ref)
        await asyncio.sleep(0)
        if self.guards_files:
            raise NotAllowed
        for path, refs in self.saved.items():
            if ref in refs:
                refs.remove(ref)
                if not refs:
                    del self.saved[path]
                return True
        return False

    async def delete_saved_images(self, path: str) -> int:
        self._up()
        assert path.count("/") == 2, path
        self.erased.append(path)
        await asyncio.sleep(0)
        if self.guards_files:
            raise NotAllowed
        of_job = re.compile(re.escape(re.sub(r"-\d+$", "", path)) + r"[-/]\d+")
        mine = [attempt for attempt in self.saved if of_job.fullmatch(attempt)]
        return sum(len(self.saved.pop(attempt)) for attempt in mine)

    async def interrupt_session(self, session: str) -> None:
        self.interrupted.append(session)

    def list_models(self) -> tuple[Model, ...]:
        return self.catalog.models

    def get_snapshot(self) -> CatalogSnapshot:
        return self.catalog

    def get_snapshot_time(self) -> datetime | None:
        return NOON

    def is_stale(self) -> bool:
        return False

    async def refresh_catalog(self) -> None:
        self._up()

    async def rescan_folders(self) -> None:
        self._up()
        self.rescans += 1

    def _up(self) -> None:
        if self.down is not None:
            raise self.down


@dataclass(frozen=True)
class FlowParts:
    """All that a flow is built from, in one value that tests may change."""

    stores: Stores
    backend: ImageBackend
    catalog: Catalog
    spool: Spool
    messages: Messages
    clock: Clock
    tasks: TaskSupervisor
    host: HostSettings
    ids: IdSource
    classifier: Classifier | None = None

    @property
    def context(self) -> FlowContext:
        return FlowContext(self.clock, self.tasks, self.ids, self.host)

    @property
    def ports(self) -> FlowPorts:
        return FlowPorts(
            self.stores,
            self.backend,
            self.catalog,
            self.spool,
            self.spool,
            self.messages,
            self.classifier,
        )

    def build_flow(self) -> Flow:
        return build_flow(self.ports, self.context)


async def may_delete_anywhere(_: int) -> bool:
    """As a moderator of the whole server."""
    return True


def build_numbered_ids(desk: Desk) -> IdSource:
    """Ids in order; nonces are new ones in each process."""
    numbers, process = itertools.count(1), object()
    return IdSource(
        new_job_id=lambda: job_id(next(desk.numbers)),
        new_nonce=lambda: f"nonce-{id(process)}-{next(numbers)}",
        new_seed=lambda: 42,
        new_error_ref=lambda: "K7Q2",
    )


class Stage:
    """A whole flow, and short ways to use it. `work` starts what `app.run` starts."""

    def __init__(
        self, kit: FlowParts, board: FakeBoard, painter: FakePainter, desk: Desk, hands: Hands
    ) -> None:
        self.kit, self.board, self.painter, self.books, self.hands = (
            kit,
            board,
            painter,
            desk,
            hands,
        )
        self.flow: Flow = kit.build_flow()
        self._seen = asyncio.Event()

    def work(self) -> None:
        self.kit.tasks.spawn_task(self.flow.outage.watch_backend(), "outage")
        self.kit.tasks.spawn_task(self.flow.worker.process_queue(), "worker")

    async def restart(self) -> None:
        """Take up what the process before this one left."""
        await self.flow.recovery.load_unfinished_jobs()
        await self.flow.recovery.resume_jobs()

    async def ask(
        self,
        prompt: str = "a fox",
        asker: RequestContext = MIA,
        *,
        token: bool = True,
        upload_limit: int | None = None,
        **options: int,
    ) -> tuple[Job, int]:
        """Ask and have the card posted as an interaction's answer; returns job and message."""
        source = f"interaction:{next(self.books.numbers)}"
        answer = await self.flow.requests.submit_request(
            DrawRequest(source, prompt, **options), asker
        )  # type: ignore[arg-type]  # the numbers of a wish
        assert isinstance(answer, AcceptedJob), answer
        message = await self.post_card(answer, asker, token=token, upload_limit=upload_limit)
        return answer.job, message

    async def post_card(
        self,
        answer: AcceptedJob,
        asker: RequestContext = MIA,
        *,
        token: bool = True,
        upload_limit: int | None = None,
    ) -> int:
        """Post an accepted job's card as an interaction's answer; returns the message."""
        address = ReplyAddress(
            asker.channel,
            token="a-token" if token else None,
            token_until=self.hands.now + timedelta(minutes=15) if token else None,
            upload_limit=upload_limit,
        )
        reply = BoardReply(self.board, address)
        await self.flow.requests.post_status_card(answer, reply)
        assert reply.message is not None
        return reply.message

    async def db_forgets_the_message(self, job: JobId) -> None:
        """As if we had died between the post and its note."""
        await self.books.db.run_transaction(
            lambda db: db.execute("UPDATE posts SET message = NULL WHERE job = ?", (job,))
        )

    async def state(self, job: JobId) -> str:
        found = await self.books.books.jobs.find_job(job)
        assert found is not None
        return found.state.value

    async def until(self, true: Callable[[], Awaitable[bool]]) -> None:
        """Let everything run until it is so."""
        async with asyncio.timeout(60):
            while not await true():  # noqa: ASYNC110 -- virtual time: nobody else would wake us
                await asyncio.sleep(0)

    async def becomes(self, job: JobId, state: str) -> Job:
        """Wait until a job is in that state; that somebody is told of it may still be to come."""

        async def is_so() -> bool:
            return await self.state(job) == state

        await self.until(is_so)
        found = await self.books.books.jobs.find_job(job)
        assert found is not None
        return found

    async def says(self, message: int, words: str) -> MessageContent:
        """Wait until a message has these words in it."""

        async def is_so() -> bool:
            return (
                message in self.board.messages
                and words in self.board.messages[message].card.content
            )

        await self.until(is_so)
        return self.board.messages[message]

    async def balanced(self) -> None:
        """Nothing held for the dead, one charge for each picture that was delivered."""
        living = {job.id for job in await self.books.books.jobs.list_living_jobs()}
        assert {row["job"] for row in await self.books.rows("holds")} == living
        charged = [row["job"] for row in await self.books.rows("charges")]
        done = [row for row in await self.books.rows("jobs") if row["state"] == "done"]
        assert sorted(charged) == sorted(row["id"] for row in done for _ in range(row["ready"]))  # type: ignore[call-overload, arg-type, type-var]  # rows are of any type


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    board: FakeBoard | None = None,
    painter: FakePainter | None = None,
    house: HostSettings | None = None,
    hands: Hands | None = None,
    around: Callable[[Stores], Stores] = lambda books: books,
) -> AsyncIterator[Stage]:
    """Real books and spool in `folder`; the same folder again is a restart.

    `around` may put something between the flow and its books.
    """
    board, painter, hands = board or FakeBoard(), painter or FakePainter(), hands or Hands()
    async with open_desk(folder / "books.db") as desk, TaskSupervisor() as crew:
        kit = FlowParts(
            around(desk.books),
            painter,
            painter,
            FileSpool(folder / "spool"),
            board,
            hands.clock(),
            crew,
            house or HostSettings(),
            build_numbered_ids(desk),
        )
        yield Stage(kit, board, painter, desk, hands)
        assert board.leaks == []  # nothing private ever goes by the bot's own token


__all__ = ["FakeBoard", "FakePainter", "Hands", "NoPicture", "Purpose", "Stage", "png", "stage"]
