"""Causes of trouble with SwarmUI, each with its words for members, moderators and the host.

`sentence` stands on a member's card. `report` and `fix` stand in the log channel, in `/diagnose`
and in `swarmbot check`; only the last of these fills in the addresses. `kind` decides what the bot
does (see `docs/troubleshooting.md`): a `BackendDown` is an outage, a `HostMustAct` keeps places as
well, and anything else is about one order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.core import errors
from bot.core.errors import BackendError


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. `report` may name the address as {server} and a redirect's as {target}."""

    kind: type[BackendError]
    report: str
    fix: str
    sentence: str = ""

    def build_error(self, detail: str = "") -> BackendError:
        """Return the error. `detail` is SwarmUI's own text or an address, for the host alone."""
        return self.kind(self.sentence, report=self.report, fix=self.fix, detail=detail)


REFUSED: Final = Cause(
    errors.BackendDown,
    "Nothing answers at {server}.",
    "Start SwarmUI, or correct `swarmui.url` in config.toml.",
)
UNKNOWN_HOST: Final = Cause(
    errors.BackendDown,
    "The name in {server} isn't known to this network.",
    "Correct `swarmui.url` in config.toml, or write the IP address there.",
)
NO_ANSWER: Final = Cause(
    errors.BackendDown,
    "There is no answer from {server} in time.",
    "Restart SwarmUI. Look at its firewall and at a proxy in front of it.",
)
BROKE_OFF: Final = Cause(
    errors.BackendDown,
    "Nothing answers at {server}. Connections to it break off.",
    "Start SwarmUI, or correct `swarmui.url` in config.toml. Look at a proxy in front of it.",
)
NOT_SWARMUI: Final = Cause(
    errors.NotSwarmUI,
    "Something other than SwarmUI answers at {server}.",
    "Start SwarmUI and its tunnel, or correct the port in `swarmui.url` (SwarmUI's own is 7801).",
)
GATEWAY: Final = Cause(
    errors.BackendDown,
    "A proxy or tunnel answers at {server}, but SwarmUI doesn't answer it.",
    "Start SwarmUI. If it runs, correct its address in the proxy or tunnel.",
)
WEB_PAGE: Final = Cause(
    errors.WebPage,
    "There is a web page instead of SwarmUI's API at {server}.",
    "Point `swarmui.url` at SwarmUI itself (its own port is 7801), or let the proxy pass "
    "on /API/ and WebSockets.",
)
TLS_ON_PLAIN: Final = Cause(
    errors.HostMustAct,
    "There is no https at {server}.",
    "Write http:// instead of https:// in `swarmui.url`.",
)
PLAIN_ON_TLS: Final = Cause(
    errors.HostMustAct,
    "There is only https at {server}.",
    "Write https:// instead of http:// in `swarmui.url`.",
)
CERTIFICATE: Final = Cause(
    errors.HostMustAct,
    "The certificate of {server} isn't trusted here.",
    "Set SSL_CERT_FILE to a file with that certificate or its authority (see docs/run.md), or "
    "renew the certificate.",
)
REDIRECT: Final = Cause(
    errors.HostMustAct,
    "Requests are redirected from {server} to {target}.",
    "Put the other address into `swarmui.url`. If it is a login page, let the proxy pass /API/ "
    "and /View/ without it.",
)
LOGIN_MISSING: Final = Cause(
    errors.LoginRequired,
    "SwarmUI requires a login, and I have no token.",
    'Make a token in SwarmUI\'s User tab, for an account of role "user", and set '
    "SWARMBOT_SWARMUI__TOKEN to it.",
)
LOGIN_WRONG: Final = Cause(
    errors.LoginRequired,
    "SwarmUI doesn't know my token.",
    "Make a new token in SwarmUI's User tab and set SWARMBOT_SWARMUI__TOKEN to it. "
    "Copy the whole token.",
)
LOGIN_EXPIRED: Final = Cause(
    errors.LoginRequired,
    "SwarmUI doesn't accept my token any more.",
    "Make a new token in SwarmUI's User tab, set SWARMBOT_SWARMUI__TOKEN to it and restart me.",
)
HEADER_MISSING: Final = Cause(
    errors.LoginRequired,
    "A password is asked for in front of SwarmUI, and I have none.",
    "Set SWARMBOT_SWARMUI__AUTHORIZATION to the Authorization header that is demanded there "
    "(see docs/run.md).",
)
HEADER_WRONG: Final = Cause(
    errors.LoginRequired,
    "The password in front of SwarmUI isn't the one that I have.",
    "Correct SWARMBOT_SWARMUI__AUTHORIZATION: it is the whole header (see docs/run.md).",
)
NO_BACKEND: Final = Cause(
    errors.NoBackend,
    "SwarmUI has no backend running.",
    "Start one in SwarmUI: Server, then Backends.",
)
FILE_REFUSED: Final = Cause(
    errors.FileRefused,
    "SwarmUI draws, but its picture files can't be fetched.",
    "Let the proxy in front of SwarmUI pass /View/ on, and renew SWARMBOT_SWARMUI__TOKEN.",
)
TOO_LARGE: Final = Cause(
    errors.OrderTooLarge,
    "A proxy in front of SwarmUI refuses requests with a large picture (413).",
    "Raise its limit; in nginx: client_max_body_size 200m.",
)
NO_RIGHT: Final = Cause(
    errors.NotAllowed,
    "My account on SwarmUI isn't allowed to do this.",
    'Give it the role "user" in SwarmUI: Server, then Users.',
)
OUT_OF_MEMORY: Final = Cause(
    errors.RequestRejected,
    "The GPU ran out of memory.",
    "Draw smaller pictures, use a smaller model, or close what else uses the GPU.",
    "The GPU ran out of memory.",
)
LOAD_FAILED: Final = Cause(
    errors.LoadFailed,
    "SwarmUI couldn't load this model.",
    "Draw with the model in SwarmUI's own page; its log has the reason.",
)
MODEL_NOT_THERE: Final = Cause(
    errors.RequestRejected,
    "No backend of SwarmUI has this model.",
    "Put the model where each backend finds it, then refresh the models in SwarmUI.",
    "No backend of the image server has this model.",
)
MODEL_GONE: Final = Cause(
    errors.ModelGone,
    "A model was deleted, and SwarmUI has not looked again.",
    "Refresh the models in SwarmUI.",
)
LORA_NOT_THERE: Final = Cause(
    errors.RequestRejected,
    "No backend of SwarmUI has this LoRA.",
    "Put the LoRA where each backend finds it, then refresh the models in SwarmUI.",
    "No backend of the image server has this LoRA.",
)
EMBEDDING_NOT_THERE: Final = Cause(
    errors.RequestRejected,
    "No backend of SwarmUI has this embedding.",
    "Put the embedding where each backend finds it, then refresh the models in SwarmUI.",
    "No backend of the image server has this embedding.",
)
FEATURE_NOT_THERE: Final = Cause(
    errors.RequestRejected,
    "No backend of SwarmUI has a feature that this needs.",
    "Install the feature in SwarmUI, or use a backend that has it.",
    "No backend of the image server has a feature that this needs.",
)
NO_MATCH: Final = Cause(
    errors.RequestRejected,
    "No backend of SwarmUI can draw this request.",
    "Look into SwarmUI's log for the reason.",
    "No backend of the image server can draw this request.",
)

CAUSES: Final[dict[str, Cause]] = {
    name: value for name, value in tuple(globals().items()) if isinstance(value, Cause)
}
"""All causes by their names, in the order of the troubleshooting table."""
