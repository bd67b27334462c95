"""How fast, as ratios: each measurement beside a bare script that does the same wire work.

`python -m tests.bench` prints them all, `python -m tests.bench NAME…` some of them.
"""
