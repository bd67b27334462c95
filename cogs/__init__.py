"""Cogs, one per feature, which translate between Discord and the flow."""
