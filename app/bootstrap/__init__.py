"""The only place that chooses implementations: from settings to the parts of this Strom."""

from app.bootstrap.composition import Strom, put_together
from app.bootstrap.foundation import Foundation, local_foundation

__all__ = ["Foundation", "Strom", "local_foundation", "put_together"]
