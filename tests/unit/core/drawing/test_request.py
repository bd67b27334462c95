"""What is said of the fields of a request is said of fields that it has."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from bot.core.drawing.request import Asker, Bounds, Model, Order, Wish


@pytest.mark.parametrize("kind", [Asker, Bounds, Model, Order, Wish])
def test_every_field_that_is_described_is_there(kind: type) -> None:
    described = set(re.findall(r"`(\w+)`", kind.__doc__ or ""))
    assert described <= {field.name for field in fields(kind)}
