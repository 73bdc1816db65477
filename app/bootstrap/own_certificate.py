"""Our own certificate, where nothing stands in front: who orders it, and how it stands."""

from collections.abc import Callable, MutableMapping, Sequence

from app.acme_client.keeper import AcmeKeeper, Standing, standing
from app.acme_client.settings import AcmeSettings
from app.charging.ports import Chance, Clock
from app.settings import Settings


def acme_settings(settings: Settings) -> AcmeSettings:
    """What is ordered, from whom, where it is kept."""
    return AcmeSettings(
        names=settings.acme_names,
        folder=settings.data_dir / "acme",
        directory_url=settings.acme_directory_url,
        email=settings.acme_email,
        roots_file=settings.acme_roots_file,
    )


def certificate_keeper(
    settings: Settings,
    answers: MutableMapping[str, str],
    clock: Clock,
    chance: Chance,
    show: Sequence[Callable[[], None]],
) -> AcmeKeeper:
    """Gets and renews it; ``show`` are told when it is another."""
    return AcmeKeeper(acme_settings(settings), answers, clock, chance, show)


def certificate_standing(settings: Settings) -> Standing | None:
    """How it does, read from its files; None where Strom gets none itself. ``wrong(now)`` of it is
    the line for people."""
    return standing(acme_settings(settings)) if settings.acme_domains else None
