"""Django app of the foundation package papers."""

from django.apps import AppConfig


class PapersConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.papers"
    label = "papers"

    def ready(self) -> None:
        """Sealed values of certificates take part in the change of keys."""
        from yishi.foundation.papers.certificates.keeping import TABLE
        from yishi.foundation.parties.walked import register_table

        register_table(TABLE)
