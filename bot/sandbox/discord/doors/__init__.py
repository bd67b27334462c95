"""The doors under `/sandbox`: how people, the page and outside scripts act and look on.

Events of `GET /sandbox/events?as=…`, all with `t` (seconds since 1970) and `kind`:

    message, edit    id, channel, message: all of it as this person sees it, as in the listing
    delete           id, channel, message: the id once more
    modal            id, interaction, modal
    typing           channel, user
    interaction      id, interaction, channel, user, state, after_ms, modal, messages

A reaction is told as an edit. A modal is `{id, interaction, channel, title, custom_id,
components}`; `GET /sandbox/pending?as=…` lists them. `GET /sandbox/interactions/{id}` has the
fields of the event. The world has `bot`: `{id, name, status, activities}`, status "offline" while
it is not connected. `POST /sandbox/act` knows two acts beside the documented: `settings` with
`dms: false` closes this person's direct messages, and `forward` with `message` and `channel` sends
a copy of a message. A `message` may have `embeds` as in `shown.py`: what Discord shows of a link.
"""

from bot.sandbox.discord.doors.web import Doors

__all__ = ["Doors"]
