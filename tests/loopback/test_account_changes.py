"""Pictures that were saved under another account of SwarmUI, or before a setting was switched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from bot.core.history import cards as history_cards
from bot.core.ids import JobId
from bot.core.ui.card import MessageCard, MessageContent
from bot.sandbox.swarmui import Setup, SwarmStandIn
from bot.sandbox.swarmui.setup import Account
from tests.support.books import MIA
from tests.support.swarm_stage import SwarmStage, swarm_stage

MIB = 1 << 20
OPEN = Setup(step_s=0, model_load_s=0, closing_s=0)
WITH_LOGIN = Setup(
    step_s=0,
    model_load_s=0,
    closing_s=0,
    login=True,
    localhost_bypass=False,
    accounts=(Account("first", "firstpassword"), Account("second", "secondpassword")),
)


@dataclass
class House:
    """A SwarmUI and a bot that may be started anew with another account."""

    folder: Path
    server: SwarmStandIn
    drawn: list[JobId] = field(default_factory=list)
    numbers: Iterator[count[int]] = field(default_factory=lambda: map(count, count(1, 100)))

    @property
    def files(self) -> list[str]:
        root = self.server.state.files.root
        return sorted(str(file.relative_to(root)) for file in root.rglob("*.png"))

    async def set(self, **settings: object) -> None:
        self.server.state.script.obey({"set": settings})

    def token(self, account: str) -> str:
        accounts = self.server.state.accounts
        return accounts.new_token(accounts.users[account], "test", "here")

    @asynccontextmanager
    async def bot(self, token: str = "") -> AsyncIterator[SwarmStage]:
        async with swarm_stage(self.folder, self.server, token=token) as running:
            running.here.books.numbers = next(self.numbers)
            running.here.work()
            yield running

    async def draw(self, token: str = "", images: int = 1) -> None:
        async with self.bot(token) as bot:
            job, _ = await bot.here.ask(f"fox {len(self.drawn)}", images=images)
            await bot.here.becomes(job.id, "done")
            await bot.here.kit.spool.delete_job_files(job.id)
            self.drawn.append(job.id)

    async def erase(self, token: str = "") -> MessageCard:
        async with self.bot(token) as bot:
            return await bot.here.flow.privacy.erase_data(MIA)

    async def resend(self, token: str = "") -> tuple[MessageCard | None, int]:
        """Ask for the newest picture again; returns the refusal and how many files came."""
        sent: list[MessageContent] = []

        async def put(shown: MessageContent) -> None:
            sent.append(shown)

        async with self.bot(token) as bot:
            history = bot.here.flow.history
            card = await history.resend_files(MIA, self.drawn[-1], 10 * MIB, put)
        return card, sum(len(shown.files) for shown in sent)


@asynccontextmanager
async def house(folder: Path, setup: Setup = OPEN) -> AsyncIterator[House]:
    async with SwarmStandIn(setup) as server:
        yield House(folder, server)


def not_deleted(card: MessageCard) -> list[str]:
    assert card.embed is not None, card.content
    return card.embed.body.strip("`\n").split("\n")


async def test_another_accounts_pictures_are_named_with_the_account(tmp_path: Path) -> None:
    async with house(tmp_path, WITH_LOGIN) as here:
        await here.draw(here.token("first"), images=2)
        await here.draw(here.token("second"))
        assert len(here.files) == 3
        stays = [file for file in here.files if file.startswith("first/")]
        card = await here.erase(here.token("second"))
        assert here.files == stays
        assert card.content.startswith("Erased: 2 requests. 1 file deleted on the image server.")
        assert sorted(not_deleted(card)) == stays


async def test_no_login_and_then_an_account(tmp_path: Path) -> None:
    """README advises it after the first steps."""
    async with house(tmp_path, replace(OPEN, localhost_bypass=False)) as here:
        await here.draw()
        here.server.state.accounts.login = True
        here.server.state.accounts.named("later")
        card = await here.erase(here.token("later"))
        assert not_deleted(card) == here.files
        assert here.files[0].startswith("local/raw/swarmbot/")


@pytest.mark.parametrize("appended", [True, False])
async def test_the_switched_setting_of_the_folder(tmp_path: Path, appended: bool) -> None:
    """In a shared folder the old ones are reached; below an account's own the shared ones not."""
    async with house(tmp_path) as here:
        await here.set(append_user_name=appended)
        await here.draw()
        await here.set(append_user_name=not appended)
        await here.draw()
        assert len(here.files) == 2
        card = await here.erase()
        if appended:
            assert here.files == []
            assert card.embed is None
            assert "2 files deleted" in card.content
        else:
            assert not_deleted(card) == here.files
            assert here.files[0].startswith("raw/swarmbot/")


async def test_everything_of_one_account_goes_and_nothing_is_named(tmp_path: Path) -> None:
    async with house(tmp_path, WITH_LOGIN) as here:
        token = here.token("first")
        await here.draw(token, images=3)
        card = await here.erase(token)
        assert here.files == []
        assert card.embed is None
        assert "3 files deleted on the image server." in card.content


async def test_files_that_swarmui_named_itself_go_by_their_true_paths(tmp_path: Path) -> None:
    """SwarmUI 0.9.6 does not know the parameter that names files."""
    async with house(tmp_path) as here:
        await here.set(override_path=False)
        await here.draw(images=2)
        assert all("swarmbot" not in file for file in here.files)
        await here.draw()
        assert len(here.files) == 3
        card = await here.erase()
        assert here.files == []
        assert "3 files deleted on the image server." in card.content


async def test_resend_says_why_the_file_is_out_of_reach(tmp_path: Path) -> None:
    async with house(tmp_path, WITH_LOGIN) as here:
        await here.draw(here.token("first"))
        here.server.state.files.forget_recent()
        assert await here.resend(here.token("first")) == (None, 1)
        assert await here.resend(here.token("second")) == (history_cards.FOREIGN_FILE_CARD, 0)


async def test_resend_after_the_setting_was_switched(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.draw()
        await here.set(append_user_name=False)
        here.server.state.files.forget_recent()
        assert await here.resend() == (None, 1)
        await here.draw()
        await here.set(append_user_name=True)
        here.server.state.files.forget_recent()
        assert await here.resend() == (history_cards.FOREIGN_FILE_CARD, 0)


async def test_resend_of_what_somebody_deleted_is_gone_not_foreign(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.draw()
        for file in here.server.state.files.root.rglob("*.png"):
            file.unlink()
        here.server.state.files.forget_recent()
        card, files = await here.resend()
        assert card is not None
        assert card.content == "This file no longer exists."
        assert files == 0
