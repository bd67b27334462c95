"""Whatever people type and whatever happens: every card is one that Discord takes, and is calm."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.core import help as help_cards
from bot.core.drawing import refusals as draw_refusals
from bot.core.errors import Refused
from bot.core.jobs import answers as job_answers
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job
from bot.core.jobs.progress import Progress, SamplingStep
from bot.core.limits import quota_cards
from bot.core.limits import refusals as limit_refusals
from bot.core.limits.quota import Balance, Limits, Window
from bot.core.text.escape import count_units
from bot.core.ui.card import MessageCard
from tests.unit.core.make import DAY_ENDS, MONTH_ENDS, a_job, an_id, an_order

LIVE = ["@everyone ", "@here", "<@1>", "<@&2>", "<#3>", "</x:4>", "https://a.b ", "[x](http://y)"]
MARKS = ["```", "``", "`", "*", "_", "||", "\n", "> ", "# ", "\\", "\u202e", "e\u0301", "fox "]
LONG = ["\u05e9\u05dc", "\U0001f98a", "\U0001f469\u200d\U0001f680", "x" * 500, "\U0001f98a" * 700]
NASTY = st.sampled_from([*LIVE, *MARKS, *LONG])
texts = st.one_of(st.text(max_size=50), st.lists(NASTY, max_size=12).map("".join))
counts = st.integers(0, 10**6)
few = st.integers(1, 4)
limits = st.none() | counts
seconds = st.floats(allow_nan=True)


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    images = draw(few)
    order = an_order(
        prompt=draw(texts) or "fox",
        model=draw(texts),
        model_title=draw(texts),
        images=images,
        seed=draw(st.integers(0, 2**53)),
        notes=tuple(draw(st.lists(texts, max_size=6))),
    )
    return a_job(
        order=order,
        requester_name=draw(texts),
        reason=draw(texts),
        ref=draw(texts),
        ready=draw(st.integers(0, images)),
    )


@st.composite
def balances(draw: st.DrawFn) -> Balance:
    window = Window("2026-11-24", "2026-11", DAY_ENDS, MONTH_ENDS)
    return Balance(Limits(day=draw(limits), month=draw(limits)), draw(counts), draw(counts), window)


def calm(card: MessageCard, *, link: bool = False) -> None:
    """Within Discord's limits, and nothing in it is alive that should not be."""
    panel = card.embed
    parts = [card.content] + ([panel.title, panel.body, panel.footer] if panel else [])
    assert count_units(card.content) <= 2000
    assert any(part.strip() for part in parts)
    if panel:
        assert 1 <= count_units(panel.title) <= 256
        assert count_units(panel.body) <= 4096
        assert count_units(panel.footer) <= 2048
        assert sum(map(count_units, parts[1:])) <= 6000
    rows = [button.row for button in card.buttons]
    assert None not in rows or len(rows) <= 5
    assert all(rows.count(row) <= 5 for row in rows)
    assert all(row is None or 0 <= row < 5 for row in rows)
    ids = [button.custom_id for button in card.buttons]
    assert len(set(ids)) == len(ids)
    for button in card.buttons:
        assert 1 <= count_units(button.label) <= 80
        assert re.fullmatch(r"[a-z]+:(?:[a-z0-9]+:)?[a-z2-7]{20}", button.custom_id)
        assert len(button.custom_id) <= 100
    for part in parts[: 1 + 2 * bool(panel)]:
        said = part.replace(f"<@{card.ping_user}>", "") if card.ping_user else part
        assert "@everyone" not in said
        assert "@here" not in said
        assert not re.search(r"<@[!&]?\d|<#\d|</\w|<a?:\w", said)
        if not link:
            live = re.sub(r"```.*?```", "", said, flags=re.S)
            assert not re.search(r"(?i)https?://", live)
        assert said.count("```") in (0, 2)


@given(jobs(), st.data())
def test_every_card_of_a_job(job: Job, data: st.DataObject) -> None:
    left = data.draw(limits)
    eta = data.draw(st.none() | seconds)
    progress = Progress(job.order.images, data.draw(st.integers(1, 50)))
    for fraction in data.draw(st.lists(st.floats(0, 1.2), max_size=4)):
        progress = progress.apply_event(SamplingStep(0, fraction), data.draw(st.floats(0, 1e9)))
    cards: list[Callable[[], MessageCard]] = [
        lambda: job_cards.queued_card(job, data.draw(counts), eta, data.draw(st.booleans())),
        lambda: job_cards.progress_card(job, progress, data.draw(st.booleans())),
        lambda: job_cards.result_card(job, data.draw(seconds), left),
        lambda: job_cards.cancelled_card(job, left),
        lambda: job_cards.failed_card(job, left),
        lambda: job_cards.held_card(job, datetime(2027, 1, 1, tzinfo=UTC)),
        lambda: job_cards.ping_card(job),
        lambda: job_answers.parameters_card(job),
    ]
    for make in cards:
        calm(make())
    calm(job_cards.moved_card(job, "https://discord.com/channels/1/2/3"), link=True)
    for index in range(job.order.images):
        alt = job_cards.build_alt_text(job, index)
        assert 1 <= count_units(alt) <= 1024
        assert "\n" not in alt


@given(texts, texts, st.data())
def test_every_refusal(prompt: str, name: str, data: st.DataObject) -> None:
    balance = data.draw(balances())
    asked, target = data.draw(few), an_id(3)
    roles = tuple(data.draw(st.lists(st.sampled_from(["Artists", "Friends"]), max_size=2)))
    for refused in (
        limit_refusals.quota_refusal(asked, balance, prompt, roles),
        limit_refusals.per_job_refusal(asked, data.draw(st.integers(0, 4)), prompt),
        limit_refusals.waiting_limit_refusal(asked, prompt),
        limit_refusals.queue_full_refusal(asked, prompt),
        draw_refusals.missing_permission_refusal(name, name, prompt),
        Refused("x", "No.", prompt=prompt, offers=(("edit", "Edit"),)),
    ):
        assert len(prompt) < 14 or prompt not in refused.rule
        calm(job_answers.refusal_card(refused, data.draw(st.sampled_from([None, target]))))


@given(texts, balances(), st.lists(jobs(), max_size=12), counts, counts)
def test_every_other_answer(
    text: str, balance: Balance, mine: list[Job], waiting: int, running: int
) -> None:
    lines = tuple(
        job_answers.QueueEntry(Job(**{**_fields(job), "id": an_id(n)}), n, None)
        for n, job in enumerate(mine)
    )
    for card in (
        job_answers.foreign_job_card(text, an_id(1)),
        quota_cards.quota_card(balance),
        job_answers.queue_card(lines, waiting, running),
        help_cards.help_card(balance, (text, "draw me"), ()),
        job_answers.cancelled_jobs_card(waiting, running, balance.pictures_left),
    ):
        calm(card)


@given(balances(), few)
def test_what_the_gate_says_is_true(balance: Balance, asked: int) -> None:
    refused = limit_refusals.quota_refusal(asked, balance)
    for action, label in refused.offers:
        number = int(action.removeprefix("draw:"))
        assert 0 < number == balance.pictures_left
        assert label == f"Draw {number}"
    if 0 in (balance.limits.day, balance.limits.month):
        assert "<t:" not in refused.sentence


def _fields(job: Job) -> dict[str, object]:
    return {name: getattr(job, name) for name in Job.__dataclass_fields__}
