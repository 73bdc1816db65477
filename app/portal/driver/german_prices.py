"""German texts of prices, how far they get, and receipts."""

PRICES = {
    "All prices": "Alle Preise",
    "Price per kWh over time": "Preis pro kWh über die Zeit",
    "Between %(low)s and %(high)s, from %(begins)s to %(ends)s. The table below says it step by "
    "step.": (
        "Zwischen %(low)s und %(high)s, von %(begins)s bis %(ends)s. Die Tabelle darunter sagt es "
        "Schritt für Schritt."
    ),
    "from %(low)s": "ab %(low)s",
    "Prices as a table": "Preise als Tabelle",
    "From": "Von",
    "To": "Bis",
    "until ≈ %(time)s": "bis ≈ %(time)s",
    "until %(time)s": "bis %(time)s",
    "Charged. Unplug now": "Geladen. Jetzt ausstecken",
    "Standing here costs until the cable is out. What is left then comes back to you.": (
        "Das Stehen kostet, bis das Kabel gezogen ist. Was dann übrig ist, bekommst du zurück."
    ),
    "%(energy)s, until %(time)s": "%(energy)s, bis %(time)s",
}
