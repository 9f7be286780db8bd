"""Django app of the foundation package exchange."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Registers the package with Django and with the writer of cases."""

    name = "yishi.foundation.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Follow what is committed; let partners' secrets take part in key rotation."""
        from yishi.foundation.cases.commit import register_follower
        from yishi.foundation.exchange import secrets, wording
        from yishi.foundation.exchange.outbox import rows_for
        from yishi.foundation.messages import texts
        from yishi.foundation.parties.walked import register_table

        register_follower(rows_for)
        register_table(secrets.TABLE)
        texts.register(wording.TEXTS)
