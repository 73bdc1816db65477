"""The German texts, by the English ones of the templates and of what is refused."""

from app.portal.driver.german_prices import PRICES
from app.portal.driver.german_ways import WAYS

_PAGES = {
    # every page
    "Copied": "Kopiert",
    "Not copied": "Nicht kopiert",
    "Copy": "Kopieren",
    "Back": "Zurück",
    "Try again": "Noch einmal",
    "Open in wallet": "Im Wallet öffnen",
    "No wallet opens? Try this link.": "Kein Wallet öffnet sich? Versuch diesen Link.",
    "Questions or trouble?": "Fragen oder Ärger?",
    "%(owner)s runs this charge point and helps you.": (
        "%(owner)s betreibt diese Ladestation und hilft dir."
    ),
    "Sandbox: nothing here is real money.": "Sandbox: Hier ist nichts echtes Geld.",
    "No connection. Please try again.": "Keine Verbindung. Bitte versuch es noch einmal.",
    # charge point
    "Price and state": "Preis und Zustand",
    "per kWh": "pro kWh",
    "≈ %(amount)s now": "≈ %(amount)s zurzeit",
    "Available": "Frei",
    "Plugged in": "Eingesteckt",
    "In use": "Belegt",
    "Unplug first": "Erst ausstecken",
    "Offline": "Offline",
    "Fault": "Störung",
    "Out of service": "Außer Betrieb",
    "Not ready": "Nicht bereit",
    "connector %(number)s": "Anschluss %(number)s",
    "Connector %(number)s": "Anschluss %(number)s",
    "How much?": "Wie viel?",
    "What you do not use comes back to you.": "Was du nicht verbrauchst, bekommst du zurück.",
    "Another amount in sats": "Anderer Betrag in Sats",
    "Pay": "Zahlen",
    "It cannot be paid just now": "Gerade kann nicht bezahlt werden",
    "Choose your connector": "Wähle deinen Anschluss",
    "This page shows by itself when that changes.": (
        "Diese Seite zeigt von selbst, wenn sich das ändert."
    ),
    "Look again": "Neu nachsehen",
    "Pay from your wallet": "Mit dem Wallet zahlen",
    "Choose the amount there. Your wallet shows the link to the charge when you have paid.": (
        "Den Betrag wählst du dort. Nach dem Zahlen zeigt dein Wallet den Link zum Ladevorgang."
    ),
    "QR code: pay this charge point": "QR-Code: diese Ladestation bezahlen",
    "Lightning address": "Lightning-Adresse",
    # invoice
    "Pay %(amount)s": "%(amount)s zahlen",
    "Pay %(place)s": "%(place)s bezahlen",
    "Add to your charge": "Mehr laden",
    "QR code: Lightning invoice": "QR-Code: Lightning-Rechnung",
    "Copy invoice": "Rechnung kopieren",
    "Waiting for your payment": "Warten auf deine Zahlung",
    "Pay from the sandbox": "Aus der Sandbox zahlen",
    (
        "This invoice has expired. If you have paid it, the page moves on by itself; if not, ask "
        "for a new one."
    ): (
        "Diese Rechnung ist abgelaufen. Hast du sie bezahlt, geht es von selbst weiter; sonst "
        "hole dir eine neue."
    ),
    "New invoice": "Neue Rechnung",
    "I have paid": "Ich habe bezahlt",
    # not paid, not found, errors
    "Not paid yet": "Noch nicht bezahlt",
    (
        "As soon as your payment is here, this page becomes your charge. That takes a few seconds "
        "after your wallet says it has paid."
    ): (
        "Sobald deine Zahlung da ist, wird diese Seite zu deinem Ladevorgang. Das dauert ein paar "
        "Sekunden, nachdem dein Wallet die Zahlung meldet."
    ),
    (
        "You did not pay? Then nothing happens, and this link stays empty. Scan the code at the "
        "charge point to begin again."
    ): (
        "Nicht bezahlt? Dann geschieht nichts, und dieser Link bleibt leer. Scanne den Code an der "
        "Ladestation, um neu zu beginnen."
    ),
    "Not found": "Nicht gefunden",
    "This link does not lead to a charge": "Dieser Link führt zu keinem Ladevorgang",
    "A character may be missing. Please check:": "Vielleicht fehlt ein Zeichen. Bitte prüfe:",
    (
        "Open the link again from your wallet: it stands with the payment, often under “details” "
        "or “message”."
    ): (
        "Öffne den Link noch einmal aus deinem Wallet: Er steht bei der Zahlung, oft unter "
        "„Details“ oder „Nachricht“."
    ),
    "If you copied it, copy all of it, to the very end.": (
        "Hast du ihn kopiert, dann kopiere ihn ganz, bis zum letzten Zeichen."
    ),
    (
        "If a charge is running and you cannot find the link, the charge point's owner can stop "
        "it. Their contact is on the page that its code opens."
    ): (
        "Läuft ein Ladevorgang und du findest den Link nicht, kann der Betreiber ihn beenden. Wie "
        "du ihn erreichst, steht auf der Seite, die der Code an der Ladestation öffnet."
    ),
    "There is no charge point here": "Hier gibt es keine Ladestation",
    "Please scan the code at the charge point again, or check the name you typed.": (
        "Bitte scanne den Code an der Ladestation noch einmal, oder prüfe den Namen."
    ),
    "Not now": "Gerade nicht",
    "That did not work": "Das hat nicht geklappt",
    "Your money is safe: what you do not use comes back to you.": (
        "Dein Geld ist sicher: Was du nicht verbrauchst, bekommst du zurück."
    ),
}

_CHARGE = {
    "Your charge": "Dein Ladevorgang",
    "Paid. Plug in now": "Bezahlt. Jetzt einstecken",
    "Starting": "Startet",
    "Charging": "Lädt",
    "Your car is pausing": "Dein Auto macht Pause",
    "The charge point is pausing": "Die Ladestation macht Pause",
    "Stopping": "Wird beendet",
    "Charge ended": "Laden beendet",
    "The charge point refused": "Die Ladestation hat abgelehnt",
    "The charge did not begin": "Das Laden hat nicht begonnen",
    "Cancelled": "Abgebrochen",
    "Ended by a fault": "Durch eine Störung beendet",
    "Somebody else was faster": "Jemand anderes war schneller",
    "The charge point fell silent": "Die Ladestation ist verstummt",
    "Used of what you paid": "Verbraucht vom Bezahlten",
    "Connect your car: the charge begins by itself.": (
        "Verbinde dein Auto: Das Laden beginnt von selbst."
    ),
    "If it has not begun by %(time)s, everything you paid comes back.": (
        "Hat es bis %(time)s nicht begonnen, bekommst du alles zurück."
    ),
    (
        "Your payment is here. The charge point is being told to start, which can take a minute."
    ): "Deine Zahlung ist da. Die Ladestation wird gestartet; das kann eine Minute dauern.",
    "Nearly used up: the charge stops by itself. Add to it below if you need more.": (
        "Fast aufgebraucht: Das Laden endet von selbst. Unten kannst du mehr dazuzahlen."
    ),
    "It takes no energy at the moment; it may be full. Stop the charge to get the rest back.": (
        "Es nimmt gerade keine Energie; vielleicht ist es voll. Beende das Laden, um den Rest "
        "zurückzubekommen."
    ),
    "It gives no energy at the moment and goes on by itself.": (
        "Sie gibt gerade keine Energie ab und macht von selbst weiter."
    ),
    "The charge point has been told. Your exact refund is known as soon as it confirms.": (
        "Die Ladestation weiß Bescheid. Sobald sie bestätigt, steht deine Rückzahlung genau fest."
    ),
    "You can unplug now.": "Du kannst jetzt ausstecken.",
    "It did not accept the start, so nothing was charged. Everything you paid comes back.": (
        "Sie hat den Start nicht angenommen, also wurde nichts geladen. Du bekommst alles zurück."
    ),
    (
        "No car was connected in time, or the charge point did not react. Everything you paid "
        "comes back."
    ): (
        "Es wurde nicht rechtzeitig eingesteckt, oder die Ladestation hat nicht reagiert. Du "
        "bekommst alles zurück."
    ),
    "Nothing was charged. Everything you paid comes back.": (
        "Es wurde nichts geladen. Du bekommst alles zurück."
    ),
    "The charge point reported a fault. What was not used comes back.": (
        "Die Ladestation hat eine Störung gemeldet. Was nicht verbraucht wurde, bekommst du zurück."
    ),
    (
        "Another payment reached this connector a moment before yours. Everything you paid comes "
        "back."
    ): "Eine andere Zahlung war einen Augenblick vor deiner da. Du bekommst alles zurück.",
    (
        "It has not been heard of for long, so its last reading counts. The rest comes back."
    ): "Sie hat sich lange nicht gemeldet, deshalb zählt ihr letzter Stand. Der Rest kommt zurück.",
    "Cost so far": "Kosten bisher",
    "Paid": "Bezahlt",
    "for %(energy)s": "für %(energy)s",
    "Time left": "Restzeit",
    "Battery": "Akku",
    "No connection. The charge goes on; the figures follow as soon as there is reception.": (
        "Keine Verbindung. Das Laden geht weiter; die Zahlen folgen, sobald wieder Empfang da ist."
    ),
    "Keep this link": "Behalte diesen Link",
    (
        "It is the key to your charge and your refund. Bookmark this page, or send the link to "
        "yourself; show it to nobody else."
    ): (
        "Er ist der Schlüssel zu deinem Ladevorgang und deiner Rückzahlung. Setze ein Lesezeichen "
        "oder schicke ihn dir selbst; zeige ihn niemandem sonst."
    ),
    "Link to this charge": "Link zu diesem Ladevorgang",
    "Copy link": "Link kopieren",
    "Share": "Teilen",
}

_ACTIONS = {
    "What you can do": "Was du tun kannst",
    "Cancel": "Abbrechen",
    "Stop charging": "Laden beenden",
    (
        "The stop did not get through: no connection. The charge goes on. Please try again."
    ): "Das Beenden kam nicht an: keine Verbindung. Es lädt weiter. Bitte versuch es noch einmal.",
    "Nothing is charged, and everything you paid comes back.": (
        "Es wird nichts geladen, und du bekommst alles zurück."
    ),
    "The charge ends, and what you did not use comes back.": (
        "Das Laden endet, und was du nicht verbraucht hast, bekommst du zurück."
    ),
    "Yes, stop now": "Ja, jetzt beenden",
    "Ask again to stop": "Noch einmal beenden",
    "Add to the charge": "Mehr laden",
    "Add": "Dazuzahlen",
    "Release the cable": "Kabel freigeben",
    "The charge point has been asked to release it. Pull the plug now.": (
        "Die Ladestation gibt es frei. Zieh jetzt den Stecker."
    ),
    "Details": "Einzelheiten",
    "Summary": "Zusammenfassung",
    "Place": "Ort",
    "Charge point": "Ladestation",
    "Price": "Preis",
    "Begun": "Begonnen",
    "Ended": "Beendet",
    "Energy": "Energie",
    "Cost": "Kosten",
    "Refunded": "Zurückgezahlt",
    "Rest": "Rest",
    "Too little for a wallet to send; it stays with the owner.": (
        "Zu wenig, um es zu senden; es bleibt beim Betreiber."
    ),
    "Number": "Nummer",
    "Meter": "Zähler",
    "Signed meter values": "Signierte Zählerwerte",
    "As the meter signed them; transparency software checks them.": (
        "So, wie der Zähler sie signiert hat; Transparenzsoftware prüft sie."
    ),
    "Your refund": "Deine Rückzahlung",
    "Your refund is on its way": "Deine Rückzahlung ist unterwegs",
    "Refund paid": "Zurückgezahlt",
    "The refund was not taken in time": "Die Rückzahlung wurde nicht rechtzeitig abgeholt",
    "Nothing is left to refund": "Es ist nichts übrig",
    (
        "Scan this with your Lightning wallet, or open it here. You get exactly this amount."
    ): "Scanne dies mit deinem Lightning-Wallet oder öffne es hier. Du bekommst genau so viel.",
    "QR code: take the refund": "QR-Code: Rückzahlung abholen",
    "Copy code": "Code kopieren",
    "Take it to the sandbox": "In die Sandbox holen",
    "Your wallet cannot scan this?": "Dein Wallet kann das nicht scannen?",
    "Make an invoice over exactly %(amount)s and paste it here": (
        "Erstelle eine Rechnung über genau %(amount)s und füge sie hier ein"
    ),
    "Pay my refund": "Rückzahlung anfordern",
    (
        "What happens next: your wallet asks for the amount, the charge point's owner pays it "
        "within seconds, and this page confirms it."
    ): (
        "Wie es weitergeht: Dein Wallet fordert den Betrag an, der Betreiber zahlt ihn in "
        "Sekunden, und diese Seite bestätigt es."
    ),
    "Please take it by %(date)s; after that it goes to the owner.": (
        "Bitte hole sie bis zum %(date)s ab; danach geht sie an den Betreiber."
    ),
    (
        "The owner pays the routing fee, up to %(percent)s percent or %(sats)s; should a payment "
        "cost more, it fails and you can try another wallet."
    ): (
        "Die Netzgebühr zahlt der Betreiber, bis zu %(percent)s Prozent oder %(sats)s; kostet "
        "eine Zahlung mehr, scheitert sie, und du kannst ein anderes Wallet nehmen."
    ),
    "Being paid to your wallet": "Wird an dein Wallet gezahlt",
    "This takes seconds, seldom minutes. If the payment fails, you can ask for it again here.": (
        "Das dauert Sekunden, selten Minuten. Klappt es nicht, kannst du sie hier noch einmal "
        "anfordern."
    ),
    "Your wallet has it. Thank you, and have a good trip.": (
        "Dein Wallet hat sie. Danke, und gute Fahrt."
    ),
    "What you paid was used up.": "Was du bezahlt hast, ist verbraucht.",
    "As announced, it went to the owner. If you think this is wrong, please ask them.": (
        "Wie angekündigt, ging sie an den Betreiber. Wenn das nicht stimmt, frage dort nach."
    ),
}

_REFUSALS = {
    "Too many people are paying for this connector. Please try again later.": (
        "Zu viele bezahlen gerade diesen Anschluss. Bitte versuch es später noch einmal."
    ),
    "This price has expired. Please scan the code again.": (
        "Dieser Preis ist abgelaufen. Bitte scanne den Code noch einmal."
    ),
    "The amount must be whole sats.": "Der Betrag muss aus ganzen Sats bestehen.",
    "The charge is being stopped. Please scan again in a moment.": (
        "Das Laden wird beendet. Bitte scanne gleich noch einmal."
    ),
    "A refund to another invoice is under way.": (
        "Eine Rückzahlung auf eine andere Rechnung läuft schon."
    ),
    "There is nothing to refund.": "Es gibt nichts zurückzuzahlen.",
    "This withdraw code is not valid any more. Please scan again.": (
        "Dieser Code gilt nicht mehr. Bitte scanne noch einmal."
    ),
    "This invoice could not be paid. Please make a new one.": (
        "Diese Rechnung konnte nicht bezahlt werden. Bitte erstelle eine neue."
    ),
    "This did not work just now. Please try again in a moment.": (
        "Das hat gerade nicht geklappt. Bitte versuch es gleich noch einmal."
    ),
    "This link is not complete. Please open it again from the start.": (
        "Dieser Link ist nicht vollständig. Bitte öffne ihn noch einmal von vorn."
    ),
    "Please give the amount as a whole number of sats.": (
        "Bitte gib den Betrag als ganze Zahl von Sats an."
    ),
    "This charge has not been paid yet.": "Dieser Ladevorgang ist noch nicht bezahlt.",
    "This charge point is not open for payments yet.": (
        "Diese Ladestation nimmt noch keine Zahlungen an."
    ),
    "The owner has not connected a wallet yet.": "Der Betreiber hat noch kein Wallet verbunden.",
    "The owner's wallet cannot pay refunds just now, so nothing can be sold.": (
        "Das Wallet des Betreibers kann gerade nichts zurückzahlen, deshalb wird nichts verkauft."
    ),
    "There is no exchange rate just now. Please try again in a minute.": (
        "Gerade gibt es keinen Wechselkurs. Bitte versuch es in einer Minute noch einmal."
    ),
    "The charge point is offline. Please try again later or use another one.": (
        "Die Ladestation ist offline. Bitte versuch es später noch einmal oder nimm eine andere."
    ),
    "In use. Whoever paid can stop it from the session link.": (
        "Belegt. Wer bezahlt hat, kann das Laden über seinen Link beenden."
    ),
    "The charge point has not said yet whether it is free. Try again shortly.": (
        "Die Ladestation hat noch nicht gemeldet, ob sie frei ist. Versuch es gleich noch einmal."
    ),
    "The charge point reports a fault. Please use another.": (
        "Die Ladestation meldet eine Störung. Bitte nimm eine andere."
    ),
    "The charge point is out of service.": "Die Ladestation ist außer Betrieb.",
    "The last charge has ended. Unplug first, then plug in again.": (
        "Der letzte Ladevorgang ist beendet. Steck erst aus, dann wieder ein."
    ),
    "Reserved for somebody else.": "Für jemand anderen reserviert.",
    "Reserved for you. Pay to start the charge.": (
        "Für dich reserviert. Bezahle, um die Ladung zu beginnen."
    ),
    "This reservation is over. Scan the code at the charge point.": (
        "Diese Reservierung ist vorbei. Scanne den Code an der Ladestation."
    ),
    "Stop the charge first, then release the cable.": (
        "Beende erst das Laden, dann gib das Kabel frei."
    ),
    "This charge ended too long ago. Please ask the owner.": (
        "Dieser Ladevorgang ist zu lange her. Bitte frage den Betreiber."
    ),
    "Somebody else uses this connector now.": "Diesen Anschluss benutzt jetzt jemand anderes.",
    "This charge is over; nothing can be added to it.": (
        "Dieser Ladevorgang ist vorbei; es kann nichts dazukommen."
    ),
    "The price has changed. Please scan the code again.": (
        "Der Preis hat sich geändert. Bitte scanne den Code noch einmal."
    ),
    "Nothing can be saved or looked up here just now. Please try again soon.": (
        "Hier kann gerade nichts gespeichert oder nachgesehen werden. Bitte bald noch einmal "
        "versuchen."
    ),
    "This could not be saved just now. Please try again.": (
        "Das konnte gerade nicht gespeichert werden. Bitte versuch es noch einmal."
    ),
}

GERMAN: dict[str, str] = {**_PAGES, **_CHARGE, **_ACTIONS, **_REFUSALS, **WAYS, **PRICES}
