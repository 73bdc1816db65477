"""German texts of the ways back to a charge, and of refunds that go by themselves."""

WAYS = {
    "My charge, without its link": "Mein Ladevorgang, ohne seinen Link",
    "Back to my charge": "Zurück zu meinem Ladevorgang",
    "With my PIN": "Mit meiner PIN",
    "If you paid with a comment of 4 to 8 digits, that is your PIN. It stops your charge here and "
    "gives you what is left.": (
        "Wenn du mit einem Kommentar aus 4 bis 8 Ziffern bezahlt hast, ist das deine PIN. Sie "
        "beendet hier dein Laden und gibt dir, was übrig ist."
    ),
    "PIN": "PIN",
    "To my charge": "Zu meinem Ladevorgang",
    "With the proof of my payment": "Mit dem Beleg meiner Zahlung",
    "Your wallet keeps a preimage with the payment. You get a new link, and the old one ends.": (
        "Dein Wallet hebt zur Zahlung ein Preimage auf. Du bekommst einen neuen Link, der alte "
        "endet."
    ),
    "Preimage": "Preimage",
    "With my wallet": "Mit meinem Wallet",
    "If your wallet signed in when it paid, it finds your charges again.": (
        "Wenn sich dein Wallet beim Bezahlen angemeldet hat, findet es deine Ladevorgänge wieder."
    ),
    "Show my charges": "Meine Ladevorgänge zeigen",
    "My charges": "Meine Ladevorgänge",
    "Scan this with the wallet that paid. It signs in with a key that is for this site alone.": (
        "Scanne das mit dem Wallet, das bezahlt hat. Es meldet sich mit einem Schlüssel an, der "
        "nur für diese Seite ist."
    ),
    "QR code: sign in with your wallet": "QR-Code: mit dem Wallet anmelden",
    "Waiting for your wallet": "Warten auf dein Wallet",
    "There are no paid charges of this wallet. Many wallets pay without signing in; then the "
    "charge point's page helps, or its owner.": (
        "Von diesem Wallet gibt es keine bezahlten Ladevorgänge. Viele Wallets bezahlen, ohne "
        "sich anzumelden; dann hilft die Seite der Ladestation oder ihr Betreiber."
    ),
    "Refund by itself": "Rückzahlung von selbst",
    "What is left goes to the lightning address that came with your payment.": (
        "Was übrig ist, geht an die Lightning-Adresse, die mit deiner Zahlung kam."
    ),
    "What is left goes back to you by itself. You may name another address.": (
        "Was übrig ist, geht von selbst an dich zurück. Du kannst eine andere Adresse nennen."
    ),
    "The address could not take the refund. Name another, or take it here with your wallet.": (
        "Die Adresse konnte die Rückzahlung nicht annehmen. Nenne eine andere oder nimm sie hier "
        "mit deinem Wallet."
    ),
    "Name your lightning address, and what is left goes there as soon as the charge ends.": (
        "Nenne deine Lightning-Adresse, dann geht dorthin, was übrig ist, sobald das Laden endet."
    ),
    "My lightning address": "Meine Lightning-Adresse",
    "Refund here": "Hierhin zurückzahlen",
    # refused
    "No charge here has this PIN.": "Hier hat kein Ladevorgang diese PIN.",
    "A PIN has 4 to 8 digits.": "Eine PIN hat 4 bis 8 Ziffern.",
    "This proves no payment here. Please ask the owner.": (
        "Das belegt hier keine Zahlung. Bitte frage den Betreiber."
    ),
    "A payment's preimage has 64 characters, 0-9 and a-f.": (
        "Das Preimage einer Zahlung hat 64 Zeichen, 0-9 und a-f."
    ),
    "This is not a lightning address; they look like name@wallet.example.": (
        "Das ist keine Lightning-Adresse; sie sehen aus wie name@wallet.example."
    ),
    "The refund goes to the lightning address that came with the payment.": (
        "Die Rückzahlung geht an die Lightning-Adresse, die mit der Zahlung kam."
    ),
    "This link was replaced by a new one.": "Dieser Link wurde durch einen neuen ersetzt.",
    "This code is not ours, or has expired. Please begin again.": (
        "Dieser Code ist nicht von uns oder abgelaufen. Bitte beginne noch einmal."
    ),
}
