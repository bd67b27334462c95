"""What is said of the fields of a request is said of fields that it has."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from bot.core.drawing.request import (
    DrawingBounds,
    DrawRequest,
    GenerationParams,
    Model,
    RequestContext,
)


@pytest.mark.parametrize(
    "kind", [RequestContext, DrawingBounds, Model, GenerationParams, DrawRequest]
)
def test_every_field_that_is_described_is_there(kind: type) -> None:
    described = set(re.findall(r"`(\w+)`", kind.__doc__ or ""))
    assert described <= {field.name for field in fields(kind)}
