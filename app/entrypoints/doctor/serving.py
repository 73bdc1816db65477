"""Whether Strom serves on this machine, and which charge points are connected."""

from app.entrypoints.doctor.findings import Finding, most, ok, problem, warning
from app.entrypoints.doctor.ground import Ground, called, of_all, owners

NAME, CHARGERS = "serving", "charge points"
MOST_CHARGERS = 2000


async def look(ground: Ground) -> list[Finding]:
    """On AWS the parts are elsewhere."""
    if ground.looked.aws is not None:
        return []
    serving, settings = ground.serving, ground.settings
    if not serving.is_there:
        seen = f"Strom does not serve here (nothing at {settings.host}:{settings.http_port})."
        do = "Start it: `strom serve`, `systemctl start strom`, `docker compose up -d`."
        return [problem(NAME, seen, do)]
    troubles = [each for each in (serving.web_trouble, serving.edge_trouble) if each]
    if troubles:
        return [problem(NAME, f"{each}.", "Look at Strom's log; restart it.") for each in troubles]
    return [ok(NAME, "Pages and edge answer.")]


async def look_at_chargers(ground: Ground) -> list[Finding]:
    """Those that are away, by their names."""
    live, known = ground.strom.internal.chargers, await owners(ground)
    named = [(tenant, each) for tenant in known.tenants for each in known.charge_points[tenant.id]]
    seen_of = named[:MOST_CHARGERS]
    online = await of_all(seen_of, lambda one: live.online(one[0].id, one[1].id))
    count = len(seen_of)
    away = [
        f"{each.label} of {called(tenant)}"
        for (tenant, each), is_online in zip(seen_of, online, strict=True)
        if not is_online
    ]
    if not count:
        return []
    here = count - len(away)
    seen = f"{here} of {count} charge points are connected"
    if not away:
        return [ok(CHARGERS, f"{seen}.")]
    do = (
        "Look at their network and at the address they were given; their pages tell when they went."
    )
    if here or not ground.serving.is_there:
        return [warning(CHARGERS, f"{seen}; away: {most(away)}.", do)]
    return [problem(CHARGERS, f"{seen}: {most(away)}.", do)]
