"""What owners are told: mails of their account, alerts, and the outbox that stands in for mail."""
