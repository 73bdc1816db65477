"""The German of prices, by the English that the words are written in."""

TERMS: dict[str, dict[str, str]] = {
    "de": {
        "/{unit} of charging": "/{unit} Laden",
        "/{unit} after {minutes} min without charging": "/{unit} nach {minutes} min ohne Laden",
        " per charge": " pro Ladevorgang",
        "at least {}": "mindestens {}",
        "at most {}": "höchstens {}",
        "without VAT": "ohne MwSt.",
        "now": "jetzt",
        "by": "je nach",
        "market price": "Marktpreis",
        "time of day": "Tageszeit",
        "weekday": "Wochentag",
        "date": "Datum",
        "energy": "Energie",
        "duration": "Dauer",
        "power": "Leistung",
        "for a reservation": "für eine Reservierung",
        "from {date}": "ab {date}",
        "before {date}": "vor {date}",
        "from {value} {unit}": "ab {value} {unit}",
        "below {value} {unit}": "unter {value} {unit}",
        "Mon Tue Wed Thu Fri Sat Sun": "Mo Di Mi Do Fr Sa So",
        "more on the page": "mehr auf der Seite",
        "taxes included": "Steuern inbegriffen",
        "incl. {rates} VAT": "inkl. {rates} MwSt.",
    }
}
