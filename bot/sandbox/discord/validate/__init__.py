"""What Discord's forms refuse; each check raises FormError with all flaws."""

from bot.sandbox.discord.validate.answers import check_answer
from bot.sandbox.discord.validate.commands import check_commands
from bot.sandbox.discord.validate.messages import check_message

__all__ = ["check_answer", "check_commands", "check_message"]
