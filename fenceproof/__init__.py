"""Ties pages (docs/), programs (examples/) and evidence (records/) together."""
