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
    """SwarmUI failed. `sentence` is safe to show and holds no path or secret.

    `report` says the same to a moderator and to the host, and `fix` what to do about it. `detail`
    is SwarmUI's own text, or an address. It is for the host's terminal alone.
    """

    default = "The image server couldn't draw this."

    def __init__(
        self, sentence: str = "", *, report: str = "", fix: str = "", detail: str = ""
    ) -> None:
        self.sentence = sentence or self.default
        self._report = report or self.sentence
        self.fix, self.detail = fix, detail
        super().__init__(self.sentence)

    @property
    def report(self) -> str:
        """Return the report without any address."""
        return self.describe()

    def describe(self, *, server: str = "", target: str = "") -> str:
        """Return the report with SwarmUI's address in it, and a redirect's as `target`."""
        named = self._report.replace("{server}", server or "the image server's address")
        return named.replace("{target}", target or "another address")


class BackendDown(BackendError):
    """Nothing answers there, or not in time. This is an outage."""

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


class HostMustAct(BackendError):
    """SwarmUI cannot be used until its host has changed something. It is not away.

    The address, the certificate or the login is wrong.
    """

    default = "The image server can't be used right now. Its host has to fix this."


class LoginRequired(HostMustAct):
    """SwarmUI requires a login. The host must create a token."""

    default = "The image server requires a login that I don't have. Its host has to fix this."


class NotAllowed(BackendError):
    """The account may not make one call. The server is well."""

    default = "My account on the image server isn't allowed to do this."


class RequestRejected(BackendError):
    """SwarmUI declined this order and would decline it again."""


class OrderTooLarge(RequestRejected):
    """This order holds too many bytes for something on the way to SwarmUI."""

    default = "The picture you started from is too large to reach the image server."


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


class FileRefused(BackendError):
    """SwarmUI drew a picture and its other calls work, but the file cannot be fetched."""

    default = "The image server drew this, but doesn't hand the file out."


class BadPicture(BackendError):
    """Data that is no image the bot can show."""

    default = "The image server sent something that isn't a picture."


class PictureBlocked(BadPicture):
    """The host's check of pictures does not let it through."""


class ProtocolError(BackendError):
    """SwarmUI's own answer makes no sense here."""

    default = "The image server sent an answer I don't understand."


class NotSwarmUI(ProtocolError, BackendDown):
    """Something else answers in SwarmUI's place, such as a proxy or a tunnel."""

    default = "The image server is offline. Something else answers in its place."


class WebPage(NotSwarmUI):
    """A web page instead of the API, as a proxy sends it."""

    default = "The image server is offline. A web page is shown in its place."


class SessionForgotten(ProtocolError):
    """Unknown session. A new one is made once per call."""

    default = "The image server keeps losing my session."


class MessageError(BotError):
    """Discord did not take a message."""


class MessageGone(MessageError):
    """The message or its channel is not there any more."""


class MemberGone(MessageGone):
    """The person is not a member of that guild any more."""


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


class RequestUnseen(MessageError):
    """The interaction failed for the person, who saw nothing of the answer."""


class StoreError(BotError):
    """The database could not be read or written. Nothing of the transaction happened."""
