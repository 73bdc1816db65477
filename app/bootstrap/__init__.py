"""The only place that chooses implementations: from settings to the parts of this Strom.

``foundation`` is what everything stands on, made by ``local`` (one process) or ``on_aws``;
``common`` is what whoever saves a session's change needs. Above them one module for each surface
(``lnurl``, ``portal``, ``internal``, ``perform``) puts together what that surface answers with, and
imports no more: a function on AWS starts with its own. ``composition`` is all of it in one process.
"""
