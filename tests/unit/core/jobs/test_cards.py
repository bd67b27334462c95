"""A job's message, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.errors import LoginRequired
from bot.core.jobs import cards as job_cards
from bot.core.jobs import refusals as job_refusals
from bot.core.jobs.job import Job, State
from bot.core.jobs.progress import ImageReady, Progress, SamplingStep, StatusFrame
from bot.core.text import format as fmt
from bot.core.ui.card import CardTone, MessageCard
from tests.unit.core.make import DAY_ENDS, a_job, an_order

JOB = a_job()
FOUR = a_job(order=an_order(images=4))


def labels(card: MessageCard) -> list[str]:
    return [button.label for button in card.buttons]


def actions(card: MessageCard) -> list[str]:
    return [button.custom_id for button in card.buttons]


def body(card: MessageCard) -> str:
    assert card.embed is not None
    return card.embed.body


def test_accepted_and_free() -> None:
    card = job_cards.queued_card(JOB, 1, None, True)
    assert card.content == "Got it, starting now."
    assert actions(card) == [f"cancel:{JOB.id}"]


def test_queued() -> None:
    card = job_cards.queued_card(JOB, 3, 118.0, False)
    assert card.content == "You're 3rd in line, about 2 min. It will appear here."
    assert body(card) == "*a red fox*"
    assert card.embed is not None
    assert card.embed.footer == "SDXL · 1024\u00d71024"
    unknown = job_cards.queued_card(JOB, 3, None, False)
    assert unknown.content == ("You're 3rd in line. I'm still learning how fast this model is.")


def test_what_was_left_out_is_said() -> None:
    job = a_job(order=an_order(notes=("I left out the lora tag.",)))
    assert "-# I left out the lora tag." in body(job_cards.queued_card(job, 1, None, True))
    assert (
        "-# I left out the lora tag." in job_cards.result_card(replace(job, ready=1), 1, 1).content
    )


def test_loading() -> None:
    progress = Progress(1, 30).apply_event(StatusFrame(1, 1, 0, 0), 0.0)
    card = job_cards.progress_card(JOB, progress, False)
    assert card.content == ("Loading *SDXL*. The first picture after a model change takes longer.")


def test_drawing() -> None:
    progress = Progress(1, 30)
    for step in range(1, 13):
        progress = progress.apply_event(SamplingStep(0, step / 30), step * 1.1)
    card = job_cards.progress_card(JOB, progress, True)
    assert card.content == "Drawing, step 12 of 30, about 20 s left."
    assert "40 %" in body(card)
    assert "step 12/30 · 20 s" in body(card)
    assert card.embed is not None
    assert (card.embed.image, card.embed.tone) == ("preview.jpg", CardTone.BUSY)
    assert labels(card) == ["Cancel"]
    textual = job_cards.progress_card(JOB, progress, False).embed
    assert textual is not None
    assert textual.image == ""


def test_drawing_one_of_several() -> None:
    progress = (
        Progress(4, 10).apply_event(ImageReady(0, "x"), 0.0).apply_event(SamplingStep(1, 0.5), 1.0)
    )
    card = job_cards.progress_card(FOUR, progress, False)
    assert card.content == "Drawing 2 of 4, step 5 of 10."
    assert "37 %" in body(card)


def test_the_first_step_of_a_slow_card_and_a_job_without_progress() -> None:
    started = job_cards.progress_card(
        JOB, Progress(1, 30).apply_event(SamplingStep(0, 0.0), 0), False
    )
    assert started.content == "The image server has started on it. The first step can take a while."
    lost = job_cards.recovering_card(JOB)
    assert lost.content == (
        "The image server is still drawing this. I can't see the steps, but it will arrive."
    )
    assert body(lost) == "*a red fox*"
    assert actions(started) == actions(lost) == [f"cancel:{JOB.id}"]


def test_waiting_with_the_server_and_finishing() -> None:
    assert job_cards.progress_card(JOB, Progress(1, 30), False).content == "Got it, starting now."
    finishing = Progress(1, 1).apply_event(SamplingStep(0, 1.0), 0.0)
    assert "finishing" in job_cards.progress_card(JOB, finishing, False).content


def test_done() -> None:
    card = job_cards.result_card(replace(JOB, ready=1), 18.0, 17)
    assert card.content == ("a red fox · SDXL · 1024\u00d71024 · seed 42 · 18 s · 17 left today")
    assert card.embed is None
    assert labels(card) == [
        "Reroll · uses 1",
        "Vary · uses 1",
        "Upscale · uses 1",
        "Edit",
        "Parameters",
        "Delete",
        "Report",
    ]
    assert actions(card)[0] == f"reroll:{JOB.id}"
    assert actions(card)[1:3] == [f"vary:1:{JOB.id}", f"upscale:1:{JOB.id}"]
    assert actions(card)[3:] == [
        f"{a}:{JOB.id}" for a in ("edit", "parameters", "delete", "report")
    ]
    assert [button.row for button in card.buttons] == [0, 0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize("ready", range(2, 11))
def test_each_of_several_pictures_has_its_own_vary_and_upscale(ready: int) -> None:
    """In five rows of five at most, the first picture first."""
    job = a_job(order=an_order(images=ready), ready=ready)
    buttons = job_cards.result_card(job, 1.0, None).buttons
    for action in ("vary", "upscale"):
        ids = [b.custom_id for b in buttons if b.action == action]
        assert ids == [f"{action}:{n}:{job.id}" for n in range(1, ready + 1)]
    rows = [b.row for b in buttons]
    assert all(row is not None and row < 5 for row in rows)
    assert max(rows.count(row) for row in rows) <= 5
    assert len({b.custom_id for b in buttons}) == len(buttons)


def test_a_spoiler_is_one_while_it_is_drawn_and_when_it_is_done() -> None:
    job = a_job(order=an_order(spoiler=True), ready=1)
    assert job_cards.progress_card(job, Progress(1, 30), True).spoiler
    assert job_cards.result_card(job, 1.0, None).spoiler
    assert not job_cards.result_card(replace(JOB, ready=1), 1.0, None).spoiler


def test_done_without_a_limit_shows_no_number() -> None:
    assert job_cards.result_card(replace(JOB, ready=1), 18.0, None).content.endswith("· 18 s")


def test_done_with_several() -> None:
    card = job_cards.result_card(replace(FOUR, ready=4), 18.0, 17)
    assert "seeds 42\u201345" in card.content
    assert labels(card)[0] == "Reroll · uses 4"
    assert "returned" not in card.content


@pytest.mark.parametrize(
    ("reason", "ref", "line"),
    [
        ("cancelled", "", "Cancelled. 1 picture was kept, 3 returned."),
        (
            "The GPU ran out of memory",
            "K7Q2",
            "The GPU ran out of memory. 1 picture was kept, 3 returned. Ref K7Q2.",
        ),
        ("", "", "Some pictures didn't arrive. 1 picture was kept, 3 returned."),
    ],
)
def test_partly_done(reason: str, ref: str, line: str) -> None:
    card = job_cards.result_card(replace(FOUR, ready=1, reason=reason, ref=ref), 18.0, 17)
    assert card.content.split("\n")[1] == line


def test_several_kept() -> None:
    card = job_cards.result_card(replace(FOUR, ready=3, reason="cancelled"), 18.0, 17)
    assert "Cancelled. 3 pictures were kept, 1 returned." in card.content


def test_cancelled() -> None:
    card = job_cards.cancelled_card(JOB, 17)
    assert card.content.startswith("Cancelled. 1 picture returned, 17 left today.")
    assert "```\na red fox\n```" in card.content
    assert labels(card) == ["Draw again"]
    assert actions(card) == [f"retry:{JOB.id}"]
    why = job_cards.cancelled_card(replace(JOB, reason="the card was deleted"), None)
    assert why.content.startswith("Cancelled (the card was deleted). 1 picture returned.")


def test_failed() -> None:
    job = replace(FOUR, state=State.FAILED, reason="The GPU ran out of memory.", ref="K7Q2")
    card = job_cards.failed_card(job, 17)
    assert card.content == (
        "The GPU ran out of memory. 4 pictures returned, 17 left today. Try a "
        "smaller size. Ref K7Q2.\n```\na red fox\n```"
    )
    assert labels(card) == ["Try again", "Edit"]
    assert actions(card) == [f"retry:{job.id}", f"edit:{job.id}"]


def test_failed_without_a_word() -> None:
    assert job_cards.failed_card(JOB, 1).content.startswith(
        "The image server couldn't draw this. 1 picture returned"
    )


@pytest.mark.parametrize("reason", [job_refusals.RESTARTED_REASON, job_refusals.OUTAGE_REASON])
def test_the_restart_and_the_long_outage(reason: str) -> None:
    card = job_cards.failed_card(replace(JOB, reason=reason), 17)
    assert card.content.startswith(f"{reason} 1 picture returned, 17 left today.")
    assert labels(card) == ["Try again", "Edit"]


def test_the_server_is_down() -> None:
    card = job_cards.held_card(JOB, DAY_ENDS)
    assert card.content == (
        "The image server is offline. Nothing was charged. I'll keep your place; "
        f"your request expires {fmt.format_timestamp(DAY_ENDS)}."
    )
    assert labels(card) == ["Cancel"]


def test_what_only_the_host_can_mend_is_not_called_offline() -> None:
    card = job_cards.held_card(JOB, DAY_ENDS, LoginRequired())
    assert card.content.startswith(
        "The image server requires a login that I don't have. Its host has to fix this. Nothing "
    )
    assert "offline" not in card.content


def test_moved_and_ring() -> None:
    link = "https://discord.com/channels/1/2/3"
    assert job_cards.moved_card(JOB, link).content == f"Your picture is here: {link}"
    ring = job_cards.ping_card(JOB)
    assert ring.content == "<@1> Your picture is ready."
    assert ring.ping_user == 1
    several: Job = replace(FOUR, ready=4)
    assert job_cards.ping_card(several, link).content == f"<@1> Your pictures are ready. {link}"


def test_alt_text() -> None:
    assert job_cards.build_alt_text(JOB, 0) == "a red fox (drawn by SDXL)"
    assert job_cards.build_alt_text(FOUR, 1) == "a red fox (drawn by SDXL, picture 2 of 4)"
    assert len(job_cards.build_alt_text(a_job(order=an_order(prompt="x" * 6000)), 0)) == 1024


def test_a_long_prompt_comes_back_in_a_panel() -> None:
    card = job_cards.failed_card(a_job(order=an_order(prompt="fox " * 499)), 1)
    assert "```" not in card.content
    assert body(card) == "```\n" + "fox " * 499 + "\n```"


def test_only_the_ring_rings() -> None:
    for card in (
        job_cards.queued_card(JOB, 1, None, True),
        job_cards.result_card(JOB, 1, 1),
        job_cards.failed_card(JOB, 1),
        job_cards.moved_card(JOB, "x"),
    ):
        assert card.ping_user is None


def test_two_pictures_have_two_seeds_and_their_own_rows() -> None:
    order = an_order(images=2, seed=5)
    card = job_cards.result_card(a_job(order=order, ready=2), 1.0, None)
    assert f"seeds 5{fmt.RANGE_DASH}6" in card.content
    rows = {button.label: button.row for button in card.buttons}
    assert (rows["Vary 1"], rows["Vary 2"], rows["Upscale 1"]) == (1, 1, 2)
    many = job_cards.result_card(a_job(order=an_order(images=8), ready=8), 1.0, None)
    rows = {button.label: button.row for button in many.buttons}
    assert rows["Vary 8"] == rows["Vary 1"] + 1
    assert rows["Upscale 8"] == rows["Upscale 1"] + 1


@pytest.mark.parametrize(
    ("indices", "seeds", "buttons"),
    [
        ((1,), "seed 6", {"Vary · uses 1": "2", "Upscale · uses 1": "2"}),
        ((1, 2), f"seeds 6{fmt.RANGE_DASH}7", {"Vary 2": "2", "Upscale 3": "3"}),
        ((0, 2), "seeds 5, 7", {"Vary 1": "1", "Vary 3": "3"}),
        ((0, 3), "seeds 5, 8", {"Upscale 4": "4"}),
    ],
)
def test_seeds_and_buttons_are_those_of_the_pictures_that_came(
    indices: tuple[int, ...], seeds: str, buttons: dict[str, str]
) -> None:
    job = a_job(order=an_order(images=4, seed=5), ready=len(indices), reason="cancelled")
    card = job_cards.result_card(job, 1.0, None, indices)
    assert f"· {seeds} ·" in card.content
    shown = {button.label: button.argument for button in card.buttons}
    assert buttons.items() <= shown.items()
    assert {shown[label] for label in shown if label.startswith("Vary")} == {
        str(index + 1) for index in indices
    }


def test_a_variation_has_one_seed_because_swarmui_counts_the_other() -> None:
    order = an_order(images=2, seed=5, variation_seed=9, variation=0.2)
    assert "· seed 5 ·" in job_cards.result_card(a_job(order=order, ready=2), 1.0, None).content
    same = an_order(images=2, seed=5, extras=(("noseedincrement", "true"),))
    assert "· seed 5 ·" in job_cards.result_card(a_job(order=same, ready=2), 1.0, None).content


def test_a_kept_place_is_told_with_its_prompt_and_can_be_cancelled() -> None:
    card = job_cards.place_kept_card(JOB)
    assert card.content == "I'm restarting; your place is kept."
    assert body(card) == "*a red fox*"
    assert actions(card) == [f"cancel:{JOB.id}"]


@pytest.mark.parametrize(
    ("ready", "words"), [(0, "picture is"), (1, "picture is"), (2, "pictures are")]
)
def test_one_picture_is_and_two_are_ready(ready: int, words: str) -> None:
    assert job_cards.pictures_are(a_job(ready=ready)) == words


def test_of_two_pictures_each_has_its_number() -> None:
    two = a_job(order=an_order(images=2))
    assert job_cards.build_alt_text(two, 1).endswith(", picture 2 of 2)")
    assert "of" not in job_cards.build_alt_text(JOB, 0).rpartition("by SDXL")[2]
    card = job_cards.progress_card(two, Progress(2, 30), False)
    assert card.embed is not None
    assert card.embed.footer.endswith("2 pictures")


@pytest.mark.parametrize(
    ("upscale", "method", "size"),
    [
        (None, "", (1000, 600)),
        (1.0, "", (1000, 600)),
        (1.5, "", (1488, 896)),
        (1.5, "model-4x.pth", (1488, 896)),
        (1.5, "latent-bilinear", (1504, 896)),
    ],
)
def test_the_file_has_the_size_that_swarmui_makes(
    upscale: float | None, method: str, size: tuple[int, int]
) -> None:
    extras = (("refinerupscalemethod", method),) if method else ()
    order = an_order(width=1000, height=600, upscale=upscale, extras=extras)
    assert job_cards.compute_file_size(order) == size
