"""/settings as moderators use it in a Discord written by others: pages, presses, forms, words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import discord
import pytest
import simcord
from simcord.actors import MemberActor
from simcord.backend.errors import SetupError
from simcord.builders import RoleHandle

from bot.core.drawing.catalog import CatalogSnapshot, Lora
from bot.core.drawing.name_match import build_item_key
from bot.core.drawing.request import DrawingBounds, Model
from bot.core.policy import AdultSetting, GuildSettings, PingSetting, RoleBounds, SpoilerSetting
from bot.core.settings import panel_text
from bot.core.settings.panel_text import STALE_FORM
from bot.core.settings.view import WHERE_VIEW, PanelState, SettingsView
from bot.core.ui.card import CardButton
from cogs.settings import PANEL, SettingsCog
from tests.features.conftest import IMPATIENT, SlowDisk, Stage

V2, EPHEMERAL = 1 << 15, 1 << 6
SDXL = Model("sdxl/base.safetensors", "SDXL Base")
FLUX = Model("flux/dev.safetensors", "Flux Dev")
DETAIL = Lora("detail", "More Detail")


NO_RIGHT = "You need *Manage Server* for this, as for `/settings`. Nothing was changed."


@dataclass
class Panel:
    """A panel as its owner sees it."""

    stage: Stage
    who: MemberActor
    message: Any

    def parts(self) -> Iterator[dict[str, Any]]:
        stack = list(self.message.components)
        while stack:
            part = stack.pop(0)
            inner = [*part.get("components", ()), *filter(None, [part.get("accessory")])]
            stack[:0] = inner
            yield part

    @property
    def said(self) -> str:
        return "\n".join(part["content"] for part in self.parts() if part["type"] == 10)

    @property
    def told(self) -> str:
        """What just happened: the paragraph below the title."""
        return str([part["content"] for part in self.parts() if part["type"] == 10][1])

    def ids(self, beginning: str) -> str:
        found = (str(part.get("custom_id", "")) for part in self.parts())
        return next(one for one in found if one.startswith(f"settings:{beginning}"))

    def labels(self) -> list[str]:
        return [part["label"] for part in self.parts() if part["type"] == 2]

    def options(self, beginning: str) -> dict[str, bool]:
        menu = next(p for p in self.parts() if p.get("custom_id") == self.ids(beginning))
        return {one["label"]: bool(one.get("default")) for one in menu["options"]}

    async def press(self, beginning: str) -> simcord.InteractionResult:
        return self._after(await self.who.click(self.message, custom_id=self.ids(beginning)))

    async def choose(self, beginning: str, *values: Any) -> simcord.InteractionResult:
        return self._after(
            await self.who.select(self.message, values, custom_id=self.ids(beginning))
        )

    async def write(self, beginning: str, **fields: str) -> simcord.InteractionResult:
        shown = await self.press(beginning)
        return self._after(await self.who.submit_modal(shown, fields))

    def _after(self, result: simcord.InteractionResult) -> simcord.InteractionResult:
        """The panel is changed where it stands: another message would be another id."""
        if result.modal is None and result.response is not None:
            assert result.response.id == self.message.id
            self.message = result.response
        return result


@pytest.fixture
def managers(stage: Stage) -> RoleHandle:
    return stage.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))


@pytest.fixture
def ruth(stage: Stage, managers: RoleHandle) -> MemberActor:
    """Somebody who manages the server."""
    stage.program.painter.catalog = CatalogSnapshot(models=(SDXL, FLUX), loras=(DETAIL,))
    return stage.guild.add_member(stage.env.create_user("ruth"), roles=[managers])


async def opened(stage: Stage, who: MemberActor, page: str = "") -> Panel:
    result = await who.slash(stage.art, "settings")
    assert result.ephemeral
    assert result.response is not None
    panel = Panel(stage, who, result.response)
    if page:
        await panel.press(f"go:{page}:")
    return panel


async def opened_by_leave(stage: Stage) -> Panel:
    """theo's: he manages nothing, but the server's Integrations page lets Artists in."""
    bot: Any = stage.env.bot
    settings = next(one for one in await bot.tree.fetch_commands() if one.name == "settings")
    stage.guild.set_command_permissions(settings.id, {stage.artists: True})
    return await opened(stage, stage.theo)


def chosen(stage: Stage) -> GuildSettings:
    return stage.program.flow.guild_settings.get_settings(stage.guild.id)


async def test_the_first_page_says_where_people_draw(stage: Stage, ruth: MemberActor) -> None:
    panel = await opened(stage, ruth)
    assert panel.said == (
        "### Settings · Where\n**Drawing is on.**\n-# Turning it off returns "
        "everything in the queue.\n**Channels:** all\n-# Threads "
        "are included.\n**Log channel:** none\n-# Reports, changes and outages are "
        "posted here.\n**Time zone:** UTC (set by the host)\n-# Daily limits reset at "
        "midnight there.\n**Mention people when their picture is ready:**\n-# "
        "Language: English (the only one so far)."
    )
    assert panel.labels() == ["Turn off", "Change", "Where", "Who", "Safety"]
    assert panel.options("pick:where:ring") == {
        "Only if it took over 60 s or many messages came after it": True,
        "For every picture": False,
        "Never": False,
    }


async def test_the_second_page_says_with_what_and_within_which_bounds(
    stage: Stage, ruth: MemberActor
) -> None:
    bounds = RoleBounds(stage.artists.id, steps_max=40, models=(FLUX.name,))
    await stage.program.set_choices(
        stage.guild.id, model=SDXL.name, models=(SDXL.name,), images_max=2, roles=(bounds,)
    )
    panel = await opened(stage, ruth, "who")
    assert panel.said == (
        "### Settings · Who\n**Default model:** SDXL Base\n**Models for "
        "everyone:** SDXL Base\n**LoRAs for everyone:** all\n**At most:** 2 "
        "pictures at once, 50 steps, 2 megapixels\n-# The host allows up to 4 "
        "pictures at once, 50 steps, 2 megapixels.\n**Roles:**\n- "
        f"<@&{stage.artists.id}>: 40 steps, 1 model"
    )
    assert panel.options("pick:who:model") == {
        "The host's default": False,
        "SDXL Base": True,
        "Flux Dev": False,
    }


async def test_the_third_page_says_what_is_hidden_and_not_drawn(
    stage: Stage, ruth: MemberActor
) -> None:
    await stage.program.set_choices(stage.guild.id, words=("orc", "troll"), private=True)
    panel = await opened(stage, ruth, "safety")
    assert panel.said == (
        "### Settings · Safety\n**Spoilers:**\n**Adult content:**\n**Private "
        "pictures:** allowed\n-# Moderators don't see them.\n**Private by "
        "default:** on\n-# Pictures are private unless the member chooses "
        "otherwise.\n**Word lists:** one word or phrase per line; `troll*` also "
        "matches *trolls*.\n-# *Blocked* words are never drawn, *age-restricted "
        "only* words are drawn only in age-restricted channels, and *exceptions* "
        "override both lists. Words about sexualised minors are always blocked. "
        "No list can change that."
    )
    assert panel.labels()[:5] == [
        "Forbid",
        "Turn off",
        "Blocked · 2",
        "Age-restricted only · 0",
        "Exceptions · 0",
    ]


async def test_a_server_that_forbids_private_pictures_draws_none(
    stage: Stage, ruth: MemberActor
) -> None:
    """Nor in public what somebody meant for themselves."""
    await stage.imagine("a shy fox", private=True)
    panel = await opened(stage, ruth, "safety")
    await panel.press("set:safety:private=on")
    await panel.press("set:safety:private_allowed=off")
    assert panel.told == "Private pictures are not allowed."
    assert "**Private pictures:** not allowed" in panel.said
    assert "Private by default" not in panel.said
    refused = await stage.mia.slash(stage.art, "imagine", prompt="a shyer fox", private=True)
    assert refused.ephemeral
    assert refused.response is not None
    assert refused.response.content.startswith(
        "This server doesn't allow private pictures. Nothing was charged."
    )
    assert await stage.prompts() == ["a shy fox"]
    assert not (await stage.imagine("an open fox")).order.private
    await panel.press("set:safety:private_allowed=on")
    assert (await stage.imagine("a fox")).order.private, "the default holds again"


async def test_drawing_is_switched_off_and_on(stage: Stage, ruth: MemberActor) -> None:
    panel = await opened(stage, ruth)
    await panel.press("set:where:drawing=off")
    assert not chosen(stage).drawing
    assert panel.told == (
        "Drawing is off. Queued pictures are returned. Pictures in progress will still arrive."
    )
    assert (
        "**Drawing is off.**\n-# People who ask are told so, and nothing is charged." in panel.said
    )
    await panel.press("set:where:drawing=on")
    assert chosen(stage).drawing
    assert panel.told == "Drawing is on."


async def test_it_says_how_much_waits_here_before_it_is_switched_off(
    stage: Stage, ruth: MemberActor
) -> None:
    await stage.mia.slash(stage.art, "imagine", prompt="a red fox", images=3)
    panel = await opened(stage, ruth)
    assert "-# Turning it off returns everything in the queue (3 pictures waiting)." in panel.said


async def test_two_panels_at_once_each_change_only_what_was_pressed(
    stage: Stage, ruth: MemberActor
) -> None:
    first, second = await opened(stage, ruth), await opened(stage, ruth, "safety")
    await first.press("set:where:drawing=off")
    await second.press("set:safety:private=on")
    await second.choose("pick:safety:spoiler", "always")
    assert chosen(stage) == GuildSettings(
        drawing=False, private=True, spoiler=SpoilerSetting.ALWAYS
    )
    # The button that the first panel still shows says what it does, not the contrary of what holds.
    await stage.program.set_choices(stage.guild.id, drawing=True)
    await first.press("set:where:drawing=on")
    assert chosen(stage).drawing
    assert first.told == "No change: drawing is on."


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            panel_text.describe_change("drawing", GuildSettings(drawing=False), {}, 60),
            "No change: drawing is off.",
        ),
        (
            panel_text.describe_change("time_zone", GuildSettings(), {}, 60),
            "No change: daily limits reset at midnight in the host's time zone.",
        ),
        (
            panel_text.describe_change("log_channel", GuildSettings(), {}, 60),
            "No change: there is no log channel.",
        ),
        (
            panel_text.describe_change("words", GuildSettings(words=("orc",)), {}, 60),
            "No change: blocked: 1 line.",
        ),
        (
            panel_text.describe_role_change(5, None),
            "No change: <@&5>: no special rules.",
        ),
    ],
)
def test_what_was_not_changed_is_not_said_to_hold_from_now_on(said: str, told: str) -> None:
    assert panel_text.describe_no_change(said) == told


async def test_channels_are_chosen_and_given_up(stage: Stage, ruth: MemberActor) -> None:
    panel = await opened(stage, ruth)
    await panel.choose("pick:where:channels", stage.art, stage.general)
    assert chosen(stage).channels == (stage.art.id, stage.general.id)
    assert panel.told == (f"People can draw only in <#{stage.art.id}> and <#{stage.general.id}>.")
    await panel.choose("pick:where:channels")
    assert chosen(stage).channels == ()
    assert panel.told == "People can draw in every channel where I can post."


async def test_a_log_channel_must_be_one_that_i_may_write_in(
    stage: Stage, ruth: MemberActor
) -> None:
    panel = await opened(stage, ruth)
    await panel.choose("pick:where:log_channel", stage.general)
    assert chosen(stage).log_channel == stage.general.id
    assert panel.told == (
        f"Reports, changes and outages are posted in <#{stage.general.id}> from now on."
    )
    shut = stage.guild.create_text_channel(
        "shut",
        overwrites={stage.guild.default_role: discord.PermissionOverwrite(send_messages=False)},
    )
    await panel.choose("pick:where:log_channel", shut)
    assert chosen(stage).log_channel == stage.general.id
    assert panel.told == (
        "I can't write in #shut. A moderator can give me *Send Messages* there. "
        "Nothing was changed."
    )
    await panel.choose("pick:where:log_channel")
    assert chosen(stage).log_channel == 0
    assert panel.told == "There is no log channel any more."


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("UTC", "UTC"),
        ("", ""),
    ],
)
async def test_a_time_zone_is_known_by_its_city(
    stage: Stage, ruth: MemberActor, typed: str, zone: str
) -> None:
    await stage.program.set_choices(stage.guild.id, time_zone="Asia/Tokyo")
    panel = await opened(stage, ruth)
    await panel.write("form:where:zone", zone=typed)
    assert chosen(stage).time_zone == zone
    if zone:
        assert panel.told == f"Daily limits reset at midnight in {zone}."
    else:
        assert panel.told == "Daily limits reset at midnight in the host's time zone."


async def test_several_time_zones_are_offered(stage: Stage, ruth: MemberActor) -> None:
    panel = await opened(stage, ruth)
    await panel.write("form:where:zone", zone="argentina")
    assert panel.told.endswith("have “argentina” in their name. Choose one below.")
    assert chosen(stage) == GuildSettings()
    await panel.choose("pick:where:zone", "America/Argentina/Salta")
    assert chosen(stage).time_zone == "America/Argentina/Salta"


async def test_a_time_zone_that_is_none_comes_back_to_be_corrected(
    stage: Stage, ruth: MemberActor
) -> None:
    panel = await opened(stage, ruth)
    await panel.write("form:where:zone", zone="Middle Earth")
    assert panel.told == (
        "“Middle Earth” isn't a time zone. Enter a large city near you, such as "
        "Berlin or New York. Nothing was changed."
    )
    shown = await panel.press("form:where:zone.")
    assert shown.modal is not None
    assert shown.modal["components"][0]["component"]["value"] == "Middle Earth"
    await ruth.submit_modal(shown, {"zone": "Lisbon"})
    assert chosen(stage).time_zone == "Europe/Lisbon"


async def test_a_misspelt_city_is_asked_back_and_never_guessed(
    stage: Stage, ruth: MemberActor
) -> None:
    panel = await opened(stage, ruth)
    await panel.write("form:where:zone", zone="Berlim")
    assert panel.told == (
        "“Berlim” isn't a time zone. Did you mean one of these? Nothing was changed."
    )
    assert chosen(stage) == GuildSettings()
    await panel.choose("pick:where:zone", "Europe/Berlin")
    assert chosen(stage).time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("page", "field", "value", "told"),
    [
        ("where", "ring", PingSetting.NEVER, "No mentions when a picture is ready."),
        (
            "where",
            "ring",
            PingSetting.ALWAYS,
            "Mentions when a picture is ready: for every picture.",
        ),
        ("safety", "spoiler", SpoilerSetting.ALWAYS, "Spoilers: every picture is a spoiler."),
        ("safety", "adult", AdultSetting.NEVER, "Adult content: not allowed."),
    ],
)
async def test_a_menu_sets_what_it_is_about(
    stage: Stage, ruth: MemberActor, page: str, field: str, value: Any, told: str
) -> None:
    panel = await opened(stage, ruth, page if page != "where" else "")
    await panel.choose(f"pick:{page}:{field}", value.value)
    assert getattr(chosen(stage), field) is value
    assert panel.told == told


async def test_the_default_model_is_one_of_the_servers_or_the_hosts(
    stage: Stage, ruth: MemberActor
) -> None:
    panel = await opened(stage, ruth, "who")
    await panel.choose("pick:who:model", build_item_key(FLUX.name))
    assert chosen(stage).model == FLUX.name
    assert panel.told == "The default model is Flux Dev."
    await panel.choose("pick:who:model", "host")
    assert chosen(stage).model == ""
    assert panel.told == "The host's default model is used again."


async def test_a_model_that_left_meanwhile_changes_nothing(stage: Stage, ruth: MemberActor) -> None:
    panel = await opened(stage, ruth, "who")
    stage.program.painter.catalog = CatalogSnapshot(models=(SDXL,))
    await panel.choose("pick:who:model", build_item_key(FLUX.name))
    assert chosen(stage) == GuildSettings()
    assert panel.told == "That model no longer exists. Nothing was changed."


async def test_many_models_are_searched(stage: Stage, ruth: MemberActor) -> None:
    many = tuple(Model(f"m{n}", f"Model {n}") for n in range(60))
    stage.program.painter.catalog = CatalogSnapshot(models=(*many, FLUX))
    panel = await opened(stage, ruth, "who")
    assert len(panel.options("pick:who:model")) == 25
    await panel.write("form:who:search", search="dev")
    assert panel.told == "1 model with “dev” in the name: choose below."
    await panel.choose("pick:who:model", build_item_key(FLUX.name))
    assert chosen(stage).model == FLUX.name
    assert panel.options("pick:who:model")["Flux Dev"]  # in sight although it is the last of 61
    await panel.write("form:who:search", search="Flox Dev")
    assert panel.told == "There's no model called “Flox Dev”. Did you mean Flux Dev?"
    await panel.write("form:who:search", search="model")
    assert panel.told == "60 models with “model” in the name. The menu shows the first ones."


async def test_a_long_list_is_searched_to_take_something_away(
    stage: Stage, ruth: MemberActor
) -> None:
    many = tuple(Model(f"m{n}", f"Model {n}") for n in range(60))
    stage.program.painter.catalog = CatalogSnapshot(models=(*many, FLUX))
    names = (*(one.name for one in many), FLUX.name)
    await stage.program.set_choices(stage.guild.id, models=names)
    panel = await opened(stage, ruth, "who")
    await panel.press("go:models:")
    assert "Flux Dev" not in panel.options("pick:models:remove")
    await panel.write("form:models:search", search="flux")
    assert "Everything found is already on the list." in panel.said
    assert list(panel.options("pick:models:remove")) == ["Flux Dev"]
    await panel.choose("pick:models:remove", build_item_key(FLUX.name))
    assert chosen(stage).models == names[:-1]


async def test_models_for_everybody_are_added_and_taken_away(
    stage: Stage, ruth: MemberActor
) -> None:
    panel = await opened(stage, ruth, "who")
    await panel.press("go:models:")
    assert "Everyone can use: all.\n-# Adding a model limits everyone to this list." in panel.said
    await panel.choose("pick:models:add", build_item_key(SDXL.name), build_item_key(FLUX.name))
    assert chosen(stage).models == (SDXL.name, FLUX.name)
    assert panel.told == "Everyone can use: SDXL Base and Flux Dev."
    await panel.choose("pick:models:remove", build_item_key(SDXL.name))
    assert chosen(stage).models == (FLUX.name,)
    await panel.press("set:models:list=")
    assert chosen(stage).models == ()
    assert panel.told == "Everyone can use: all models."


async def test_everybody_is_no_role_of_its_own(stage: Stage, ruth: MemberActor) -> None:
    panel = await opened(stage, ruth, "who")
    await panel.choose("pick:who:role", stage.guild.default_role)
    assert panel.said.startswith("### Settings · Who\nThis page is for everyone.")


async def test_a_deleted_role_can_still_be_taken_out(stage: Stage, ruth: MemberActor) -> None:
    gone = RoleBounds(555, steps_max=20)
    kept = RoleBounds(stage.artists.id, images_max=2)
    await stage.program.set_choices(stage.guild.id, roles=(gone, kept))
    panel = await opened(stage, ruth, "who")
    assert list(panel.options("pick:who:ruled")) == ["A deleted role (555)", "Artists"]
    await panel.choose("pick:who:ruled", "555")
    await panel.press("set:role.555:role=")
    assert chosen(stage).roles == (kept,)
    assert list(panel.options("pick:who:ruled")) == ["Artists"]


async def test_a_role_gets_more_and_loses_it(stage: Stage, ruth: MemberActor) -> None:
    panel, role = await opened(stage, ruth, "who"), stage.artists.id
    await panel.choose("pick:who:role", stage.artists)
    assert panel.said.startswith(f"### Settings · <@&{role}>\n**At most:** same as everyone\n")
    shown = await panel.press(f"form:role.{role}:bounds")
    assert shown.modal is not None
    assert shown.modal["components"][1]["description"] == (
        "Blank: same as everyone. The host allows up to 50."
    )
    result = await ruth.submit_modal(
        shown, {"images_max": "3", "steps_max": "", "megapixels_max": "1,5"}
    )
    panel.message = result.response
    assert chosen(stage).roles == (RoleBounds(role, images_max=3, megapixels_max=1.5),)
    assert panel.told == f"<@&{role}>: 3 pictures, 1.5 megapixels now."
    await panel.press(f"go:loras.{role}:")
    await panel.choose(f"pick:loras.{role}:add", build_item_key(DETAIL.name))
    assert panel.told == f"Only for <@&{role}>: More Detail."
    assert chosen(stage).roles[0].loras == (DETAIL.name,)
    await panel.press(f"go:role.{role}:")
    await panel.press(f"set:role.{role}:role=")
    assert chosen(stage).roles == ()
    assert panel.told == f"<@&{role}>: no special rules now."


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        (
            "many",
            (
                "Steps must be a number, or blank for the default. “many” isn't a "
                "number. Nothing was changed."
            ),
        ),
        ("9000", "Steps must be between 1 and 50 (set by the host). Nothing was changed."),
        ("0", "Steps must be between 1 and 50 (set by the host). Nothing was changed."),
        (
            "1e3",
            (
                "Steps must be a number, or blank for the default. “1e3” isn't a "
                "number. Nothing was changed."
            ),
        ),
    ],
)
async def test_bounds_that_cannot_be_come_back_to_be_corrected(
    stage: Stage, ruth: MemberActor, steps: str, why: str
) -> None:
    panel = await opened(stage, ruth, "who")
    await panel.write("form:who:bounds", images_max="2", steps_max=steps, megapixels_max="")
    assert chosen(stage) == GuildSettings()
    assert panel.told == why
    shown = await panel.press("form:who:bounds.")
    assert shown.modal is not None
    values = [one["component"].get("value") for one in shown.modal["components"]]
    assert values == ["2", steps, None]


async def test_words_are_a_line_each(stage: Stage, ruth: MemberActor) -> None:
    panel = await opened(stage, ruth, "safety")
    await panel.write("form:safety:words", lines1="orc\n\n  green troll \norc\n")
    assert chosen(stage).words == ("orc", "green troll")
    assert panel.told == "Blocked: 2 lines now."
    shown = await panel.press("form:safety:words")
    assert shown.modal is not None
    assert shown.modal["components"][0]["component"]["value"] == "orc\ngreen troll"
    result = await ruth.submit_modal(shown, {"lines1": ""})
    assert result.response is not None
    assert chosen(stage).words == ()


async def test_a_refused_list_loses_nothing_and_only_its_writer_gets_it_back(
    stage: Stage, ruth: MemberActor, managers: RoleHandle
) -> None:
    typed = "orc\n" + "x" * 101
    panel = await opened(stage, ruth, "safety")
    await panel.write("form:safety:words", lines1=typed)
    assert chosen(stage) == GuildSettings()
    assert "is too long. The limit is 100 characters." in panel.told
    await stage.restart()
    shown = await panel.press("form:safety:words.")
    assert shown.modal is not None
    assert shown.modal["components"][0]["component"]["value"] == typed
    (draft,) = (row["id"] for row in await stage.program.desk.rows("drafts"))
    rita = stage.guild.add_member(stage.env.create_user("rita"), roles=[managers])
    forged = await stage.show(CardButton("settings", "x", "m", f"form:safety:words.{draft}"))
    theirs = await rita.click(forged, label="x")
    assert theirs.modal is not None
    assert theirs.modal["components"][0]["component"].get("value") is None


async def test_a_form_that_somebody_has_overtaken_writes_nothing(
    stage: Stage, ruth: MemberActor
) -> None:
    panel = await opened(stage, ruth, "safety")
    shown = await panel.press("form:safety:words")
    await stage.program.set_choices(stage.guild.id, words=("troll",))
    result = await ruth.submit_modal(shown, {"lines1": "orc"})
    panel.message = result.response
    assert chosen(stage).words == ("troll",)
    assert panel.told == STALE_FORM
    again = await panel.press("form:safety:words.")
    await ruth.submit_modal(again, {"lines1": "orc\ntroll"})
    assert chosen(stage).words == ("orc", "troll")


async def test_a_list_of_many_lines_is_spread_over_fields(stage: Stage, ruth: MemberActor) -> None:
    words = tuple(f"word {n:03} {'x' * 60}" for n in range(120))
    await stage.program.set_choices(stage.guild.id, words=words)
    panel = await opened(stage, ruth, "safety")
    shown = await panel.press("form:safety:words")
    assert shown.modal is not None
    values = {
        one["component"]["custom_id"]: one["component"].get("value") or ""
        for one in shown.modal["components"]
    }
    assert len(values) == 3
    await ruth.submit_modal(shown, {**values, "lines3": f"{values['lines3']}\none more".strip()})
    assert chosen(stage).words == (*words, "one more")


async def test_a_panel_works_after_a_restart(stage: Stage, ruth: MemberActor) -> None:
    panel = await opened(stage, ruth)
    await stage.restart()
    await panel.press("set:where:drawing=off")
    assert not chosen(stage).drawing


async def test_who_lost_the_right_is_told_so_and_changes_nothing(
    stage: Stage, ruth: MemberActor, managers: RoleHandle
) -> None:
    panel = await opened(stage, ruth)
    shown = await panel.press("form:where:zone")
    stage.env.backend.remove_member_role(stage.guild.id, ruth.id, managers.id)
    await stage.env.settle()
    result = await ruth.click(panel.message, custom_id=panel.ids("set:where:drawing=off"))
    assert result.ephemeral
    assert result.response is not None
    assert result.response.content == NO_RIGHT
    late = await ruth.submit_modal(shown, {"zone": "Berlin"})
    assert late.response is not None
    assert late.response.content == NO_RIGHT
    assert chosen(stage) == GuildSettings()


async def test_a_member_has_no_such_command_and_a_copied_button_does_nothing(
    stage: Stage, ruth: MemberActor
) -> None:
    with pytest.raises(SetupError, match="not visible"):
        await stage.mia.slash(stage.art, "settings")
    with pytest.raises(SetupError, match="not visible"):
        await stage.helper().slash(stage.art, "settings")  # Manage Messages is not enough
    forged = await stage.show(CardButton("settings", "off", "m", "set:where:drawing=off"))
    result = await stage.mia.click(forged, label="off")
    assert result.response is not None
    assert result.response.content == NO_RIGHT
    assert chosen(stage) == GuildSettings()


async def test_whom_integrations_let_in_may_use_the_panel_until_their_roles_change(
    stage: Stage, ruth: MemberActor
) -> None:
    panel = await opened_by_leave(stage)
    await panel.press("set:where:drawing=off")
    assert not chosen(stage).drawing
    await stage.restart()
    await panel.press("set:where:drawing=on")
    assert chosen(stage).drawing

    copied = panel.ids("set:where:drawing=off")
    forged = await stage.show(CardButton("settings", "off", "where:drawing=off", "set"))
    others = await stage.mia.click(forged, label="off")
    assert others.response is not None
    assert others.response.content == NO_RIGHT

    stage.env.backend.remove_member_role(stage.guild.id, stage.theo.id, stage.artists.id)
    late = await stage.theo.click(panel.message, custom_id=copied)
    assert late.response is not None
    assert late.response.content == NO_RIGHT
    assert chosen(stage).drawing


@IMPATIENT
async def test_a_slow_disk_is_waited_for(stage: Stage, ruth: MemberActor) -> None:
    panel = await opened(stage, ruth)
    disk = SlowDisk(stage)
    result = await ruth.click(panel.message, custom_id=panel.ids("set:where:drawing=off"))
    assert result.acknowledged
    await disk.available()
    assert not chosen(stage).drawing
    after = next(m for m in [result.response] if m is not None)
    panel.message = after
    assert panel.told.startswith("Drawing is off.")


async def test_the_command_is_for_those_who_manage_the_server(stage: Stage) -> None:
    (command,) = stage.cog(SettingsCog).get_app_commands()
    assert command.name == "settings"
    rights = command.default_permissions
    assert rights is not None
    assert [name for name, on in rights if on] == ["manage_guild"]


@pytest.mark.parametrize("view", [WHERE_VIEW, SettingsView("role", 7), SettingsView("models")])
def test_a_component_comes_back_from_its_id(view: SettingsView) -> None:
    seen = PanelState(GuildSettings(), DrawingBounds())
    _, verb, rest = seen.part_id("pick", view, "channels").split(":", 2)
    found = re.fullmatch(PANEL, rest)
    assert verb == "pick"
    assert found is not None
    assert SettingsView.from_text(found["view"]) == view
    assert found["argument"] == "channels"
    older = re.fullmatch(PANEL, f"{rest}:m")
    assert older is not None
    assert (older["view"], older["argument"]) == (found["view"], "channels")
