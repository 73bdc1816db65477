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
    "up to %(high)s": "bis %(high)s",
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
    # receipts
    "Receipt": "Beleg",
    "The charge": "Der Ladevorgang",
    "What it cost": "Was er gekostet hat",
    "Payments and refunds": "Zahlungen und Rückzahlungen",
    "%(count)s, in signed-meter-values.json and receipt.json": (
        "%(count)s, in signed-meter-values.json und receipt.json"
    ),
    "%(count)s readings": "%(count)s Messwerte",
    "The others are in the PDF and in receipt.json.": (
        "Die übrigen stehen im PDF und in receipt.json."
    ),
    "Save as PDF": "Als PDF sichern",
    "Seller": "Verkäufer",
    "Register": "Zählerstand",
    "Registers not believed": "Nicht geglaubte Zählerstände",
    "%(count)s: no charge point can have delivered so much; it costs nothing": (
        "%(count)s: so viel kann keine Ladestation geliefert haben; es kostet nichts"
    ),
    "from %(register)s": "ab %(register)s",
    "not believed: %(register)s": "nicht geglaubt: %(register)s",
    "Tariff": "Tarif",
    "What": "Was",
    "Quantity": "Menge",
    "Amount": "Betrag",
    "When": "Wann",
    "Power": "Leistung",
    "Payment": "Zahlung",
    "Payment hash": "Payment-Hash",
    "VAT": "MwSt.",
    "VAT rate": "MwSt.-Satz",
    "Net": "Netto",
    "Gross": "Brutto",
    "net": "netto",
    "no rate stated": "kein Satz genannt",
    "Time of charging": "Zeit des Ladens",
    "Standing without charging": "Stehen ohne Laden",
    "Fee for the charge": "Gebühr für den Ladevorgang",
    "billed by steps": "nach Schritten berechnet",
    "Up to the least price": "Bis zum Mindestpreis",
    "Down to the most price": "Bis zum Höchstpreis",
    "Total": "Summe",
    "Rate": "Kurs",
    "Borne by the seller": "Trägt der Verkäufer",
    "Still to be refunded": "Noch zurückzuzahlen",
    "Not taken in time": "Nicht rechtzeitig abgeholt",
    "Rest too small for a wallet to send": "Rest, zu klein zum Senden",
    "Refund on its way": "Rückzahlung unterwegs",
    "Refund to be taken": "Rückzahlung abzuholen",
    "Refund not taken in time": "Rückzahlung nicht rechtzeitig abgeholt",
    "Readings of the meter": "Messwerte des Zählers",
    "The receipt is ready when the charge has ended.": (
        "Der Beleg ist fertig, wenn das Laden beendet ist."
    ),
    "Anybody can reckon this again: save receipt.json and run “strom price receipt.json”.": (
        "Jeder kann das nachrechnen: receipt.json sichern und „strom price receipt.json“ aufrufen."
    ),
}
