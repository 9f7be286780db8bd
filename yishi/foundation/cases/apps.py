"""Django app of the foundation package cases."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.cases"
    label = "cases"

    def ready(self) -> None:
        """Declare what of a case can be erased, and what is kept for a time."""
        from yishi.foundation.audit.retention import Kind, register_kind
        from yishi.foundation.cases import erasure, party_erasure

        erasure.register_part(*erasure.own_parts(), *party_erasure.own_parts())
        basis = "网络安全法第二十一条：日志留存不少于六个月"
        register_kind(
            Kind("access_log", "查阅记录", erasure.purge_looks, least=180, basis=basis),
            Kind("message", "消息", erasure.purge_messages),
            Kind("party_file", "无办件的个人档案", party_erasure.purge_idle, least=180),
        )
