"""Errors of the bot. Each belongs to a refusal, SwarmUI, Discord or the database."""

from __future__ import annotations

from typing import TypeAlias

ButtonOffers: TypeAlias = tuple[tuple[str, str], ...]


class BotError(Exception):
    """The root of what this program raises on purpose."""


class Refused(BotError):
    """Understood and declined.

    `rule` names the reason for the log, such as "quota.day". `prompt` is given back to the member.
    `offers` are buttons as (action, label).
    """

    def __init__(
        self, rule: str, sentence: str, *, prompt: str = "", offers: ButtonOffers = ()
    ) -> None:
        super().__init__(sentence)
        self.rule, self.sentence = rule, sentence
        self.prompt, self.offers = prompt, offers


class BackendError(BotError):
    """SwarmUI failed. `sentence` is safe to show and holds no path or secret."""

    default = "The image server couldn't draw this."

    def __init__(self, sentence: str = "") -> None:
        self.sentence = sentence or self.default
        super().__init__(self.sentence)


class BackendDown(BackendError):
    """Nothing answers there, or not in time."""

    default = "The image server is offline."


class NoBackend(BackendDown):
    """The server answers, but nothing behind it could draw."""

    default = "The image server has no backend running."


class BackendStalled(BackendDown):
    """SwarmUI accepted the order and then sent nothing for too long."""

    default = "The image server stopped responding in the middle of the picture."


class GenerationNotStarted(BackendDown):
    """SwarmUI accepted the order and was busy with something else for too long."""

    default = "The image server was busy with something else and didn't start the picture."


class LoginRequired(BackendError):
    """SwarmUI requires a login. The host must create a token."""

    default = "The image server requires a login that I don't have."


class NotAllowed(LoginRequired):
    """The account may not make one call. The server is well."""

    default = "My account on the image server isn't allowed to do this."


class RequestRejected(BackendError):
    """SwarmUI declined this order and would decline it again."""


class ModelGone(RequestRejected):
    """The model or another file of the order is gone, so the lists are out of date."""

    default = "That model is gone from the image server."


class LoadFailed(RequestRejected):
    """No backend could load the model.

    It also happens to other requests when a session was interrupted during the same load. Such a
    request deserves one more try.
    """

    default = "The image server couldn't load this model."


class BackendCrashed(BackendError):
    """The backend failed while generating, without a reason.

    The cause may be this order or the graphics card. The server still reports a running backend.
    """

    default = "The image server failed while drawing. Its log has the reason."


class GenerationInterrupted(BackendError):
    """The generation was interrupted on the server."""

    default = "The drawing was interrupted on the image server."


class NoPicture(BackendError):
    """The stream ended without a picture and without a reason."""

    default = "The image server finished without a picture and gave no reason."


class BadPicture(BackendError):
    """Data that is no image the bot can show."""

    default = "The image server sent something that isn't a picture."


class PictureBlocked(BadPicture):
    """The host's check of pictures does not let it through."""


class ProtocolError(BackendError):
    """Answer outside SwarmUI's protocol, such as a proxy's page."""

    default = "The image server sent an answer I don't understand."


class WebPage(ProtocolError, BackendDown):
    """A web page instead of the API, as a proxy sends it."""


class SessionForgotten(ProtocolError):
    """Unknown session. A new one is made once per call."""

    default = "The image server keeps losing my session."


class MessageError(BotError):
    """Discord did not take a message."""


class MessageGone(MessageError):
    """The message or its channel is not there any more."""


class MissingPermission(MessageError):
    """We may not do this here."""


class FilesTooLarge(MessageError):
    """The files are over the upload limit of this way of sending."""


class TokenExpired(MessageError):
    """The interaction's token is expired or unknown."""


class MessageTooOld(MessageError):
    """Discord holds back edits of messages older than an hour."""


class MalformedRequest(MessageError):
    """Discord found the request malformed."""


class DiscordUnavailable(MessageError):
    """Discord is out of reach for now."""


class StoreError(BotError):
    """The database could not be read or written. Nothing of the transaction happened."""
