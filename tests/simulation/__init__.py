"""The whole of Strom in one thread, under virtual time, from one seed.

Edge, app, flow, perform queue and sweep are the real ones; the table, the bus, the network, the
wallets, the charge points and the people are models that misbehave within their documented ways.
``python -m tests.simulation --seed N`` replays a run; see ``run`` for what is checked.
"""
