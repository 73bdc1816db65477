"""A fleet on one machine: what a connected charge point costs, and what a reading costs end to end.

    python -m bench.fleet [--full] [--endpoint URL] [--only fleet|tls|readings|minutes]

Strom runs on one core, in one process as `strom serve` has it; two processes of charge points (and,
for the readings, the table) share another. Nothing here waits for a slow server before it sends
more; an answer that takes over half a minute is lost. Every wait ends: who does not connect, or
come back, within four minutes is `away`, and counts as lost.

*The fleet* (`crowd.py`), over a table in memory: charge points connect, boot, are configured and
say a number of messages a second together, nine heartbeats to each status, which is saved. Beside
it a Strom with a tenth of them has as much to do, in turns; `cost_growth_10x` is processor time per
message of all over that of a tenth, taken of each pair of turns, and of these the median.
`connection_kib` is what the process, edge and app, grows by with each; the rows of the table in
memory are made before, and kernel memory is not counted. The storm: all lose their connection at
once, come back at once and are told to wait where there are too many, until every one has its boot
answered and its status taken. `lost_messages` also counts plugs whose last status the table does
not have.

*TLS*: the same fleet, the TLS taken off in Strom's own process (P-256, whole handshakes, nothing
resumed); what a connection costs then, and the storm. Behind a proxy that takes it off (or AWS's
load balancer) the figures of the plain fleet hold.

*The readings* (`readings.py`), over ministack, `strom serve`'s own table at home (or a DynamoDB
that runs already): each charge point is in a charge somebody paid for and sends MeterValues, faster
from step to step until something gives. `stored`: handed on in bundles of ten or so, as in the
field. `watched`: handed on at once, as while its payer looks at the live page; what comes while the
one before is being saved goes together. `…_readings_per_s` is the last rate at which all that was
told stood in the table, no more than one in a thousand later than two bundles' time; beyond it
readings may be thinned, which is counted, and none may be lost unseen. Processor time is that of
Strom and of the table together.

*The app calls* (`minutes.py`): how often 1,000 such sessions make the edge call the app in a
minute, at the pace of the field, on a clock that jumps over waits, leases included.
"""
