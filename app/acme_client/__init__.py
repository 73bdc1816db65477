"""Certificates of our own, where nothing stands in front (RFC 8555; ADR 24).

``keeper`` orders and renews, ``ordering`` is the conversation, ``kept`` the files, ``timing`` when;
``door`` answers who looks whether the name is ours (HTTP-01).
"""
